-- The schemas, and what the other files share. Everything here belongs to
-- dsql_internal, the superuser, and is granted to PUBLIC where clients need it:
-- a grant to a client's role would be lost when the database is reset.
SET allow_system_table_mods = on;
SET client_min_messages = warning;
CREATE SCHEMA dsql_internal;
GRANT USAGE ON SCHEMA dsql_internal TO PUBLIC;

-- The role that a SECURITY DEFINER function works for.
CREATE FUNCTION dsql_internal.invoker() RETURNS name
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE pg_catalog.current_setting('role')
    WHEN 'none' THEN session_user
    ELSE pg_catalog.current_setting('role')::pg_catalog.name
  END
$$;

-- Raises exactly this error.
CREATE FUNCTION dsql_internal.raise(sqlstate text, message text,
    detail text DEFAULT NULL, hint text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF detail IS NOT NULL AND hint IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = sqlstate, MESSAGE = message,
      DETAIL = detail, HINT = hint;
  ELSIF detail IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = sqlstate, MESSAGE = message,
      DETAIL = detail;
  ELSIF hint IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = sqlstate, MESSAGE = message, HINT = hint;
  END IF;
  RAISE EXCEPTION USING ERRCODE = sqlstate, MESSAGE = message;
END $$;

-- PostgreSQL's own, whatever pg_catalog answers to clients.
CREATE FUNCTION dsql_internal.index_definition(oid) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef';
CREATE FUNCTION dsql_internal.index_column(index oid, place int) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT pg_get_indexdef(index, place, false)
$$;
CREATE FUNCTION dsql_internal.constraint_definition(oid) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_constraintdef';
