-- What clients see of the catalogs: not what this library has in them.
--
-- PostgreSQL applies no row level security to its own catalogs, and has to find
-- them under their names. Therefore each that has something to hide has a view
-- of its columns in dsql_internal, under the catalog's name, and the gateway
-- names that one where a client's statement reads the catalog
-- (sql/rewrite/visible_catalogs.h). Such a view is merged into the statement,
-- so plans are those on the catalog. A second view has the system columns
-- besides, for statements that name one.
--
-- The views that PostgreSQL itself has on these catalogs are made again, on the
-- views.
SET search_path = pg_catalog, pg_temp;

-- What is hidden: what is in the schema, and originals that pg_catalog has
-- under other names (catalog.sql).
CREATE FUNCTION dsql_internal.is_hidden(class regclass, object oid)
RETURNS bool LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE class
    WHEN 'pg_class'::regclass THEN EXISTS (
      SELECT FROM pg_class WHERE oid = object
        AND 'dsql_internal'::regnamespace IN (relnamespace, (
          SELECT relnamespace FROM pg_class t WHERE t.reltoastrelid = object),
          (SELECT relnamespace FROM pg_class t JOIN pg_index i
             ON i.indrelid = t.reltoastrelid WHERE i.indexrelid = object)))
    WHEN 'pg_proc'::regclass THEN EXISTS (
      SELECT FROM pg_proc WHERE oid = object
        AND (pronamespace = 'dsql_internal'::regnamespace
             OR pronamespace = 'pg_catalog'::regnamespace
               AND proname LIKE 'dsql\_%'))
  END
$$;

-- '{…}'::oid[] of all that is hidden of a catalog.
CREATE FUNCTION dsql_internal.hidden(class regclass) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found oid[];
BEGIN
  EXECUTE format('SELECT array_agg(oid) FROM %s'
                 ' WHERE dsql_internal.is_hidden($1, oid)', class)
    INTO found USING class;
  RETURN format('%L::oid[]', found);
END $$;

-- The catalogs that have something to hide, and which rows are seen. DSQL has
-- no temporary tables: the copies of a transaction that stepped aside are not
-- seen, but for what is asked for by their numbers, as 't'::regclass is that of
-- the copy: columns, indexes and constraints.
CREATE FUNCTION dsql_internal.visible_catalogs()
RETURNS TABLE (catalog name, condition text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  WITH ours AS (
    SELECT 'dsql_internal'::regnamespace::oid AS schema,
      dsql_internal.hidden('pg_class') AS relations,
      dsql_internal.hidden('pg_proc') AS functions)
  SELECT c.* FROM ours, LATERAL (VALUES
    ('pg_namespace', format('oid <> %s AND nspname !~ %L', schema,
                            '^pg_(toast_)?temp_')),
    ('pg_class', format('relnamespace <> %s AND oid <> ALL (%s)'
                        ' AND relpersistence <> %L', schema, relations, 't')),
    ('pg_attribute', format('attrelid <> ALL (%s)', relations)),
    ('pg_attrdef', format('adrelid <> ALL (%s)', relations)),
    ('pg_constraint', format('connamespace <> %s', schema)),
    ('pg_index', format('indrelid <> ALL (%s)', relations)),
    ('pg_rewrite', format('ev_class <> ALL (%s)', relations)),
    ('pg_type', format('typnamespace <> %s', schema)),
    ('pg_proc', format('pronamespace <> %s AND oid <> ALL (%s)', schema,
                       functions)),
    ('pg_event_trigger', format('evtowner <> %s', current_user::regrole::oid)),
    ('pg_depend', format(
      'NOT (classid = 1259 AND objid = ANY (%1$s)'
      ' OR refclassid = 1259 AND refobjid = ANY (%1$s)'
      ' OR classid = 1255 AND objid = ANY (%2$s)'
      ' OR refclassid = 1255 AND refobjid = ANY (%2$s)'
      ' OR refclassid = 2615 AND refobjid = %3$s)',
      relations, functions, schema))
  ) AS c (catalog, condition)
$$;

-- The column of a catalog as clients see it. The access methods that DSQL has
-- are names only: to PostgreSQL an index of btree_index would be none.
CREATE FUNCTION dsql_internal.visible_column(catalog name, name name)
RETURNS text LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN catalog = 'pg_class' AND name = 'relam' THEN format(
      'CASE WHEN relam = %s AND oid >= 16384 THEN %s ELSE relam END AS relam',
      (SELECT oid FROM pg_am WHERE amname = 'btree'),
      (SELECT format('%s::oid', oid) FROM pg_am WHERE amname = 'btree_index'))
    -- All of users' tables have 'f', for change streams.
    WHEN catalog = 'pg_class' AND name = 'relreplident' THEN
      'CASE WHEN oid >= 16384 AND relreplident = ''f'' THEN ''d''::"char"'
      ' ELSE relreplident END AS relreplident'
    ELSE quote_ident(name)
  END
$$;

CREATE FUNCTION dsql_internal.make_visible_catalog(catalog name,
    condition text)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
  columns text := (
    SELECT string_agg(dsql_internal.visible_column(catalog, attname), ', '
                      ORDER BY attnum)
    FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
      AND attrelid = format('pg_catalog.%I', catalog)::regclass);
  view text;
BEGIN
  FOR view, columns IN VALUES
      (catalog, columns),
      (catalog || ' with system columns',
       columns || ', tableoid, ctid, xmin, xmax, cmin, cmax') LOOP
    EXECUTE format('CREATE OR REPLACE VIEW dsql_internal.%I AS'
                   ' SELECT %s FROM pg_catalog.%I WHERE %s',
                   view, columns, catalog, condition);
    EXECUTE format('GRANT SELECT ON dsql_internal.%I TO PUBLIC', view);
  END LOOP;
END $$;

-- A view as PostgreSQL has it, but on the views of dsql_internal, and with the
-- functions that stand for its own.
CREATE FUNCTION dsql_internal.redefine(view regclass, condition text)
RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on AS $$
DECLARE
  definition text := rtrim(pg_get_viewdef(view), ';');
  options text := (SELECT array_to_string(reloptions, ', ') FROM pg_class
                   WHERE oid = view);
  named text := (SELECT format('%I.%I', n.nspname, c.relname)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                 WHERE c.oid = view);
BEGIN
  -- A catalog's number stays its own.
  definition := regexp_replace(definition, '''(pg_\w+)''::regclass',
                               '''pg_catalog.\1''::regclass', 'g');
  -- Rows of these two are handed to functions as a whole. What is theirs is
  -- hidden with the relation and the schema that it is joined with.
  definition := regexp_replace(definition,
    '(?<![.\w])(pg_attribute|pg_type)\M', 'pg_catalog.\1', 'g');
  definition := regexp_replace(definition, '\mdsql_(\w+)\(', '\1(', 'g');
  IF condition IS NOT NULL THEN
    definition := format('SELECT * FROM (%s) visible WHERE %s', definition,
                         condition);
  END IF;
  PERFORM dsql_internal.real_set_config('search_path',
                                        'dsql_internal, pg_catalog', true);
  EXECUTE format('CREATE OR REPLACE VIEW %s %s AS %s', named,
                 'WITH (' || options || ')', definition);
END $$;

-- Which roles are seen: all but the superuser, who runs this; and where others
-- have roles, too, only PostgreSQL's and the cluster's.
CREATE FUNCTION dsql_internal.visible_role(name name) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN dsql_internal.is_shared_server() THEN format(
    '%I IN (SELECT oid FROM pg_catalog.pg_authid WHERE rolname ~ ''^pg_'''
    ' OR oid = (SELECT datdba FROM pg_catalog.pg_database'
    ' WHERE datname = current_database()))', name)
  ELSE format('%I <> %s', name, current_user::regrole::oid) END
$$;

-- Twice, as the views themselves are among what is hidden.
SELECT dsql_internal.make_visible_catalog(catalog, condition)
  FROM dsql_internal.visible_catalogs();
SELECT dsql_internal.make_visible_catalog(catalog, condition)
  FROM dsql_internal.visible_catalogs();

-- PostgreSQL's own views, on these.
DO $$
DECLARE
  view oid;
  condition text;
BEGIN
  FOR view, condition IN
    WITH more(view, condition) AS (VALUES
      -- This library itself looks for its own, too.
      ('pg_roles', format('%s OR session_user = %L',
                          dsql_internal.visible_role('oid'), current_user)),
      ('pg_user', format('%s OR session_user = %L',
                         dsql_internal.visible_role('usesysid'), current_user)),
      ('pg_stat_activity', format(
        'usesysid IS NULL OR %s%s OR session_user = %L',
        dsql_internal.visible_role('usesysid'),
        CASE WHEN dsql_internal.is_shared_server()
          THEN ' AND datname = current_database()' END, current_user)),
      -- Of change streams.
      ('pg_stat_replication', format(
        'usesysid IS NULL OR %s OR session_user = %L',
        dsql_internal.visible_role('usesysid'), current_user)),
      ('pg_replication_slots', format('session_user = %L', current_user)),
      ('pg_available_extensions', 'name = ''plpgsql'''),
      ('pg_available_extension_versions', 'name = ''plpgsql'''))
    SELECT c.oid, more.condition
    FROM pg_class c LEFT JOIN more ON c.oid = more.view::regclass
    WHERE relkind = 'v' AND relnamespace IN ('pg_catalog'::regnamespace,
        'information_schema'::regnamespace)
      AND (more.view IS NOT NULL OR pg_get_viewdef(c.oid) ~ (
        SELECT format('\m(%s|dsql_\w+)\M', string_agg(catalog, '|'))
        FROM dsql_internal.visible_catalogs()))
    ORDER BY c.oid
  LOOP
    PERFORM dsql_internal.redefine(view, condition);
  END LOOP;
END $$;
