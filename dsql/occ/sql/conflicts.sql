-- What optimistic concurrency asks for in the middle of a transaction.

-- The column to write where a row is written without being changed: one that
-- the user may update and that, if there is such a one, no index has and no
-- generated column is made of. Null where there is none.
CREATE FUNCTION dsql_internal.writable_column(source oid) RETURNS name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT attname FROM pg_attribute
  WHERE attrelid = source AND attnum > 0 AND NOT attisdropped
    AND attgenerated = '' AND attidentity <> 'a'
    AND has_column_privilege(attrelid, attnum, 'UPDATE')
  ORDER BY EXISTS (SELECT FROM pg_index
                   WHERE indrelid = source AND attnum = ANY (indkey)),
    EXISTS (SELECT FROM pg_depend
            WHERE classid = 'pg_attrdef'::regclass
            AND refclassid = 'pg_class'::regclass AND refobjid = source
            AND refobjsubid = attnum), attnum
  LIMIT 1
$$;

-- How rows are deleted and made again in one statement, for a table of which
-- nothing can be updated: all its columns are GENERATED ALWAYS. Null where
-- other rows refer to its rows, or where the user may not do that.
CREATE FUNCTION dsql_internal.replacement_query(source oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT format('WITH gone AS (DELETE FROM ONLY %s WHERE'
    ' ctid OPERATOR(pg_catalog.=) ANY ($1) RETURNING *) INSERT INTO %s (%s)'
    ' OVERRIDING SYSTEM VALUE SELECT %s FROM gone',
    dsql_internal.qualified_name(source), dsql_internal.qualified_name(source),
    string_agg(quote_ident(attname), ', '),
    string_agg(quote_ident(attname), ', '))
  FROM pg_attribute
  WHERE attrelid = source AND attnum > 0 AND NOT attisdropped
    AND attgenerated = ''
    AND has_table_privilege(source, 'DELETE')
    AND has_table_privilege(source, 'INSERT')
    AND has_table_privilege(source, 'SELECT')
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE confrelid = source)
  HAVING bool_and(attidentity = 'a')
$$;

-- Runs a statement on the rows at these places under a session's search_path,
-- as CHECK constraints call functions of users. Returns the number of rows.
CREATE FUNCTION dsql_internal.execute_on_rows(path text, statement text,
    places tid[])
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  processed bigint;
BEGIN
  PERFORM dsql_internal.real_set_config('search_path', path, true);
  EXECUTE statement USING places;
  GET DIAGNOSTICS processed = ROW_COUNT;
  RETURN processed;
END $$;

-- Whether a new version of a row may be refused, although it is the same.
CREATE FUNCTION dsql_internal.may_refuse_rows(source oid) RETURNS bool
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = source
                 AND (contype = 'c' OR NOT convalidated))
    OR EXISTS (SELECT FROM pg_attribute
               WHERE attrelid = source AND attgenerated <> '')
$$;

CREATE FUNCTION dsql_internal.lock_rows(path text, source oid, places tid[])
RETURNS bigint LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT dsql_internal.execute_on_rows(path, format(
    'SELECT FROM ONLY %s WHERE ctid OPERATOR(pg_catalog.=) ANY ($1) FOR UPDATE',
    dsql_internal.qualified_name(source)), places)
$$;

-- Writes those rows that are not refused, and locks the others.
CREATE FUNCTION dsql_internal.write_or_lock_rows(path text, source oid,
    statement text, places tid[])
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  place tid;
  touched bigint := 0;
BEGIN
  RETURN dsql_internal.execute_on_rows(path, statement, places);
EXCEPTION
  WHEN transaction_rollback OR object_not_in_prerequisite_state
      OR insufficient_resources OR invalid_transaction_state
      OR operator_intervention THEN
    RAISE;
  WHEN OTHERS THEN
    IF cardinality(places) <= 1 THEN
      RETURN dsql_internal.lock_rows(path, source, places);
    END IF;
    FOREACH place IN ARRAY places LOOP
      touched := touched + dsql_internal.write_or_lock_rows(
        path, source, statement, ARRAY[place]);
    END LOOP;
    RETURN touched;
END $$;

-- touch_rows(), for a session with this search_path.
CREATE FUNCTION dsql_internal.write_rows(path text, source oid, places tid[])
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  wanted name := dsql_internal.writable_column(source);
  statement text := CASE WHEN wanted IS NULL
    THEN dsql_internal.replacement_query(source)
    ELSE format('UPDATE ONLY %s SET %I = %I WHERE'
                ' ctid OPERATOR(pg_catalog.=) ANY ($1)',
                dsql_internal.qualified_name(source), wanted, wanted) END;
  touched bigint;
BEGIN
  IF statement IS NULL OR coalesce(cardinality(places), 0) = 0 THEN
    RETURN dsql_internal.lock_rows(path, source, places);
  END IF;
  -- Change streams leave out what is written in between.
  PERFORM pg_logical_emit_message(true, 'dsql.touch', '1');
  touched := CASE WHEN dsql_internal.may_refuse_rows(source)
    THEN dsql_internal.write_or_lock_rows(path, source, statement, places)
    ELSE dsql_internal.execute_on_rows(path, statement, places) END;
  PERFORM pg_logical_emit_message(true, 'dsql.touch', '0');
  RETURN touched;
END $$;

-- Writes rows without changing them, so that other transactions collide with
-- this one as they would if it had changed them: PostgreSQL compares a row's
-- versions with a snapshot, and a mere lock makes none. Returns the number of
-- rows.
--
-- A new version has to pass the CHECK constraints, all of them, whatever is
-- written; there is no way around that but a change of the catalogs, which
-- others would see. A row that does not pass (it was there before a NOT VALID
-- one) is only locked: the lock is right while the transaction lasts, and
-- leaves no trace. So it is where there is no column that can be written.
CREATE FUNCTION dsql_internal.touch_rows(source oid, places tid[])
RETURNS bigint LANGUAGE sql
RETURN CASE WHEN source IS NULL THEN 0 ELSE dsql_internal.write_rows(
  current_setting('search_path'), source, places) END;

-- Remembers, until the transaction ends, the places of rows that it locked by
-- FOR KEY SHARE. Rows of a view have none, and of very many it is not told
-- which they were. Returns how many.
CREATE FUNCTION dsql_internal.note_shared_rows(source oid, places tid[])
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := coalesce(
    current_setting('dsql_internal.shared_rows', true), '');
BEGIN
  IF cardinality(places) > 0 THEN
    PERFORM dsql_internal.real_set_config('dsql_internal.shared_rows',
      known || CASE WHEN source IS NULL OR length(known) > 65536 THEN ' '
                    ELSE concat(source, ' ', places) END || '|', true);
  END IF;
  RETURN coalesce(cardinality(places), 0);
END $$;

-- What was remembered. A place that is not known is null.
CREATE FUNCTION dsql_internal.shared_rows()
RETURNS TABLE (table_name name, place tid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT relname, p
  FROM string_to_table(rtrim(nullif(
      current_setting('dsql_internal.shared_rows', true), ''), '|'), '|') note
    LEFT JOIN unnest(nullif(split_part(note, ' ', 2), '')::tid[]) p ON true
    LEFT JOIN pg_class c ON c.oid = nullif(split_part(note, ' ', 1), '')::oid
$$;

-- Whether the transaction still sees all rows at these places.
CREATE FUNCTION dsql_internal.sees_rows(source regclass, places tid[])
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seen bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM ONLY %s WHERE ctid = ANY ($1)', source)
    INTO seen USING places;
  RETURN seen = cardinality(places);
END $$;

-- One of these relations that another transaction made since the snapshot of
-- this one, if any: as errors name it, and whether the name meant another one
-- before. Names mean what they mean to the session; what a query reads of a
-- catalog is what was there at the snapshot.
CREATE FUNCTION dsql_internal.made_since(
  VARIADIC names text[], OUT told text, OUT replaces bool)
RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT pg_catalog.array_to_string(parts, '.'), EXISTS (
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s
        ON s.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE c.relname OPERATOR(pg_catalog.=)
          parts[pg_catalog.cardinality(parts)]::pg_catalog.name
        AND CASE WHEN pg_catalog.cardinality(parts) OPERATOR(pg_catalog.=) 1
          THEN s.nspname OPERATOR(pg_catalog.=)
            ANY (pg_catalog.current_schemas(true))
          ELSE s.nspname OPERATOR(pg_catalog.=) parts[1]::pg_catalog.name END)
    FROM pg_catalog.unnest(names) n (name),
      LATERAL (SELECT pg_catalog.to_regclass(n.name)::pg_catalog.oid AS id,
                 pg_catalog.parse_ident(n.name) AS parts) r
    WHERE id IS NOT NULL AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_attribute a
      WHERE a.attrelid OPERATOR(pg_catalog.=) id
        AND pg_catalog.pg_visible_in_snapshot(
          a.xmin::pg_catalog.text::pg_catalog.xid8,
          pg_catalog.pg_current_snapshot()))
    LIMIT 1;
END;

-- Whether others have written one of the rows at these places since the
-- transaction's snapshot, or deleted it: PostgreSQL does not lock such a one.
-- For whoever may read the table, as a lock needs more.
CREATE FUNCTION dsql_internal.is_any_outdated(source regclass, places tid[])
RETURNS bool LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(cardinality(places), 0) = 0
      OR NOT has_table_privilege(dsql_internal.invoker(), source, 'SELECT') THEN
    RETURN false;
  END IF;
  PERFORM dsql_internal.answer_as_owner(source, format(
    'SELECT pg_catalog.count(*) FROM (SELECT FROM ONLY %s WHERE ctid'
    ' OPERATOR(pg_catalog.=) ANY (%L::pg_catalog.tid[])'
    ' FOR NO KEY UPDATE SKIP LOCKED) locked',
    dsql_internal.qualified_name(source), places), true);
  RETURN false;
EXCEPTION WHEN serialization_failure THEN
  RETURN true;
END $$;

-- Whether the transaction has removed the parent of a row that it sees: one
-- that it did not write, as a parent is looked for in the snapshot. Where the
-- key is not valid the parent may never have been there; but who removed it was
-- not stopped, and the row not changed with it, only because others had written
-- the row.
CREATE FUNCTION dsql_internal.has_orphans(key pg_constraint) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  matches text;
  present text;
  orphans text;
  found bool;
  places tid[];
BEGIN
  SELECT string_agg(format('p.%I = c.%I', p.attname, c.attname), ' AND '),
      string_agg(format('c.%I IS NOT NULL', c.attname), ' AND ')
    INTO matches, present
    FROM unnest(key.conkey, key.confkey) k(child, parent)
      JOIN pg_attribute c ON c.attrelid = key.conrelid AND c.attnum = k.child
      JOIN pg_attribute p ON p.attrelid = key.confrelid AND p.attnum = k.parent;
  orphans := format('FROM ONLY %s c WHERE %s AND age(c.xmin) > %s'
    ' AND NOT EXISTS (SELECT FROM ONLY %s p WHERE %s)',
    key.conrelid::regclass, present,
    age(pg_snapshot_xmax(pg_current_snapshot())::text::xid),
    key.confrelid::regclass, matches);
  IF key.convalidated THEN
    EXECUTE format('SELECT EXISTS (SELECT %s)', orphans) INTO found;
    RETURN found;
  END IF;
  EXECUTE format('SELECT array_agg(c.ctid) %s AND c.xmax <> 0', orphans)
    INTO places;
  RETURN dsql_internal.is_any_outdated(key.conrelid, places);
END $$;

-- These tables, and those whose rows may have gone or changed with theirs.
CREATE FUNCTION dsql_internal.changed_with(tables regclass[])
RETURNS SETOF oid LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE reached(id) AS (
    SELECT t::oid FROM unnest(tables) t
    UNION
    SELECT conrelid FROM reached JOIN pg_constraint ON confrelid = reached.id
    WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd')
                             OR confupdtype IN ('c', 'n', 'd')))
  SELECT id FROM reached
$$;

-- has_orphans() of the foreign keys of these tables, and of those that refer to
-- them. `deferred`: those that may be violated until COMMIT, too, which are the
-- deferred ones that do nothing but look.
CREATE FUNCTION dsql_internal.sees_orphans(tables oid[], deferred bool)
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key pg_constraint;
BEGIN
  FOR key IN SELECT c.* FROM pg_constraint c
      WHERE contype = 'f' AND (conrelid = ANY (tables)
                               OR confrelid = ANY (tables))
        AND (deferred OR NOT condeferred
             OR confdeltype <> 'a' OR confupdtype <> 'a')
        AND has_table_privilege(conrelid, 'SELECT')
        AND has_table_privilege(confrelid, 'SELECT') LOOP
    IF dsql_internal.has_orphans(key) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- sees_violation(), for a session with this search_path.
CREATE FUNCTION dsql_internal.sees_violation_under(path text,
    tables regclass[])
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed oid[] := ARRAY(SELECT dsql_internal.changed_with(tables));
  source oid;
BEGIN
  FOREACH source IN ARRAY changed LOOP
    IF dsql_internal.has_duplicate_keys(source, path) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN dsql_internal.sees_orphans(changed, false);
END $$;

-- Whether the transaction, as it sees these tables, sees a key twice or a row
-- without its parent: PostgreSQL looks for both in what is committed now, a
-- transaction on its own would find them in its snapshot.
CREATE FUNCTION dsql_internal.sees_violation(VARIADIC tables regclass[])
RETURNS bool LANGUAGE sql
RETURN dsql_internal.sees_violation_under(current_setting('search_path'),
                                          tables);

-- The same of what must hold at COMMIT only: rows without their parents.
CREATE FUNCTION dsql_internal.sees_deferred_violation(
    VARIADIC tables regclass[])
RETURNS bool LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN dsql_internal.sees_orphans(
  ARRAY(SELECT dsql_internal.changed_with(tables)), true);
