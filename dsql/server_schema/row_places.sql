-- SELECT … FOR UPDATE asks each relation for its rows' tableoid and ctid, see
-- dsql/sql/rewrite/row_lock_trace.h. A view has none, and PostgreSQL takes
-- view.ctid for ctid(view): there are no places to be touched.
CREATE FUNCTION pg_catalog.tableoid(anyelement) RETURNS oid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT NULL::pg_catalog.oid';
CREATE FUNCTION pg_catalog.ctid(anyelement) RETURNS tid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT NULL::pg_catalog.tid';
