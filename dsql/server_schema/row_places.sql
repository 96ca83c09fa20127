-- SELECT … FOR UPDATE asks each relation for its rows' tableoid and ctid, see
-- dsql/sql/rewrite/row_lock_trace.h. A view has none, and PostgreSQL takes
-- view.ctid for ctid(view): there are no places to be touched. What stands for
-- one tells its rows apart.
CREATE FUNCTION pg_catalog.tableoid(anyelement) RETURNS oid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT NULL::pg_catalog.oid';
CREATE FUNCTION pg_catalog.ctid(anyelement) RETURNS tid
LANGUAGE sql STABLE PARALLEL SAFE AS
  'SELECT pg_catalog.format(''(%s,%s)'', h OPERATOR(pg_catalog.>>) 16'
  ' OPERATOR(pg_catalog.&) 4294967295, h OPERATOR(pg_catalog.&) 65535)'
  '::pg_catalog.tid FROM pg_catalog.hashtextextended($1::pg_catalog.text, 0) h';
