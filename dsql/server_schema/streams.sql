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

CREATE FUNCTION dsql_internal.describe_tables() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made record;
BEGIN
  FOR made IN
    SELECT DISTINCT c.oid, c.relreplident
    FROM pg_event_trigger_ddl_commands() d JOIN pg_class c
      ON d.object_type IN ('table', 'table column') AND c.oid = d.objid
        OR d.object_type = 'schema' AND c.relnamespace = d.objid
    WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  LOOP
    IF made.relreplident <> 'f' THEN
      UPDATE pg_class SET relreplident = 'f' WHERE oid = made.oid;
    END IF;
    PERFORM pg_logical_emit_message(true, 'dsql.table',
      dsql_internal.table_description(made.oid));
  END LOOP;
END $$;

CREATE EVENT TRIGGER dsql_streams ON ddl_command_end
  WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'ALTER SCHEMA')
  EXECUTE FUNCTION dsql_internal.describe_tables();
