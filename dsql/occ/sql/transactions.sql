-- What optimistic concurrency needs inside the server: the private copy of a
-- transaction that lost a race, and the row limit.

-- Whether `copy` is the copy of `source`, which its comment tells.
CREATE FUNCTION dsql_internal.copy_mark(source oid) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT 'dsql: copy of ' || source::pg_catalog.text
$$;

-- The tables that foreign keys connect with these, in both directions, and the
-- tables themselves.
CREATE FUNCTION dsql_internal.foreign_key_closure(VARIADIC tables regclass[])
RETURNS SETOF oid LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH RECURSIVE reached(id) AS (
    SELECT t::oid FROM unnest(tables) t
    UNION
    SELECT CASE WHEN c.conrelid = r.id THEN c.confrelid ELSE c.conrelid END
    FROM reached r JOIN pg_constraint c
      ON c.contype = 'f' AND (c.conrelid = r.id OR c.confrelid = r.id)
  )
  SELECT r.id FROM reached r JOIN pg_class c ON c.oid = r.id
  WHERE c.relkind = 'r' AND c.relpersistence <> 't'
$$;

-- The next value for an identity column, for whoever may write to its table:
-- that needs no privilege on the sequence.
CREATE FUNCTION dsql_internal.identity_nextval(sequence regclass)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
  IF NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
        AND d.objid = sequence AND d.refclassid = 'pg_class'::regclass
        AND d.deptype = 'i'
        AND has_table_privilege(dsql_internal.invoker(), d.refobjid,
                                'INSERT, UPDATE'))
  THEN
    RAISE insufficient_privilege
      USING MESSAGE = format('permission denied for sequence %s', sequence);
  END IF;
  RETURN nextval(sequence);
END $$;

-- The table's columns, defaults and rows as the transaction's snapshot has
-- them.
CREATE FUNCTION dsql_internal.copy_rows(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  name name := (SELECT relname FROM pg_class WHERE oid = source);
  columns text;
  item record;
BEGIN
  EXECUTE format('CREATE TEMP TABLE %I (LIKE %s INCLUDING DEFAULTS'
    ' INCLUDING GENERATED INCLUDING STORAGE) ON COMMIT DROP',
    name, source::regclass);
  EXECUTE format('COMMENT ON TABLE pg_temp.%I IS %L',
    name, dsql_internal.copy_mark(source));
  FOR item IN
      SELECT attname, d.objid::regclass AS sequence
      FROM pg_attribute a JOIN pg_depend d
        ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
        AND d.refobjsubid = a.attnum AND d.classid = 'pg_class'::regclass
        AND d.deptype = 'i'
      WHERE a.attrelid = source AND a.attidentity <> '' LOOP
    EXECUTE format('ALTER TABLE pg_temp.%I ALTER %I SET DEFAULT'
      ' dsql_internal.identity_nextval(%L)', name, item.attname, item.sequence);
  END LOOP;
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute WHERE attrelid = source AND attnum > 0
    AND NOT attisdropped AND attgenerated = '';
  IF columns IS NOT NULL THEN
    EXECUTE format('INSERT INTO pg_temp.%I (%s) OVERRIDING SYSTEM VALUE'
      ' SELECT %s FROM ONLY %s', name, columns, columns, source::regclass);
  END IF;
END $$;

-- Primary key, unique and CHECK constraints, and unique indexes, with their
-- names. CHECKs are not tried on the rows: they passed the table's own.
CREATE FUNCTION dsql_internal.copy_keys(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  name name := (SELECT relname FROM pg_class WHERE oid = source);
  item record;
BEGIN
  FOR item IN
      SELECT conname, dsql_internal.constraint_definition(oid) AS definition,
        CASE WHEN contype = 'c' AND convalidated THEN ' NOT VALID' ELSE '' END
          AS suffix
      FROM pg_constraint WHERE conrelid = source AND contype IN ('p', 'u', 'c')
      ORDER BY contype DESC, conname LOOP
    EXECUTE format('ALTER TABLE pg_temp.%I ADD CONSTRAINT %I %s%s',
      name, item.conname, item.definition, item.suffix);
  END LOOP;
  FOR item IN
      SELECT dsql_internal.index_definition(indexrelid) AS definition
      FROM pg_index WHERE indrelid = source AND indisunique AND indisvalid
        AND NOT EXISTS (SELECT FROM pg_constraint
                        WHERE conrelid = source AND conindid = indexrelid
                          AND contype IN ('p', 'u')) LOOP
    EXECUTE overlay(item.definition
      PLACING format(' ON pg_temp.%I USING ', name)
      FROM position(format(' ON %s USING ', source::regclass)
                    IN item.definition)
      FOR length(format(' ON %s USING ', source::regclass)));
  END LOOP;
END $$;

-- Foreign keys between copies, with actions and deferrability.
CREATE FUNCTION dsql_internal.copy_foreign_keys(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  item record;
BEGIN
  FOR item IN
      SELECT c.conname, t.relname AS child, p.relname AS parent,
        format(' REFERENCES %s(', confrelid::regclass) AS target,
        dsql_internal.constraint_definition(c.oid) AS definition,
        CASE WHEN convalidated THEN ' NOT VALID' ELSE '' END AS suffix
      FROM pg_constraint c JOIN pg_class t ON t.oid = conrelid
        JOIN pg_class p ON p.oid = confrelid
      WHERE conrelid = source AND contype = 'f' ORDER BY conname LOOP
    EXECUTE format('ALTER TABLE pg_temp.%I ADD CONSTRAINT %I %s%s',
      item.child, item.conname,
      replace(item.definition, item.target,
              format(' REFERENCES pg_temp.%I(', item.parent)), item.suffix);
  END LOOP;
END $$;

-- The views that read these tables, through other views too, and that the user
-- may read; who depends on others comes after them.
CREATE FUNCTION dsql_internal.dependent_views(tables oid[]) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH RECURSIVE reached(id, depth) AS (
    SELECT t, 0 FROM unnest(tables) t
    UNION
    SELECT w.ev_class, r.depth + 1
    FROM reached r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass
        AND d.refobjid = r.id AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.id
  )
  SELECT r.id FROM reached r JOIN pg_class c ON c.oid = r.id
  WHERE c.relkind = 'v' AND c.relpersistence <> 't'
    AND has_table_privilege(c.oid, 'SELECT')
  GROUP BY r.id ORDER BY max(r.depth)
$$;

-- The view over the copies. In a view's definition a table is named with its
-- schema only where it is read.
CREATE FUNCTION dsql_internal.copy_view(source oid, relations oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  view pg_class := (SELECT c FROM pg_class c WHERE oid = source);
  definition text := pg_get_viewdef(source);
  item record;
BEGIN
  FOR item IN
      SELECT regexp_replace(c.oid::regclass::text, '([^\w"])', '\\\1', 'g')
          AS pattern, relname
      FROM pg_class c WHERE c.oid = ANY (relations) LOOP
    definition := regexp_replace(definition,
      '(^|[^\w".])' || item.pattern || '(?![\w".(])',
      format('\1pg_temp.%s',
             replace(quote_ident(item.relname), '\', '\\')), 'g');
  END LOOP;
  EXECUTE format('CREATE TEMP VIEW %I (%s) %s AS %s', view.relname,
    (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
     FROM pg_attribute WHERE attrelid = source AND attnum > 0),
    'WITH (' || array_to_string(view.reloptions, ', ') || ')', definition);
  EXECUTE format('COMMENT ON VIEW pg_temp.%I IS %L',
    view.relname, dsql_internal.copy_mark(source));
END $$;

-- The names that copies take: those of the relations and of their unique
-- indexes.
CREATE FUNCTION dsql_internal.copied_names(relations oid[]) RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT relname FROM pg_class WHERE oid = ANY (relations)
  UNION ALL
  SELECT relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid
  WHERE indrelid = ANY (relations) AND indisunique AND indisvalid
$$;

-- Of `relations`, those that have no copy yet.
--
-- Errors: DS001 where copies would have one name; DS002 where the user may not
--   read one.
CREATE FUNCTION dsql_internal.not_copied(relations oid[]) RETURNS oid[]
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  missing oid[] := ARRAY(
    SELECT r.id FROM unnest(relations) WITH ORDINALITY r(id, place)
      JOIN pg_class t ON t.oid = r.id
    WHERE NOT EXISTS (
      SELECT FROM pg_class c WHERE c.relname = t.relname
        AND c.relnamespace = pg_my_temp_schema()
        AND obj_description(c.oid, 'pg_class') = dsql_internal.copy_mark(r.id))
    ORDER BY r.place);
  clash name := (
    SELECT name FROM dsql_internal.copied_names(missing) name GROUP BY name
    HAVING count(*) > 1 OR EXISTS (
      SELECT FROM pg_class
      WHERE relname = name AND relnamespace = pg_my_temp_schema())
    ORDER BY name LIMIT 1);
  unreadable oid := (SELECT id FROM unnest(missing) id
                     WHERE NOT has_table_privilege(id, 'SELECT') LIMIT 1);
BEGIN
  IF clash IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DS001',
      MESSAGE = format('two relations are named "%s"', clash);
  ELSIF unreadable IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DS002', MESSAGE =
      format('%s cannot be read by %s', unreadable::regclass, current_user);
  END IF;
  RETURN missing;
END $$;

-- Makes temporary tables that shadow the given ones, and all that foreign keys
-- connect with them, for the rest of the transaction: same names, columns,
-- defaults, constraints and unique indexes, rows as the transaction's snapshot
-- has them; and the views on them. Returns what is shadowed now, with the
-- schemas that the transaction's statements must no longer name. May be called
-- again.
--
-- Identity columns and defaults draw from the real sequences.
--
-- Errors: DS001 two relations of one name, indexes among them; DS002 one that
--   the user may not read.
-- Fidelity: the copies belong to the user, who so may do with them what he may
--   not do with the tables; GENERATED ALWAYS AS IDENTITY does not refuse a
--   value; an index that is not valid is not copied.
CREATE FUNCTION dsql_internal.copy_tables(VARIADIC tables regclass[])
RETURNS TABLE (schema_name name, relation_name name)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  sources oid[] := ARRAY(
    SELECT f FROM dsql_internal.foreign_key_closure(VARIADIC tables) f
    ORDER BY f);
  views oid[] := ARRAY(SELECT dsql_internal.dependent_views(sources));
  missing oid[] := dsql_internal.not_copied(sources || views);
  source oid;
BEGIN
  FOREACH source IN ARRAY missing LOOP
    CONTINUE WHEN source = ANY (views);
    PERFORM dsql_internal.copy_rows(source);
    PERFORM dsql_internal.copy_keys(source);
  END LOOP;
  FOREACH source IN ARRAY missing LOOP
    CONTINUE WHEN source = ANY (views);
    PERFORM dsql_internal.copy_foreign_keys(source);
  END LOOP;
  FOREACH source IN ARRAY missing LOOP
    CONTINUE WHEN NOT source = ANY (views);
    PERFORM dsql_internal.copy_view(source, sources || views);
  END LOOP;
  RETURN QUERY
    SELECT n.nspname, c.relname FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = ANY (sources || views) ORDER BY 1, 2;
END $$;

-- A query that tells whether the rows of `source` have a key of this index
-- twice.
CREATE FUNCTION dsql_internal.duplicates_query(source regclass, index oid)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT format('SELECT EXISTS (SELECT FROM ONLY %s WHERE %s%s GROUP BY %s'
    ' HAVING count(*) > 1)', source,
    coalesce('(' || pg_get_expr(i.indpred, i.indrelid) || ')', 'true'),
    CASE WHEN to_jsonb(i)->>'indnullsnotdistinct' = 'true' THEN '' ELSE
      (SELECT string_agg(format(' AND (%s) IS NOT NULL',
         dsql_internal.index_column(index, k)), '')
       FROM generate_series(1, i.indnkeyatts) k) END,
    (SELECT string_agg(format('(%s)', dsql_internal.index_column(index, k)),
                       ', ')
     FROM generate_series(1, i.indnkeyatts) k))
  FROM pg_index i WHERE i.indexrelid = index
$$;

-- For users who may insert but not read. Expressions, which are code of users,
-- are left out.
CREATE FUNCTION dsql_internal.has_duplicate_plain_keys(source regclass)
RETURNS bool LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
  id oid;
  found bool := false;
BEGIN
  FOR id IN SELECT indexrelid FROM pg_index WHERE indrelid = source
            AND indisunique AND indisvalid AND indexprs IS NULL
            AND indpred IS NULL LOOP
    EXECUTE dsql_internal.duplicates_query(source, id) INTO found;
    EXIT WHEN found;
  END LOOP;
  RETURN found;
END $$;

-- Whether the transaction's snapshot sees two rows with one unique key. So it
-- is where the transaction inserted a key that another one deleted after the
-- snapshot was taken: PostgreSQL allows that at REPEATABLE READ.
CREATE FUNCTION dsql_internal.has_duplicate_keys(source regclass)
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  id oid;
  found bool := false;
BEGIN
  IF NOT has_table_privilege(source, 'SELECT') THEN
    RETURN dsql_internal.has_duplicate_plain_keys(source);
  END IF;
  FOR id IN SELECT indexrelid FROM pg_index WHERE indrelid = source
            AND indisunique AND indisvalid LOOP
    EXECUTE dsql_internal.duplicates_query(source, id) INTO found;
    EXIT WHEN found;
  END LOOP;
  RETURN found;
END $$;

-- How many rows of these tables (of all, if none is given) this session has
-- modified, since a moment that PostgreSQL chooses: the statistics of earlier
-- transactions stay in for up to a second. So only the difference of two calls
-- in one transaction says something. Rows that were rolled back count, and so
-- do those that copy_tables() copied.
CREATE FUNCTION dsql_internal.modified_rows(
    VARIADIC tables regclass[] DEFAULT '{}')
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF cardinality(tables) > 0 THEN
    RETURN (SELECT sum(pg_stat_get_xact_tuples_inserted(t)
                       + pg_stat_get_xact_tuples_updated(t)
                       + pg_stat_get_xact_tuples_deleted(t))
            FROM unnest(tables) t);
  END IF;
  RETURN (SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(oid)
                              + pg_stat_get_xact_tuples_updated(oid)
                              + pg_stat_get_xact_tuples_deleted(oid)), 0)
          FROM pg_class WHERE relkind = 'r' AND oid >= 16384);
END $$;

-- Begins to count, in this transaction, for enforce_row_limit() with the same
-- tables.
CREATE FUNCTION dsql_internal.start_row_count(
    VARIADIC tables regclass[] DEFAULT '{}')
RETURNS void LANGUAGE sql AS $$
  SELECT dsql_internal.real_set_config('dsql_internal.rows_before',
    dsql_internal.modified_rows(VARIADIC tables)::pg_catalog.text, true)
$$;

-- Raises 54000 if more than `row_limit` rows were modified since
-- start_row_count(), without which nothing was.
CREATE FUNCTION dsql_internal.enforce_row_limit(row_limit bigint,
    VARIADIC tables regclass[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  before text := pg_catalog.current_setting('dsql_internal.rows_before', true);
BEGIN
  IF before <> '' AND dsql_internal.modified_rows(VARIADIC tables)
                      - before::bigint > row_limit THEN
    RAISE program_limit_exceeded
      USING MESSAGE = 'transaction row limit exceeded';
  END IF;
END $$;
