-- What optimistic concurrency asks for in the middle of a transaction.

-- Writes rows without changing them, so that other transactions collide with
-- this one as they would if it had changed them. Returns 0 where there is
-- nothing to write.
CREATE FUNCTION dsql_internal.touch_rows(source oid, places tid[])
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  wanted name;
  touched bigint;
BEGIN
  IF source IS NULL THEN
    RETURN 0;
  END IF;
  -- A column that no key has, if there is one, and that the user may update.
  SELECT attname INTO wanted FROM pg_attribute a
    WHERE attrelid = source AND attnum > 0 AND NOT attisdropped
      AND attgenerated = '' AND attidentity <> 'a'
    ORDER BY NOT has_column_privilege(attrelid, attnum, 'UPDATE'),
      EXISTS (SELECT FROM pg_index WHERE indrelid = source
              AND indisunique AND attnum = ANY (indkey)), attnum
    LIMIT 1;
  IF wanted IS NULL THEN
    RETURN 0;
  END IF;
  EXECUTE format('UPDATE %s SET %I = %I WHERE ctid = ANY ($1)',
                 source::regclass, wanted, wanted) USING places;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RETURN touched;
END $$;

-- Whether the transaction sees a row of `child` whose parent it does not see.
CREATE FUNCTION dsql_internal.has_orphans(key pg_constraint) RETURNS bool
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  matches text;
  present text;
  found bool;
BEGIN
  SELECT string_agg(format('p.%I = c.%I', p.attname, c.attname), ' AND '),
      string_agg(format('c.%I IS NOT NULL', c.attname), ' AND ')
    INTO matches, present
    FROM unnest(key.conkey, key.confkey) k(child, parent)
      JOIN pg_attribute c ON c.attrelid = key.conrelid AND c.attnum = k.child
      JOIN pg_attribute p ON p.attrelid = key.confrelid AND p.attnum = k.parent;
  EXECUTE format('SELECT EXISTS (SELECT FROM ONLY %s c WHERE %s AND NOT EXISTS'
    ' (SELECT FROM ONLY %s p WHERE %s))', key.conrelid::regclass, present,
    key.confrelid::regclass, matches) INTO found;
  RETURN found;
END $$;

-- Whether the transaction, as it sees these tables, sees a key twice or a row
-- without its parent: PostgreSQL looks for both in what is committed now, a
-- transaction on its own would find them in its snapshot. Deferred constraints
-- are not looked at.
CREATE FUNCTION dsql_internal.sees_violation(VARIADIC tables regclass[])
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  source regclass;
  key pg_constraint;
BEGIN
  FOREACH source IN ARRAY tables LOOP
    IF dsql_internal.has_duplicate_keys(source) THEN
      RETURN true;
    END IF;
  END LOOP;
  FOR key IN SELECT c.* FROM pg_constraint c
      WHERE contype = 'f' AND convalidated AND NOT condeferred
        AND (conrelid = ANY (tables) OR confrelid = ANY (tables))
        AND has_table_privilege(conrelid, 'SELECT')
        AND has_table_privilege(confrelid, 'SELECT') LOOP
    IF dsql_internal.has_orphans(key) THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;

-- For each table its columns that keys have, unique ones and foreign ones, and
-- the tables that foreign keys connect it with.
CREATE FUNCTION dsql_internal.key_columns()
RETURNS TABLE (relation_name name, column_name name, neighbour name)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT c.relname, coalesce(a.attname, '*'), c.relname
  FROM pg_index i CROSS JOIN unnest(i.indkey) k
    JOIN pg_class c ON c.oid = i.indrelid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k AND k > 0
  WHERE i.indisunique AND c.oid >= 16384
  UNION
  SELECT c.relname, a.attname, p.relname
  FROM pg_constraint f CROSS JOIN unnest(f.conkey) k
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k
  WHERE f.contype = 'f'
  UNION
  SELECT p.relname, a.attname, c.relname
  FROM pg_constraint f CROSS JOIN unnest(f.confkey) k
    JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = p.oid AND a.attnum = k
  WHERE f.contype = 'f'
$$;
