-- set_config() for the settings that SET may change: the gateway refuses the
-- others by their names, but a name may also be computed here.

-- For what lives inside the server.
CREATE FUNCTION dsql_internal.real_set_config(text, text, bool) RETURNS text
LANGUAGE internal AS 'set_config_by_name';

-- As in dsql/sql/rules/settings.cc; null for those that may not be set. SET
-- ROLE is for the rest of a transaction only.
CREATE FUNCTION dsql_internal.settable_name(name text, is_local bool)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN pg_catalog.lower(name) = 'disable_sync_create_index'
      THEN 'dsql.disable_sync_create_index'
    WHEN pg_catalog.lower(name) IN ('application_name', 'client_encoding',
      'datestyle', 'dsql.disable_sync_create_index',
      'dsql.enable_batched_nestloop', 'enable_bitmapscan', 'enable_hashjoin',
      'enable_indexonlyscan', 'enable_indexscan', 'enable_material',
      'enable_mergejoin', 'enable_nestloop', 'enable_seqscan',
      'extra_float_digits', 'intervalstyle', 'search_path', 'timezone')
      THEN name
    WHEN pg_catalog.lower(name) = 'role' AND is_local THEN name
  END
$$;

-- The original is out of reach, as UPDATE pg_settings would call it.
ALTER FUNCTION pg_catalog.set_config(text, text, bool)
  RENAME TO dsql_set_config;
REVOKE EXECUTE ON FUNCTION pg_catalog.dsql_set_config(text, text, bool)
  FROM PUBLIC;
CREATE FUNCTION pg_catalog.set_config(setting_name text, new_value text,
    is_local bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  wanted pg_catalog.text :=
    dsql_internal.settable_name(setting_name, coalesce(is_local, false));
BEGIN
  IF wanted IS NULL AND setting_name IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = '0A000',
      MESSAGE = pg_catalog.format(
        'setting configuration parameter "%s" not supported', setting_name);
  END IF;
  IF pg_catalog.lower(wanted) = 'search_path' AND pg_catalog.regexp_match(
      new_value, '(^|[,"\s])dsql_internal($|[,"\s])', 'i') IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = '42501',
      MESSAGE = 'permission denied for schema dsql_internal';
  END IF;
  -- The gateway sees in a client's text what changes the encoding of those that
  -- follow: a function that does it could be called by any name.
  IF pg_catalog.lower(wanted) = 'client_encoding'
      AND pg_catalog.pg_char_to_encoding(new_value::pg_catalog.name)
        IS DISTINCT FROM pg_catalog.pg_char_to_encoding(
          pg_catalog.current_setting('client_encoding')::pg_catalog.name) THEN
    RAISE EXCEPTION USING ERRCODE = '0A000',
      MESSAGE =
        'setting configuration parameter "client_encoding" not supported',
      HINT = 'Use SET client_encoding.';
  END IF;
  RETURN dsql_internal.real_set_config(wanted, new_value, is_local);
END $$;

-- So that ALTER ROLE ... SET takes it, as of a setting that no module has
-- PostgreSQL does only of superusers, and before 15 always. Privileges on
-- settings are the whole server's.
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 150000
      AND NOT dsql_internal.is_shared_server() THEN
    EXECUTE 'GRANT SET ON PARAMETER dsql.disable_sync_create_index,'
            ' dsql.enable_batched_nestloop TO PUBLIC';
  END IF;
END $$;

-- ALTER ROLE CURRENT_USER SET ... and the like, where they name `role`.
CREATE FUNCTION dsql_internal.alter_own_role(role name, alter_role_sql text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF role OPERATOR(pg_catalog.=) (
      SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database
      WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) THEN
    RAISE feature_not_supported
      USING MESSAGE = 'feature not supported on system entity';
  END IF;
  EXECUTE alter_role_sql;
END $$;

-- A FunctionCall message, which has a function by its number.
CREATE PROCEDURE dsql_internal.refuse_function_call(id bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Without what the originals that were renamed have in front.
  name text := (SELECT regexp_replace(proname, '^dsql_', '') FROM pg_proc
                WHERE oid = id::oid);
BEGIN
  IF name IS NULL THEN
    RAISE undefined_function
      USING MESSAGE = format('function with OID %s does not exist', id);
  END IF;
  RAISE feature_not_supported
    USING MESSAGE = format('function %s not supported', name);
END $$;
