-- What optimistic concurrency looks for in a transaction's tables: keys that it
-- sees twice, and how many rows it modified.

-- A query that tells whether the rows of `source` have a key of this index
-- twice.
CREATE FUNCTION dsql_internal.duplicates_query(source regclass, index oid)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
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

-- Whether a query answers true, under the search_path of a session, because
-- expressions of users are in it, but with PostgreSQL's own names first.
CREATE FUNCTION dsql_internal.answers_true(path text, query text)
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found bool;
BEGIN
  PERFORM dsql_internal.real_set_config('search_path',
    pg_catalog.concat_ws(', ', 'pg_catalog', NULLIF(path, '')), true);
  EXECUTE query INTO found;
  RETURN found;
END $$;

-- For users who may insert but not read. Expressions, which would be evaluated
-- on rows that the user must not see, are left out.
CREATE FUNCTION dsql_internal.has_duplicate_plain_keys(source regclass)
RETURNS bool LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id oid;
BEGIN
  IF NOT has_any_column_privilege(dsql_internal.invoker(), source,
                                  'INSERT, UPDATE') THEN
    RETURN false;
  END IF;
  FOR id IN SELECT indexrelid FROM pg_index WHERE indrelid = source
            AND indisunique AND indisvalid AND indexprs IS NULL
            AND indpred IS NULL LOOP
    IF dsql_internal.try_as_owner(
        source, dsql_internal.duplicates_query(source, id), true) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- Whether the transaction's snapshot sees two rows with one unique key. So it
-- is where the transaction inserted a key that another one deleted after the
-- snapshot was taken: PostgreSQL allows that at REPEATABLE READ. `path` is the
-- session's search_path.
CREATE FUNCTION dsql_internal.has_duplicate_keys(source regclass, path text)
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT has_table_privilege(source, 'SELECT') THEN
    RETURN dsql_internal.has_duplicate_plain_keys(source);
  END IF;
  RETURN coalesce((
    SELECT bool_or(dsql_internal.answers_true(path,
      dsql_internal.duplicates_query(source, indexrelid)))
    FROM pg_index WHERE indrelid = source AND indisunique AND indisvalid),
    false);
END $$;
CREATE FUNCTION dsql_internal.has_duplicate_keys(source regclass) RETURNS bool
LANGUAGE sql
RETURN dsql_internal.has_duplicate_keys(source, current_setting('search_path'));

-- Whether it is the id of a transaction that has not ended: several who lock a
-- row have an id of another kind, which may be of none.
CREATE FUNCTION dsql_internal.is_in_progress(id xid8) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN pg_xact_status(id) = 'in progress';
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN false;
END $$;

-- Whether one of several who lock a row has more than shared it, in a
-- transaction that has this id or a later one.
CREATE FUNCTION dsql_internal.have_locked(lockers xid, first bigint)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM pg_get_multixact_members(lockers)
                 WHERE mode IN ('forupd', 'fornokeyupd')
                   AND xid::text::int8 >= first);
EXCEPTION WHEN internal_error THEN  -- There are none of this id any more.
  RETURN false;
END $$;

-- The places of the rows of a table that this transaction has locked FOR
-- UPDATE, or FOR NO KEY UPDATE, maybe by a subtransaction after another one
-- shared the row. Of xmax it is not known which kind of id it is, nor how
-- strong the lock. But a lock that is tried skips the rows of others, and
-- changes xmax where this transaction has not had it. It is given back.
CREATE FUNCTION dsql_internal.locked_rows(source oid)
RETURNS tid[] LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  name text := dsql_internal.qualified_name(source);
  places tid[];
  lockers xid[];
BEGIN
  EXECUTE format('SELECT array_agg(ctid), array_agg(xmax) FROM (SELECT ctid,'
      ' xmax FROM ONLY %s WHERE CASE WHEN xmax::text::int8 >= $1'
      ' AND dsql_internal.is_in_progress(xmax::text::xid8) THEN true'
      ' WHEN xmax <> 0 AND mxid_age(xmax) > 0'
      ' THEN dsql_internal.have_locked(xmax, $1) END'
      ' FOR NO KEY UPDATE SKIP LOCKED) locked', name)
    INTO places, lockers USING pg_current_xact_id()::text::int8;
  IF places IS NOT NULL THEN
    EXECUTE format('SELECT array_agg(ctid) FROM ONLY %s'
        ' WHERE ctid = ANY ($1) AND xmax = ANY ($2)', name)
      INTO places USING places, lockers;
    RAISE SQLSTATE 'DS003';
  END IF;
  RETURN places;
EXCEPTION WHEN SQLSTATE 'DS003' THEN
  RETURN places;
END $$;

-- touch_rows() of the rows that this transaction has locked FOR UPDATE in these
-- tables, and in those of these views, and not written: where no statement
-- could do it. What the user may not lock by himself is left out.
CREATE FUNCTION dsql_internal.trace_locks_under(path text, relations oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  source oid;
BEGIN
  FOR source IN
    WITH RECURSIVE reached(id) AS (
      SELECT unnest(relations)
      UNION
      SELECT d.refobjid
      FROM reached JOIN pg_rewrite w ON w.ev_class = reached.id
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
          AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid <> w.ev_class)
    SELECT c.oid FROM reached JOIN pg_class c ON c.oid = reached.id
    WHERE c.relkind = 'r' AND c.relpersistence = 'p'
      AND c.oid >= dsql_internal.first_oid()
      AND has_table_privilege(c.oid, 'SELECT')
      AND has_table_privilege(c.oid, 'UPDATE')
    ORDER BY c.oid LOOP
    PERFORM dsql_internal.write_rows(path, source,
                                     dsql_internal.locked_rows(source));
  END LOOP;
END $$;

-- The same. Names mean what they mean to the session.
CREATE FUNCTION dsql_internal.trace_locks(VARIADIC names text[]) RETURNS void
LANGUAGE sql
RETURN dsql_internal.trace_locks_under(
  pg_catalog.current_setting('search_path'),
  ARRAY(SELECT DISTINCT pg_catalog.to_regclass(n)::pg_catalog.oid
        FROM pg_catalog.unnest(names) n));

-- How many rows of these tables (of all, if none is given) this session has
-- modified, since a moment that PostgreSQL chooses: the statistics of earlier
-- transactions stay in for up to a second. So only the difference of two calls
-- in one transaction says something. Rows that were rolled back count, and so
-- do those that copy_tables() copied.
CREATE FUNCTION dsql_internal.modified_rows(
    VARIADIC tables regclass[] DEFAULT '{}')
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
          FROM pg_class
          WHERE relkind = 'r' AND oid >= dsql_internal.first_oid());
END $$;

-- Begins to count, in this transaction: the setting rows_before is what
-- modified_rows() was.
CREATE FUNCTION dsql_internal.start_row_count() RETURNS void
LANGUAGE sql BEGIN ATOMIC
  SELECT dsql_internal.real_set_config('dsql_internal.rows_before',
    dsql_internal.modified_rows()::text, true);
END;

-- How many rows of the catalogs this session has modified, in the same way.
CREATE FUNCTION dsql_internal.modified_catalog_rows() RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(sum(pg_stat_get_xact_tuples_inserted(oid)
                      + pg_stat_get_xact_tuples_updated(oid)
                      + pg_stat_get_xact_tuples_deleted(oid)), 0)
  FROM pg_class
  WHERE relkind = 'r' AND relnamespace IN ('pg_catalog'::regnamespace,
                                           'dsql_internal'::regnamespace)
$$;

-- Begins to count, in this transaction, for changed_catalog().
CREATE FUNCTION dsql_internal.start_catalog_count() RETURNS void
LANGUAGE sql BEGIN ATOMIC
  SELECT dsql_internal.real_set_config('dsql_internal.catalog_rows_before',
    dsql_internal.modified_catalog_rows()::text, true);
END;

-- Whether the transaction's schema change changed anything, since
-- start_catalog_count(). Without that it did if it has a transaction id, which
-- a lock of a table needs as well.
CREATE FUNCTION dsql_internal.changed_catalog() RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before text := current_setting('dsql_internal.catalog_rows_before', true);
BEGIN
  IF before <> '' THEN
    RETURN dsql_internal.modified_catalog_rows() <> before::bigint;
  END IF;
  RETURN pg_current_xact_id_if_assigned() IS NOT NULL;
END $$;
