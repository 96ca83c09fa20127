-- What is done when DDL has made or changed something. One function looks at
-- all of it, with few statements: three that each asked what was made cost a
-- new session five times as much as CREATE TABLE itself.
CREATE FUNCTION dsql_internal.after_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made record;
  tables oid[] := '{}';
BEGIN
  FOR made IN SELECT objid, object_type, command_tag
              FROM pg_event_trigger_ddl_commands()
              WHERE schema_name IS DISTINCT FROM 'pg_temp' LOOP
    CASE made.object_type
      WHEN 'table' THEN
        IF made.command_tag LIKE 'CREATE %' THEN
          PERFORM dsql_internal.check_relation_count('r', 'tables',
            'creating more than %s tables not allowed');
        END IF;
        PERFORM dsql_internal.check_columns(made.objid);
        tables := tables || made.objid;
      WHEN 'index' THEN
        PERFORM dsql_internal.check_index(made.objid);
      WHEN 'view' THEN
        PERFORM dsql_internal.check_view(made.objid);
        PERFORM dsql_internal.check_relation_count('v', 'views',
          'creating more than %s views not allowed');
      WHEN 'sequence' THEN
        PERFORM dsql_internal.check_relation_count('S', 'sequences',
          'creating more than %s sequences is not allowed');
      WHEN 'statistics object' THEN
        PERFORM dsql_internal.check_statistics(made.objid);
      WHEN 'type' THEN
        PERFORM dsql_internal.check_domain(made.objid);
      -- Its name, or that of its schema, is another one.
      WHEN 'table column' THEN
        tables := tables || made.objid;
      WHEN 'schema' THEN
        tables := tables || ARRAY(
          SELECT oid FROM pg_class
          WHERE relnamespace = made.objid AND relkind = 'r');
      ELSE
    END CASE;
  END LOOP;
  IF tables <> '{}' THEN
    PERFORM dsql_internal.check_column_types(tables);
    PERFORM dsql_internal.describe_tables(tables);
  END IF;
END $$;

CREATE EVENT TRIGGER dsql_after_ddl ON ddl_command_end
  WHEN TAG IN ('CREATE SCHEMA', 'ALTER SCHEMA', 'CREATE TABLE', 'ALTER TABLE',
               'CREATE INDEX', 'CREATE VIEW', 'CREATE SEQUENCE',
               'CREATE STATISTICS', 'CREATE DOMAIN')
  EXECUTE FUNCTION dsql_internal.after_ddl();
