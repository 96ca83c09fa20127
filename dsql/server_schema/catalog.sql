-- What DSQL's catalogs say that PostgreSQL's do not. A built-in function is
-- renamed, not replaced: the executor finds it by its number, whatever its row
-- says. What PostgreSQL itself calls goes on as before.
ALTER FUNCTION pg_catalog.version() RENAME TO dsql_version;
CREATE FUNCTION pg_catalog.version() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN 'PostgreSQL 16'::text;

CREATE FUNCTION dsql_internal.real_setting(text) RETURNS text
LANGUAGE internal STABLE STRICT PARALLEL SAFE AS 'show_config_by_name';
CREATE FUNCTION dsql_internal.real_setting(text, bool) RETURNS text
LANGUAGE internal STABLE STRICT PARALLEL SAFE
AS 'show_config_by_name_missing_ok';

-- What settings are said to be, null for the others. PostgreSQL has those of
-- DSQL only once they are set, and keeps them, empty, after RESET.
CREATE FUNCTION dsql_internal.pretended_setting(text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE lower($1)
  WHEN 'server_version' THEN '16.15'
  WHEN 'server_version_num' THEN '160015'
  WHEN 'disable_sync_create_index' THEN coalesce(nullif(
    dsql_internal.real_setting('dsql.disable_sync_create_index', true), ''),
    'on')
  WHEN 'dsql.enable_batched_nestloop' THEN coalesce(nullif(
    dsql_internal.real_setting('dsql.enable_batched_nestloop', true), ''),
    'on')
END;
-- Settings that PostgreSQL 16 has no more.
CREATE FUNCTION dsql_internal.is_former_setting(text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower($1) IN ('lc_collate', 'lc_ctype');
CREATE FUNCTION dsql_internal.unrecognized_setting(name text, missing_ok bool)
RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF missing_ok THEN
    RETURN NULL;
  END IF;
  RAISE undefined_object USING MESSAGE =
    format('unrecognized configuration parameter "%s"', name);
END $$;

ALTER FUNCTION pg_catalog.current_setting(text) RENAME TO dsql_current_setting;
CREATE FUNCTION pg_catalog.current_setting(text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  WHEN dsql_internal.is_former_setting($1)
    THEN dsql_internal.unrecognized_setting($1, false)
  ELSE coalesce(dsql_internal.pretended_setting($1),
                dsql_internal.real_setting($1))
END;
ALTER FUNCTION pg_catalog.current_setting(text, bool)
  RENAME TO dsql_current_setting;
CREATE FUNCTION pg_catalog.current_setting(text, bool) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
  WHEN dsql_internal.is_former_setting($1)
    THEN dsql_internal.unrecognized_setting($1, $2)
  ELSE coalesce(dsql_internal.pretended_setting($1),
                dsql_internal.real_setting($1, $2))
END;

CREATE OR REPLACE VIEW pg_catalog.pg_settings AS
  SELECT name, coalesce(dsql_internal.pretended_setting(name), setting)
      AS setting,
    unit, category, short_desc, extra_desc, context, vartype, source, min_val,
    max_val, enumvals, boot_val, reset_val, sourcefile, sourceline,
    pending_restart
  FROM pg_catalog.pg_show_all_settings()
  WHERE NOT dsql_internal.is_former_setting(name);

-- Listed only: an index of btree_index would be none to PostgreSQL.
CREATE ACCESS METHOD btree_table TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD btree_index TYPE INDEX HANDLER bthandler;

-- The columns that a primary key carries besides its own: all others.
CREATE FUNCTION dsql_internal.carried_columns(index oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
  FROM pg_index i JOIN pg_attribute a ON attrelid = indrelid AND attnum > 0
    AND NOT attisdropped AND NOT attnum = ANY (indkey)
  WHERE indexrelid = index AND indisprimary AND indnatts = indnkeyatts
$$;

-- The definition of an index as DSQL tells it.
CREATE FUNCTION dsql_internal.as_pretended(index oid, definition text)
RETURNS text LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp AS $$
  SELECT regexp_replace(definition, ' USING btree \(', ' USING btree_index (')
    || coalesce(' INCLUDE (' || dsql_internal.carried_columns(index) || ')', '')
$$;
CREATE FUNCTION dsql_internal.pretended_index_definition(index oid)
RETURNS text LANGUAGE sql STABLE STRICT
RETURN dsql_internal.as_pretended(index, dsql_internal.index_definition(index));

ALTER FUNCTION pg_catalog.pg_get_indexdef(oid) RENAME TO dsql_pg_get_indexdef;
CREATE FUNCTION pg_catalog.pg_get_indexdef(oid) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN dsql_internal.pretended_index_definition($1);

-- Without a schema where `pretty`, and of one column where `place` is not 0.
ALTER FUNCTION pg_catalog.pg_get_indexdef(oid, int, bool)
  RENAME TO dsql_pg_get_indexdef;
CREATE FUNCTION pg_catalog.pg_get_indexdef(oid, int, bool) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN CASE $2
  WHEN 0 THEN dsql_internal.as_pretended(
    $1, dsql_internal.index_definition($1, 0, $3))
  ELSE dsql_internal.index_definition($1, $2, $3)
END;

-- A table is found by its name although a copy of it is found instead: what the
-- catalogs tell is the table.
ALTER FUNCTION pg_catalog.pg_table_is_visible(oid)
  RENAME TO dsql_pg_table_is_visible;
CREATE FUNCTION dsql_internal.is_found(relation oid) RETURNS bool
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT oid = dsql_internal.found_first(relname, current_schemas(true))
  FROM pg_class WHERE oid = relation;
END;
CREATE FUNCTION pg_catalog.pg_table_is_visible(oid) RETURNS bool
LANGUAGE sql STABLE PARALLEL RESTRICTED
RETURN CASE WHEN pg_my_temp_schema() = 0
  THEN pg_catalog.dsql_pg_table_is_visible($1)
  ELSE coalesce(dsql_internal.is_found(dsql_internal.copied_from($1)),
                pg_catalog.dsql_pg_table_is_visible($1)) END;

-- What is asked about a table by its name or number, which may be the copy's, is
-- told of the table.
ALTER FUNCTION pg_catalog.pg_get_serial_sequence(text, text)
  RENAME TO dsql_pg_get_serial_sequence;
CREATE FUNCTION pg_catalog.pg_get_serial_sequence(text, text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
RETURN pg_catalog.dsql_pg_get_serial_sequence(
  CASE WHEN pg_my_temp_schema() = 0 THEN $1 ELSE coalesce(
    dsql_internal.qualified_name(
      dsql_internal.copied_from(to_regclass($1)::oid)), $1) END, $2);

ALTER FUNCTION pg_catalog.col_description(oid, int)
  RENAME TO dsql_col_description;
CREATE FUNCTION pg_catalog.col_description(oid, int) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
RETURN pg_catalog.dsql_col_description(dsql_internal.copied_from($1), $2);

ALTER FUNCTION pg_catalog.obj_description(oid) RENAME TO dsql_obj_description;
CREATE FUNCTION pg_catalog.obj_description(oid) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
RETURN pg_catalog.dsql_obj_description(dsql_internal.copied_from($1));

ALTER FUNCTION pg_catalog.obj_description(oid, name)
  RENAME TO dsql_obj_description;
CREATE FUNCTION pg_catalog.obj_description(oid, name) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED
RETURN pg_catalog.dsql_obj_description(
  CASE $2 WHEN 'pg_class' THEN dsql_internal.copied_from($1) ELSE $1 END, $2);

-- PostgreSQL's own views are made on others, see visible_catalogs.sql.
DO $$
DECLARE
  arguments text;
BEGIN
  FOREACH arguments IN ARRAY
      ARRAY['oid', 'oid, bool', 'oid, int', 'text', 'text, bool'] LOOP
    EXECUTE format('ALTER FUNCTION pg_catalog.pg_get_viewdef(%s)'
                   ' RENAME TO dsql_pg_get_viewdef', arguments);
    EXECUTE format('CREATE FUNCTION pg_catalog.pg_get_viewdef(%s) RETURNS text'
      ' LANGUAGE sql STABLE STRICT PARALLEL RESTRICTED RETURN'
      ' pg_catalog.replace(pg_catalog.dsql_pg_get_viewdef($1%s), %L, %L)',
      arguments, CASE WHEN arguments LIKE '%,%' THEN ', $2' END,
      'dsql_internal.', '');
  END LOOP;
END $$;

-- No dictionary knows a language.
DROP TEXT SEARCH TEMPLATE pg_catalog.snowball CASCADE;

-- Only admin makes tables in public, whatever PostgreSQL's version.
ALTER SCHEMA public OWNER TO pg_database_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Called when the database is reset: deletes what is not in the catalogs.
CREATE FUNCTION dsql_internal.reset() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM dsql_internal.jobs;
  DELETE FROM dsql_internal.iam_mappings;
  SELECT dsql_internal.forget_unmapped_roles();
$$;
