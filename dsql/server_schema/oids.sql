-- admin's OID, and about where those of users begin. On a server that others
-- have, too, OIDs are as they come, and nobody's are changed.
DO $$
DECLARE
  old oid := (SELECT datdba FROM pg_database
              WHERE datname = current_database());
BEGIN
  IF dsql_internal.is_shared_server() THEN
    EXECUTE format('CREATE OR REPLACE FUNCTION dsql_internal.first_oid()'
      ' RETURNS oid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %s::oid',
      pg_nextoid('pg_class', 'oid', 'pg_class_oid_index'));
    RETURN;
  END IF;
  UPDATE pg_authid SET oid = 15579 WHERE oid = old;
  UPDATE pg_database SET datdba = 15579 WHERE datdba = old;
  UPDATE pg_shdepend SET refobjid = 15579
    WHERE refclassid = 'pg_authid'::regclass AND refobjid = old;
  LOOP
    EXIT WHEN pg_nextoid('pg_class', 'oid', 'pg_class_oid_index') >= 26400;
  END LOOP;
END $$;
