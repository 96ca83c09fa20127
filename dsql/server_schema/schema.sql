-- The schemas, and what the other files share. Everything here belongs to
-- dsql_internal, the superuser, and is granted to PUBLIC where clients need it:
-- a grant to a client's role would be lost when the database is reset.
--
-- Clients may have objects that are named as PostgreSQL's own. Therefore every
-- function looks for names in pg_catalog alone, and last of all in pg_temp,
-- which would otherwise be first; or it is parsed here, once (RETURN, BEGIN
-- ATOMIC); or it qualifies all names, operators too, because it needs the
-- client's search_path.
SET allow_system_table_mods = on;
SET client_min_messages = warning;
CREATE SCHEMA dsql_internal;
GRANT USAGE ON SCHEMA dsql_internal TO PUBLIC;

-- The role that a SECURITY DEFINER function works for.
CREATE FUNCTION dsql_internal.invoker() RETURNS name
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE current_setting('role')
  WHEN 'none' THEN session_user
  ELSE current_setting('role')::name
END;

-- PostgreSQL's own, whatever pg_catalog answers to clients.
CREATE FUNCTION dsql_internal.index_definition(oid) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef';
CREATE FUNCTION dsql_internal.index_column(index oid, place int) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_get_indexdef(index, place, false)
$$;
CREATE FUNCTION dsql_internal.constraint_definition(oid) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_constraintdef';

-- "schema"."name", without quotes that are not needed.
CREATE FUNCTION dsql_internal.qualified_name(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = relation
$$;
