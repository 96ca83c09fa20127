-- What change streams need of a server, whose log is decoded by test_decoding
-- (dsql/streams). That tells rows with their values, so every table tells whole
-- old rows (REPLICA IDENTITY FULL, which clients do not see); what it does not
-- tell, which columns are the key and which types are below domains, is written
-- to the log beside the rows, in their order.

-- {"schema":...,"table":...,"key":[...],"types":{...}}; see
-- dsql/streams/record/table_description.h.
CREATE FUNCTION dsql_internal.table_description(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT json_build_object(
    'schema', n.nspname,
    'table', c.relname,
    'key', coalesce((
      SELECT json_agg(a.attname ORDER BY k.place)
      FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place),
        pg_attribute a
      WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid
        AND a.attnum = k.number AND k.place <= i.indnkeyatts), '[]'),
    'types', coalesce((
      SELECT json_object_agg(attname,
                             format_type(sys.base_type_oid(atttypid), NULL))
      FROM pg_attribute
      WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), '{}'))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = relation
$$;

-- Those of all tables of users.
CREATE FUNCTION dsql_internal.table_descriptions() RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT dsql_internal.table_description(oid) FROM pg_class
  WHERE relkind = 'r' AND oid >= 16384 AND relpersistence = 'p'
    AND relnamespace <> 'dsql_internal'::regnamespace
$$;

-- Has these tables told as a stream needs them. Where nobody reads the log no
-- description is written to it: who begins to read makes the slot first, which
-- takes until all have ended that were writing, and asks for
-- table_descriptions() then.
CREATE FUNCTION dsql_internal.describe_tables(tables oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE pg_class SET relreplident = 'f'
    WHERE oid = ANY (tables) AND relkind = 'r' AND relpersistence = 'p'
      AND relreplident <> 'f';
  IF EXISTS (SELECT FROM pg_get_replication_slots()) THEN
    PERFORM pg_logical_emit_message(true, 'dsql.table',
        dsql_internal.table_description(oid))
      FROM pg_class
      WHERE oid = ANY (tables) AND relkind = 'r' AND relpersistence = 'p';
  END IF;
END $$;
