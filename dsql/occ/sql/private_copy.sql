-- The private copy of a transaction that waited for another one, or lost.
--
-- All of it runs as the client. What evaluates expressions of users does so
-- under the session's own search_path, as functions whose bodies are text may
-- need it; execute_under() is that place, and its statements name nothing that
-- could be looked for in it.

-- Runs a statement with this search_path. Returns how many rows it processed.
CREATE FUNCTION dsql_internal.execute_under(path text, statement text)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  processed bigint;
BEGIN
  -- Until the end of this function, as that has a SET of its own.
  PERFORM dsql_internal.real_set_config('search_path', path, true);
  EXECUTE statement;
  GET DIAGNOSTICS processed = ROW_COUNT;
  RETURN processed;
END $$;

-- The same for statements that the server has printed, with the names in
-- pg_catalog unqualified: whatever else the session looks through, those are
-- the first to be found.
CREATE FUNCTION dsql_internal.execute_printed(path text, statement text)
RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT dsql_internal.execute_under(
    concat_ws(', ', 'pg_catalog', nullif(path, '')), statement)
$$;

-- The comment of a copy tells of what it is one.
CREATE FUNCTION dsql_internal.copy_mark(source oid) RETURNS text
LANGUAGE sql IMMUTABLE RETURN 'dsql: copy of ' || source::text;

-- The relation that a copy stands for; of any other relation, that itself.
CREATE FUNCTION dsql_internal.copied_from(relation oid) RETURNS oid
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
  SELECT coalesce((
    SELECT substring(d.description FROM '^dsql: copy of (\d+)$')::oid
    FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
    WHERE pg_my_temp_schema() <> 0
      AND d.objoid = relation AND d.classoid = 'pg_class'::regclass
      AND d.objsubid = 0 AND c.relnamespace = pg_my_temp_schema()), relation);
END;

-- The tables that foreign keys connect with these, in both directions, and the
-- tables themselves.
CREATE FUNCTION dsql_internal.foreign_key_closure(VARIADIC tables regclass[])
RETURNS SETOF oid LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
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
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
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

-- The table's columns and rows as the transaction sees them now; a column list
-- without those that are generated.
CREATE FUNCTION dsql_internal.copy_rows(path text, source oid, columns text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name name := (SELECT relname FROM pg_class WHERE oid = source);
  original text := dsql_internal.qualified_name(source);
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source
                 AND attgenerated <> '' AND NOT attisdropped) THEN
    -- Half the time of an INSERT.
    EXECUTE format('CREATE TEMP TABLE %I ON COMMIT DROP AS'
      ' SELECT %s FROM ONLY %s', name, columns, original);
    RETURN;
  END IF;
  EXECUTE format('CREATE TEMP TABLE %I (LIKE %s INCLUDING GENERATED)'
    ' ON COMMIT DROP', name, original);
  PERFORM dsql_internal.execute_under(path,
    format('INSERT INTO pg_temp.%I (%s) OVERRIDING SYSTEM VALUE'
           ' SELECT %s FROM ONLY %s', name, columns, columns, original));
END $$;

-- What the copy's columns have besides: the clauses of ALTER TABLE for NOT NULL
-- and defaults. Identity columns draw from their sequences.
CREATE FUNCTION dsql_internal.column_clauses(source oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(clause, ', ')
  FROM pg_attribute a
    LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
    LEFT JOIN pg_depend s ON attidentity <> ''
      AND s.refclassid = 'pg_class'::regclass AND s.refobjid = attrelid
      AND s.refobjsubid = attnum AND s.classid = 'pg_class'::regclass
      AND s.deptype = 'i',
    LATERAL (VALUES
      (attnotnull, format('ALTER %I SET NOT NULL', attname)),
      (d.oid IS NOT NULL AND attgenerated = '',
       format('ALTER %I SET DEFAULT %s', attname, pg_get_expr(adbin, adrelid))),
      (s.objid IS NOT NULL,
       format('ALTER %I SET DEFAULT dsql_internal.identity_nextval(%L)',
              attname, dsql_internal.qualified_name(s.objid)))) c(has, clause)
  WHERE attrelid = source AND attnum > 0 AND NOT attisdropped AND has
$$;

CREATE FUNCTION dsql_internal.copy_table(path text, source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name name := (SELECT relname FROM pg_class WHERE oid = source);
  clauses text := dsql_internal.column_clauses(source);
BEGIN
  PERFORM dsql_internal.copy_rows(path, source, (
    SELECT coalesce(string_agg(quote_ident(attname), ', ' ORDER BY attnum), '')
    FROM pg_attribute WHERE attrelid = source AND attnum > 0
    AND NOT attisdropped AND attgenerated = ''));
  EXECUTE format('COMMENT ON TABLE pg_temp.%I IS %L',
    name, dsql_internal.copy_mark(source));
  IF clauses IS NOT NULL THEN
    EXECUTE format('ALTER TABLE pg_temp.%I %s', name, clauses);
  END IF;
END $$;

-- The definition of a unique index, as one of the copy.
CREATE FUNCTION dsql_internal.copied_index_definition(source oid, index oid)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT overlay(definition PLACING format(' ON pg_temp.%I USING ', relname)
                 FROM position(place IN definition) FOR length(place))
  FROM pg_class c,
    LATERAL (SELECT dsql_internal.index_definition(index),
               format(' ON %s USING ', c.oid::regclass)) d(definition, place)
  WHERE c.oid = source
$$;

-- Makes an index of a copy unique for rows to come, whatever rows it has: as one
-- that is not valid no plan relies on it.
CREATE FUNCTION dsql_internal.make_unique(index regclass) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE pg_index SET indisunique = true, indisvalid = false
  FROM pg_class c
  WHERE indexrelid = index AND c.oid = index
    AND c.relnamespace = pg_my_temp_schema()
$$;

-- CHECK constraints, and primary key, unique constraints and unique indexes,
-- with their names. An index that is not valid may have keys twice, and refuses
-- those that come. CHECKs are not tried on the rows: they passed the table's
-- own. Of keys that a row has twice PostgreSQL names the one whose index was
-- made first.
CREATE FUNCTION dsql_internal.copy_keys(path text, source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name name := (SELECT relname FROM pg_class WHERE oid = source);
  item record;
BEGIN
  FOR item IN
      SELECT conname, dsql_internal.constraint_definition(oid) AS definition,
        CASE WHEN convalidated THEN ' NOT VALID' ELSE '' END AS suffix
      FROM pg_constraint WHERE conrelid = source AND contype = 'c'
      ORDER BY conname LOOP
    EXECUTE format('ALTER TABLE pg_temp.%I ADD CONSTRAINT %I %s%s',
      name, item.conname, item.definition, item.suffix);
  END LOOP;
  FOR item IN
      SELECT indexrelid AS index, relname, conname, c.oid AS key, indisvalid
      FROM pg_index JOIN pg_class i ON i.oid = indexrelid
        LEFT JOIN pg_constraint c ON conrelid = source
          AND conindid = indexrelid AND contype IN ('p', 'u')
      WHERE indrelid = source AND indisunique
        AND (indisready OR c.oid IS NOT NULL)
      ORDER BY indexrelid LOOP
    IF item.key IS NULL AND item.indisvalid THEN
      PERFORM dsql_internal.execute_printed(path,
        dsql_internal.copied_index_definition(source, item.index));
    ELSIF item.key IS NULL THEN
      PERFORM dsql_internal.execute_printed(path, regexp_replace(
        dsql_internal.copied_index_definition(source, item.index),
        '^CREATE UNIQUE ', 'CREATE '));
      PERFORM dsql_internal.make_unique(
        format('pg_temp.%I', item.relname)::regclass);
    ELSE
      EXECUTE format('ALTER TABLE pg_temp.%I ADD CONSTRAINT %I %s',
        name, item.conname, dsql_internal.constraint_definition(item.key));
    END IF;
  END LOOP;
END $$;

-- Foreign keys between copies, with actions and deferrability.
CREATE FUNCTION dsql_internal.copy_foreign_keys(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
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

-- The schemas of these relations, as a part of a search_path.
CREATE FUNCTION dsql_internal.schemas_of(relations oid[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(DISTINCT quote_ident(nspname), ', ')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = ANY (relations)
$$;

-- A view's definition, as it is printed under this search_path.
CREATE FUNCTION dsql_internal.view_definition(path text, source oid)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM dsql_internal.real_set_config('search_path', path, true);
  RETURN pg_catalog.pg_get_viewdef(source);
END $$;

-- Errors: DS001 where one of these is named as another relation that their
--   views may name without its schema.
CREATE FUNCTION dsql_internal.assert_unambiguous(relations oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  clash name := (
    SELECT c.relname FROM pg_class c JOIN pg_class other
      ON other.relname = c.relname AND other.oid <> c.oid
      AND other.relkind IN ('r', 'v', 'm', 'p', 'f')
    WHERE c.oid = ANY (relations) AND (
      other.relnamespace = 'pg_catalog'::regnamespace OR
      other.relnamespace IN (SELECT relnamespace FROM pg_class
                             WHERE oid = ANY (relations)))
    ORDER BY 1 LIMIT 1);
BEGIN
  IF clash IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DS001',
      MESSAGE = format('two relations are named "%s"', clash);
  END IF;
END $$;

-- The view over the copies. Its definition is printed while the tables are
-- found without their schemas, and read while the copies are found instead.
-- Functions and operators are never looked for in pg_temp, so that they are
-- the same both times.
CREATE FUNCTION dsql_internal.copy_view(source oid, relations oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  view pg_class := (SELECT c FROM pg_class c WHERE oid = source);
  schemas text := dsql_internal.schemas_of(relations);
BEGIN
  PERFORM dsql_internal.execute_under(
    format('pg_temp, pg_catalog, %s', schemas),
    format('CREATE TEMP VIEW %I (%s) %s AS %s', view.relname,
      (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
       FROM pg_attribute WHERE attrelid = source AND attnum > 0),
      'WITH (' || array_to_string(view.reloptions, ', ') || ')',
      dsql_internal.view_definition(
        format('pg_catalog, %s, pg_temp', schemas), source)));
  EXECUTE format('COMMENT ON VIEW pg_temp.%I IS %L',
    view.relname, dsql_internal.copy_mark(source));
END $$;

-- The names that copies take: those of the relations and of their unique
-- indexes.
CREATE FUNCTION dsql_internal.copied_names(relations oid[]) RETURNS SETOF name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT relname FROM pg_class WHERE oid = ANY (relations)
  UNION ALL
  SELECT relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid
  WHERE indrelid = ANY (relations) AND indisunique AND indisready
$$;

-- What a name without schema means where these are searched, copies aside.
CREATE FUNCTION dsql_internal.found_first(name name, schemas name[])
RETURNS oid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.oid FROM unnest(schemas) WITH ORDINALITY s(name, place)
    JOIN pg_namespace n ON n.nspname = s.name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $1
  WHERE n.oid <> pg_my_temp_schema()
  ORDER BY s.place LIMIT 1
$$;

-- Of `relations`, those that have no copy yet, for a session that searches
-- `schemas`.
--
-- Errors: DS001 where copies would have one name, or that of another relation
--   which the session names without its schema; DS002 where the user may not
--   read one; DS004 where rows of one are a function's arguments, as those of
--   its copy are not.
CREATE FUNCTION dsql_internal.not_copied(relations oid[], schemas name[])
RETURNS oid[] LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  missing oid[] := ARRAY(
    SELECT r.id FROM unnest(relations) WITH ORDINALITY r(id, place)
      JOIN pg_class t ON t.oid = r.id
    WHERE NOT EXISTS (
      SELECT FROM pg_class c WHERE c.relname = t.relname
        AND c.relnamespace = pg_my_temp_schema()
        AND dsql_internal.copied_from(c.oid) = r.id)
    ORDER BY r.place);
  clash name := (
    SELECT name FROM dsql_internal.copied_names(missing) name GROUP BY name
    HAVING count(*) > 1 OR EXISTS (
      SELECT FROM pg_class
      WHERE relname = name AND relnamespace = pg_my_temp_schema())
    UNION ALL
    SELECT t.relname FROM unnest(missing) id JOIN pg_class t ON t.oid = id
    WHERE dsql_internal.found_first(t.relname, schemas) <> id
    ORDER BY name LIMIT 1);
  unreadable oid := (SELECT id FROM unnest(missing) id
                     WHERE NOT has_table_privilege(id, 'SELECT') LIMIT 1);
  taken oid := (
    SELECT c.oid FROM pg_class c
      JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass
        AND d.refobjid = c.reltype AND d.classid = 'pg_proc'::regclass
      JOIN pg_proc p ON p.oid = d.objid AND c.reltype = ANY (p.proargtypes)
    WHERE c.oid = ANY (missing) LIMIT 1);
BEGIN
  IF clash IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DS001',
      MESSAGE = format('two relations are named "%s"', clash);
  ELSIF unreadable IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DS002', MESSAGE =
      format('%s cannot be read by %s', unreadable::regclass, current_user);
  ELSIF taken IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'DS004',
      MESSAGE = format('a function takes rows of %s', taken::regclass);
  END IF;
  RETURN missing;
END $$;

-- What others than the user may do with a table or view: its owner, and whom it
-- was granted to.
CREATE FUNCTION dsql_internal.privileges_of_others(source oid)
RETURNS TABLE (privileges text, grantee text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(DISTINCT p.privilege, ', '),
    CASE WHEN p.grantee = 0 THEN 'PUBLIC'
         ELSE quote_ident(pg_get_userbyid(p.grantee)) END
  FROM (
    SELECT a.grantee, a.privilege_type AS privilege
    FROM pg_class c,
      aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a
    WHERE c.oid = source
    UNION ALL
    SELECT a.grantee, format('%s (%I)', a.privilege_type, c.attname)
    FROM pg_attribute c, aclexplode(c.attacl) a
    WHERE c.attrelid = source AND NOT c.attisdropped) p
  WHERE p.grantee <> quote_ident(current_user)::regrole
  GROUP BY p.grantee
$$;

-- The user may call functions of others (SECURITY DEFINER), or become another
-- (SET LOCAL ROLE).
CREATE FUNCTION dsql_internal.copy_privileges(source oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name name := (SELECT relname FROM pg_class WHERE oid = source);
  item record;
BEGIN
  FOR item IN SELECT * FROM dsql_internal.privileges_of_others(source) LOOP
    EXECUTE format('GRANT %s ON pg_temp.%I TO %s',
                   item.privileges, name, item.grantee);
  END LOOP;
END $$;

-- copy_tables(), for a session with this search_path, which searches `schemas`.
CREATE FUNCTION dsql_internal.make_copies(path text, schemas name[],
                                          tables regclass[])
RETURNS TABLE (schema_name name, relation_name name)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  sources oid[] := ARRAY(
    SELECT f FROM dsql_internal.foreign_key_closure(VARIADIC tables) f
    ORDER BY f);
  views oid[] := ARRAY(SELECT dsql_internal.dependent_views(sources));
  missing oid[] := dsql_internal.not_copied(sources || views, schemas);
  source oid;
BEGIN
  IF cardinality(views) > 0 THEN
    PERFORM dsql_internal.assert_unambiguous(sources || views);
  END IF;
  FOREACH source IN ARRAY missing LOOP
    CONTINUE WHEN source = ANY (views);
    PERFORM dsql_internal.copy_table(path, source);
    PERFORM dsql_internal.copy_keys(path, source);
  END LOOP;
  FOREACH source IN ARRAY missing LOOP
    CONTINUE WHEN source = ANY (views);
    PERFORM dsql_internal.copy_foreign_keys(source);
  END LOOP;
  FOREACH source IN ARRAY missing LOOP
    CONTINUE WHEN NOT source = ANY (views);
    PERFORM dsql_internal.copy_view(source, sources || views);
  END LOOP;
  FOREACH source IN ARRAY missing LOOP
    PERFORM dsql_internal.copy_privileges(source);
  END LOOP;
  RETURN QUERY
    SELECT n.nspname, c.relname FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = ANY (sources || views) ORDER BY 1, 2;
END $$;

-- Makes temporary tables that shadow the given ones, and all that foreign keys
-- connect with them, for the rest of the transaction: same names, columns,
-- defaults, constraints and unique indexes, rows as the transaction sees them,
-- with what it wrote itself; and the views on them. Returns what is shadowed
-- now, with the schemas that the transaction's statements must no longer name.
-- May be called again.
--
-- Identity columns and defaults draw from the real sequences.
--
-- Errors: DS001 two relations of one name, indexes among them, or one whose
--   name means another one in this session; DS002 one that
--   the user may not read; DS004 one whose rows a function takes.
-- Fidelity: the copies belong to the user, who so may do with them what he may
--   not do with the tables; GENERATED ALWAYS AS IDENTITY does not refuse a
--   value.
CREATE FUNCTION dsql_internal.copy_tables(VARIADIC tables regclass[])
RETURNS TABLE (schema_name name, relation_name name)
LANGUAGE sql BEGIN ATOMIC
  SELECT * FROM dsql_internal.make_copies(
    current_setting('search_path'), current_schemas(true), tables);
END;
