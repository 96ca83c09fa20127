-- Quotas that need to know what is there. Event triggers see every way to make
-- something, the elements of CREATE SCHEMA too.

-- A constant to who asks by one. Tests replace it: 10 schemas are made faster
-- than 5,000 views.
CREATE FUNCTION dsql_internal.limit_of(limited text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE limited
  WHEN 'schemas' THEN 10
  WHEN 'tables' THEN 1000
  WHEN 'views' THEN 5000
  WHEN 'sequences' THEN 5000
  WHEN 'columns' THEN 256
  WHEN 'indexes' THEN 24
  WHEN 'key columns' THEN 8
  WHEN 'statistics' THEN 5
  WHEN 'view bytes' THEN 524288
  WHEN 'value bytes' THEN 1048576
  WHEN 'row bytes' THEN 2097152
  WHEN 'key bytes' THEN 1981
  WHEN 'declared key bytes' THEN 2000
END;

-- Schemas that the user made.
CREATE FUNCTION dsql_internal.user_schemas() RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN
    ('public', 'sys', 'dsql_internal', 'information_schema')
$$;

-- For who looks in SQL, which is parsed beforehand, and finds something.
CREATE FUNCTION dsql_internal.refuse(condition text, message text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = condition, MESSAGE = message;
END $$;

CREATE FUNCTION dsql_internal.check_relation_count(kind "char",
    limited text, message text)
RETURNS void LANGUAGE sql
BEGIN ATOMIC
  SELECT dsql_internal.refuse('program_limit_exceeded',
                              format(message, dsql_internal.limit_of(limited)))
  FROM pg_class
  WHERE relkind = kind AND oid >= dsql_internal.first_oid()
    AND relpersistence <> 't'
  HAVING count(*) > dsql_internal.limit_of(limited);
END;

-- The types and declared sizes of an index's keys.
CREATE FUNCTION dsql_internal.check_keys(index oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  type oid;
BEGIN
  FOR type IN SELECT atttypid FROM pg_attribute JOIN pg_index
                ON indexrelid = attrelid AND attnum <= indnkeyatts
              WHERE attrelid = index ORDER BY attnum LOOP
    -- int2 int4 int8 float4 float8 numeric bool uuid date time timestamp
    -- timestamptz bpchar varchar text
    IF sys.base_type_oid(type) NOT IN (21, 23, 20, 700, 701, 1700, 16, 2950,
                           1082, 1083, 1114, 1184, 1042, 1043, 25) THEN
      RAISE feature_not_supported USING MESSAGE = format(
        'datatype %s is not supported in a key', dsql_internal.type_name(type));
    END IF;
  END LOOP;
  IF (SELECT sum(declared) FROM dsql_internal.key_parts(index) WHERE is_own)
      > dsql_internal.limit_of('declared key bytes') THEN
    RAISE program_limit_exceeded USING MESSAGE = format(
      'key size greater than %s bytes not supported',
      dsql_internal.limit_of('declared key bytes'));
  END IF;
END $$;

-- How many indexes its table has, and its keys: their number, and what they
-- are, where that may be too large or no key.
CREATE FUNCTION dsql_internal.check_index(index oid) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE
    WHEN count(*) > dsql_internal.limit_of('indexes') THEN
      dsql_internal.refuse('program_limit_exceeded',
        format('more than %s indexes per table are not allowed',
               dsql_internal.limit_of('indexes')))
    WHEN max(indnkeyatts) FILTER (WHERE indexrelid = index)
        > dsql_internal.limit_of('key columns') THEN
      dsql_internal.refuse('too_many_columns',
        format('more than %s column keys in an index are not supported',
               dsql_internal.limit_of('key columns')))
    END
  FROM pg_index
  WHERE indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = index);
  SELECT dsql_internal.check_keys(index) FROM pg_attribute
  WHERE attrelid = index
  HAVING bool_or(attlen = -1 OR atttypid NOT IN (21, 23, 20, 700, 701, 16, 2950,
                                                 1082, 1083, 1114, 1184));
END;

-- One more than is told is allowed, as on DSQL. A primary key has all columns
-- of its table in its index, and then it is the index that is told of.
CREATE FUNCTION dsql_internal.check_columns(source oid) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  SELECT dsql_internal.refuse('too_many_columns', CASE
    WHEN EXISTS (SELECT FROM pg_index
                 WHERE indrelid = source AND indisprimary)
      THEN format('cannot use more than %s columns in an index',
                  dsql_internal.limit_of('columns'))
    ELSE format('tables can have at most %s columns',
                dsql_internal.limit_of('columns') - 1) END)
  FROM pg_attribute
  WHERE attrelid = source AND attnum > 0 AND NOT attisdropped
  HAVING count(*) > dsql_internal.limit_of('columns');
END;

-- A view's size inside the server: what is known of DSQL's limit (long lists of
-- literals, of OR, IN and CASE) is told by 16 bytes for each node of its parsed
-- query, with the bytes of its literals.
CREATE FUNCTION dsql_internal.check_view(view oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most int := dsql_internal.limit_of('view bytes');
  parsed text := (SELECT ev_action::text FROM pg_rewrite
                  WHERE ev_class = view AND rulename = '_RETURN');
BEGIN
  -- No node takes less in PostgreSQL's text.
  IF octet_length(parsed) > most
      AND 16 * (length(parsed) - length(replace(parsed, '{', '')))
        + coalesce((SELECT sum(bytes[1]::bigint) FROM regexp_matches(parsed,
            ':constbyval false :constisnull false :location -?\d+ '
            ':constvalue (\d+) ', 'g') bytes), 0) > most THEN
    RAISE program_limit_exceeded
      USING MESSAGE = 'view definition too large';
  END IF;
END $$;

CREATE FUNCTION dsql_internal.check_statistics(object oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most int := dsql_internal.limit_of('statistics');
BEGIN
  IF (SELECT count(*) FROM pg_statistic_ext WHERE stxrelid =
        (SELECT stxrelid FROM pg_statistic_ext WHERE oid = object)) > most THEN
    RAISE program_limit_exceeded USING MESSAGE = format(
      'more than %s extended statistics per table are not allowed', most);
  END IF;
END $$;

-- Before: whether it is there already does not matter for IF NOT EXISTS.
CREATE FUNCTION dsql_internal.before_create_schema() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most int := dsql_internal.limit_of('schemas');
BEGIN
  IF (SELECT count(*) FROM dsql_internal.user_schemas()) >= most THEN
    RAISE program_limit_exceeded
      USING MESSAGE = format('more than %s schemas not allowed', most);
  END IF;
END $$;

CREATE EVENT TRIGGER dsql_schemas ON ddl_command_start
  WHEN TAG IN ('CREATE SCHEMA')
  EXECUTE FUNCTION dsql_internal.before_create_schema();
