-- The schemas, and what the other files share. Everything here belongs to
-- the superuser, and is granted to PUBLIC where clients need it: a grant to a
-- client's role would be lost when the database is reset.
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

-- The first OID of what clients make; see oids.sql.
CREATE FUNCTION dsql_internal.first_oid() RETURNS oid
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 16384::oid;

-- Whether others than this cluster have databases and roles on the server: who
-- runs this there has set it so (postgres/external_template.cc).
DO $$
BEGIN
  EXECUTE format('CREATE FUNCTION dsql_internal.is_shared_server() RETURNS bool'
    ' LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::bool',
    coalesce(current_setting('dsql_internal.shared_server', true), 'off'));
END $$;

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
CREATE FUNCTION dsql_internal.index_definition(oid, int, bool) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_indexdef_ext';
CREATE FUNCTION dsql_internal.index_column(index oid, place int) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_get_indexdef(index, place, false)
$$;
CREATE FUNCTION dsql_internal.constraint_definition(oid) RETURNS text
LANGUAGE internal STABLE STRICT AS 'pg_get_constraintdef';

-- As messages name a type: a user's without its schema, which the client's
-- search_path most often has.
CREATE FUNCTION dsql_internal.type_name(type oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN typnamespace = 'pg_catalog'::regnamespace THEN format_type(oid, NULL)
    ELSE typname::text
  END FROM pg_type WHERE oid = type
$$;

-- "schema"."name", without quotes that are not needed.
CREATE FUNCTION dsql_internal.qualified_name(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = relation
$$;

-- Runs a statement as the owner of a table, for the superuser, who never runs
-- one on a user's table: index expressions and CHECK constraints are code of
-- users, and planning a query is enough to evaluate some. Returns what the
-- statement answers, if it is a query.
--
-- The function in which it runs belongs to the owner and is SECURITY DEFINER:
-- there SET ROLE is refused, which is more than SET ROLE could do for the
-- superuser's session. Everything else that the code does, such as SET, is
-- rolled back, and so are the effects of the statement.
CREATE FUNCTION dsql_internal.answer_as_owner(table_id oid, statement text,
    is_query bool)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class
                 WHERE oid = table_id);
  -- A roll back does not reach variables.
  answer text;
  finished bool := false;
BEGIN
  -- The path is that of a session whose client has set nothing.
  CREATE FUNCTION dsql_internal.as_owner(statement text, is_query bool)
  RETURNS text LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = "$user", public AS $inner$
    DECLARE
      answer pg_catalog.text;
    BEGIN
      IF is_query THEN
        EXECUTE statement INTO answer;
      ELSE
        EXECUTE statement;
      END IF;
      RETURN answer;
    END
  $inner$;
  EXECUTE format('ALTER FUNCTION dsql_internal.as_owner(text, bool)'
                 ' OWNER TO %I', owner);
  EXECUTE 'SELECT dsql_internal.as_owner($1, $2)' INTO answer
    USING statement, is_query;
  finished := true;
  RAISE SQLSTATE 'DS003';
EXCEPTION
  WHEN SQLSTATE 'DS003' THEN
    IF NOT finished THEN
      RAISE;
    END IF;
    RETURN answer;
END $$;

-- The same for what answers true or false.
CREATE FUNCTION dsql_internal.try_as_owner(table_id oid, statement text,
    is_query bool)
RETURNS bool LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(dsql_internal.answer_as_owner(
    table_id, statement, is_query)::bool, false)
$$;
