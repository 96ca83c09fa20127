-- What DSQL refuses, and only the catalogs tell. Event triggers see every way to
-- ask for it.

-- The columns and domains that were just made or changed: those whose type the
-- text does not tell, because it names the row of a table, or because it makes
-- an identity of a column that is there.
CREATE FUNCTION dsql_internal.check_column_types(tables oid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  attribute record;
BEGIN
  FOR attribute IN
      SELECT atttypid AS type, attidentity <> '' AS is_identity
      FROM pg_attribute
      WHERE attrelid = ANY (tables) AND attnum > 0 AND NOT attisdropped
        -- As all rows are stored, and little else.
        AND (attidentity <> '' OR attlen = -1 AND attalign = 'd')
      ORDER BY attrelid, attnum LOOP
    IF attribute.is_identity AND attribute.type <> 'int8'::regtype THEN
      RAISE invalid_parameter_value USING MESSAGE = format(
        'datatype %s not supported, identity column type must be bigint',
        dsql_internal.type_name(attribute.type));
    ELSIF (SELECT typtype FROM pg_type
           WHERE oid = sys.base_type_oid(attribute.type)) = 'c' THEN
      RAISE feature_not_supported USING MESSAGE = format(
        'datatype %s not supported', dsql_internal.type_name(attribute.type));
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION dsql_internal.check_domain(domain oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  base pg_type := (SELECT t FROM pg_type t
                   WHERE oid = sys.base_type_oid(domain));
BEGIN
  IF base.typtype = 'c' THEN
    RAISE feature_not_supported USING MESSAGE = format(
      'datatype %s not supported', dsql_internal.type_name(base.oid));
  END IF;
END $$;

-- A primary key stays as long as its table, unless it is the superuser who
-- resets the database. STABLE, so that this sees the catalogs as they were
-- before the command: what was dropped is still there.
CREATE FUNCTION dsql_internal.refuse_drops() RETURNS event_trigger
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  key_column name;
BEGIN
  -- The function's owner is the superuser.
  IF session_user = current_user OR NOT EXISTS (
      SELECT FROM pg_event_trigger_dropped_objects() d
        JOIN pg_constraint c ON c.oid = d.objid
          AND d.classid = 'pg_constraint'::regclass
      WHERE c.contype = 'p' AND NOT d.is_temporary AND NOT EXISTS (
        SELECT FROM pg_event_trigger_dropped_objects() t
        WHERE t.classid = 'pg_class'::regclass AND t.objid = c.conrelid
          AND t.objsubid = 0)) THEN
    RETURN;
  END IF;
  -- Its columns, in the order in which they were to be dropped.
  SELECT attname INTO key_column
    FROM pg_event_trigger_dropped_objects() WITH ORDINALITY d
      JOIN pg_constraint c ON c.conrelid = d.objid AND c.contype = 'p'
        AND d.objsubid = ANY (c.conkey)
      JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
    WHERE d.classid = 'pg_class'::regclass ORDER BY d.ordinality LIMIT 1;
  IF key_column IS NOT NULL THEN
    RAISE feature_not_supported USING MESSAGE =
      format('cannot drop primary key column %s', key_column);
  END IF;
  RAISE feature_not_supported
    USING MESSAGE = 'unsupported ALTER TABLE DROP CONSTRAINT statement';
END $$;

CREATE EVENT TRIGGER dsql_drops ON sql_drop
  WHEN TAG IN ('ALTER TABLE', 'DROP DOMAIN', 'DROP OWNED', 'DROP SCHEMA')
  EXECUTE FUNCTION dsql_internal.refuse_drops();
