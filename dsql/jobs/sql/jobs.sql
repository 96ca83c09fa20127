-- Asynchronous DDL. Functions that run a client's statement do so under the
-- client's search_path; therefore they qualify what is PostgreSQL's, operators
-- and types too.
--
-- An index is made when it is asked for, filled but INVALID,
-- so that all that PostgreSQL checks is answered at once; a UNIQUE one enforces
-- itself for new rows from then on. Its job looks for duplicates among the old
-- rows and makes it valid, for which it has to wait for nobody.
CREATE TABLE dsql_internal.jobs (
  id uuid PRIMARY KEY,
  status text NOT NULL DEFAULT 'submitted',
  details text,
  job_type text NOT NULL,
  object_id oid NOT NULL,
  -- As it was, for messages once it is dropped.
  object_name text NOT NULL,
  table_id oid NOT NULL,
  constraint_name name,
  start_time timestamptz NOT NULL,
  update_time timestamptz
);

CREATE VIEW sys.jobs AS
  SELECT sys.uuid_to_base32_str(id) AS job_id, status, details, job_type,
    'pg_catalog.pg_class'::pg_catalog.regclass::oid AS class_id, object_id,
    (SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
     FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = object_id) AS object_name, start_time, update_time
  FROM dsql_internal.jobs;
GRANT SELECT ON sys.jobs TO PUBLIC;

CREATE FUNCTION dsql_internal.assert_owner(relation oid) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  class pg_class := (SELECT c FROM pg_class c WHERE oid = relation);
BEGIN
  IF pg_has_role(dsql_internal.invoker(), class.relowner, 'USAGE')
      IS NOT TRUE THEN
    RAISE insufficient_privilege
      USING MESSAGE = format('must be owner of table %s', class.relname);
  END IF;
END $$;

-- Makes a new index, which no constraint has, one that is being built. Returns
-- the job's id.
CREATE FUNCTION dsql_internal.register_index_build(index oid, is_unique bool,
    submitted_at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET allow_system_table_mods = on AS $$
DECLARE
  id uuid := gen_random_uuid();
  table_id oid := (SELECT indrelid FROM pg_index WHERE indexrelid = index);
BEGIN
  PERFORM dsql_internal.assert_owner(table_id);
  IF EXISTS (SELECT FROM pg_constraint WHERE conindid = index) THEN
    RAISE wrong_object_type USING MESSAGE =
      format('index %s belongs to a constraint', index::regclass);
  END IF;
  IF (SELECT amname FROM pg_class c JOIN pg_am a ON a.oid = relam
      WHERE c.oid = index) <> 'btree' THEN
    RAISE wrong_object_type USING MESSAGE =
      format('index %s is not a btree', index::regclass);
  END IF;
  UPDATE pg_index SET indisvalid = false, indisunique = is_unique
    WHERE indexrelid = index;
  INSERT INTO dsql_internal.jobs (id, job_type, object_id, object_name,
                                  table_id, start_time)
    VALUES (id, 'INDEX_BUILD', index, dsql_internal.qualified_name(index),
            table_id, submitted_at);
  RETURN sys.uuid_to_base32_str(id);
END $$;

-- Runs CREATE INDEX, with DSQL's words for a type that has no order.
CREATE FUNCTION dsql_internal.create_index(statement text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  type pg_catalog.text;
BEGIN
  EXECUTE statement;
EXCEPTION WHEN undefined_object THEN
  type := pg_catalog.substring(SQLERRM,
    '^data type (.*) has no default operator class for access method "btree"');
  IF type IS NULL THEN
    RAISE;
  END IF;
  RAISE feature_not_supported USING MESSAGE =
    pg_catalog.format('datatype %s is not supported in a key', type);
END $$;

-- CREATE INDEX as PostgreSQL is to run it: not UNIQUE, which
-- register_index_build() makes it, and of PostgreSQL's access method. What is
-- within quotes or parentheses is left alone.
CREATE FUNCTION dsql_internal.synchronous_statement(create_index_sql text)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT regexp_replace(
    regexp_replace(create_index_sql, '^\s*create\s+unique\s+index\M',
                   'CREATE INDEX', 'i'),
    '^((?:[^''"(]|"(?:[^"]|"")*")*)\musing(?:\s*"btree_index"|\s+btree_index\M)', '\1', 'i')
$$;

-- CREATE INDEX ASYNC: `create_index_sql` is the statement without ASYNC.
-- `index_name` and `if_not_exists` are what it says; `schema` may be null.
-- Returns the job's id; null where IF NOT EXISTS found the index.
--
-- Errors: PostgreSQL's own for the statement, and those of limits.sql.
CREATE FUNCTION dsql_internal.submit_index_build(create_index_sql text,
    schema text, table_name text, index_name text, if_not_exists bool,
    submitted_at timestamptz DEFAULT pg_catalog.clock_timestamp())
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  unique_prefix CONSTANT pg_catalog.text := '^\s*create\s+unique\s+index\M';
  statement pg_catalog.text := dsql_internal.synchronous_statement(
    create_index_sql);
  table_id pg_catalog.oid := pg_catalog.to_regclass(
    CASE WHEN schema IS NULL THEN pg_catalog.quote_ident(table_name)
    ELSE pg_catalog.format('%I.%I', schema, table_name) END);
  before pg_catalog._oid := ARRAY(
    SELECT indexrelid FROM pg_catalog.pg_index
    WHERE indrelid OPERATOR(pg_catalog.=) table_id);
  index pg_catalog.oid;
BEGIN
  PERFORM dsql_internal.create_index(statement);
  SELECT indexrelid INTO index FROM pg_catalog.pg_index
    WHERE indrelid OPERATOR(pg_catalog.=) table_id
    AND NOT indexrelid OPERATOR(pg_catalog.=) ANY (before);
  IF index IS NULL THEN
    RETURN NULL;
  END IF;
  RETURN dsql_internal.register_index_build(
    index, create_index_sql OPERATOR(pg_catalog.~*) unique_prefix,
    submitted_at);
END $$;

-- Plain CREATE INDEX, which DSQL has where a setting allows it, and only of a
-- table without rows. `schema` may be null.
CREATE FUNCTION dsql_internal.create_index_at_once(create_index_sql text,
    schema text, table_name text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  table_id pg_catalog.oid := pg_catalog.to_regclass(
    CASE WHEN schema IS NULL THEN pg_catalog.quote_ident(table_name)
    ELSE pg_catalog.format('%I.%I', schema, table_name) END);
  setting pg_catalog.text := pg_catalog.current_setting(
    'dsql.disable_sync_create_index', true);
  refused pg_catalog.bool := CASE
    WHEN pg_catalog.length(setting) OPERATOR(pg_catalog.>) 0
      THEN setting::pg_catalog.bool
    ELSE true
  END;
BEGIN
  IF NOT refused AND table_id IS NOT NULL THEN
    EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s)',
                              dsql_internal.qualified_name(table_id))
      INTO refused;
  END IF;
  IF refused THEN
    RAISE feature_not_supported USING MESSAGE =
      'unsupported mode. please use CREATE INDEX ASYNC.';
  END IF;
  PERFORM dsql_internal.create_index(create_index_sql);
END $$;

CREATE FUNCTION dsql_internal.register_validation(table_id oid,
    constraint_name text, submitted_at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  id uuid := gen_random_uuid();
BEGIN
  PERFORM dsql_internal.assert_owner(table_id);
  INSERT INTO dsql_internal.jobs (id, job_type, object_id, object_name,
                                  table_id, constraint_name, start_time)
    VALUES (id, 'VALIDATE_CONSTRAINT', table_id,
            dsql_internal.qualified_name(table_id), table_id,
            register_validation.constraint_name, submitted_at);
  RETURN sys.uuid_to_base32_str(id);
END $$;

-- ALTER TABLE ASYNC ... VALIDATE CONSTRAINT. `schema` may be null. Returns the
-- job's id.
--
-- Errors: those of PostgreSQL's ALTER TABLE.
CREATE FUNCTION dsql_internal.submit_validate_constraint(schema text,
    table_name text, constraint_name text,
    submitted_at timestamptz DEFAULT pg_catalog.clock_timestamp())
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  id pg_catalog.oid := pg_catalog.to_regclass(CASE WHEN schema IS NULL
    THEN pg_catalog.quote_ident(table_name)
    ELSE pg_catalog.format('%I.%I', schema, table_name) END);
  job_id pg_catalog.text;
  kind pg_catalog."char";
BEGIN
  IF id IS NULL THEN
    RAISE undefined_table USING MESSAGE = pg_catalog.format(
      'relation "%s" does not exist',
      pg_catalog.concat_ws('.', schema, table_name));
  END IF;
  job_id := dsql_internal.register_validation(id, constraint_name,
                                              submitted_at);
  SELECT contype INTO kind FROM pg_catalog.pg_constraint
    WHERE conrelid OPERATOR(pg_catalog.=) id
    AND conname OPERATOR(pg_catalog.=) constraint_name;
  IF kind IS NULL THEN
    RAISE undefined_object USING MESSAGE = pg_catalog.format(
      'constraint "%s" of relation "%s" does not exist',
      constraint_name, table_name);
  ELSIF NOT kind OPERATOR(pg_catalog.=) ANY ('{c,f}') THEN
    RAISE wrong_object_type USING MESSAGE = pg_catalog.format(
      'constraint "%s" of relation "%s" is not a foreign key or check '
      'constraint', constraint_name, table_name);
  END IF;
  RETURN job_id;
END $$;

-- Answers once the job is done. Each look needs a snapshot of its own, so in a
-- transaction block it only works for a job that is done already.
CREATE PROCEDURE sys.wait_for_job(job_id text,
                                  INOUT succeeded bool DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE
  job pg_catalog.uuid := sys.base32_str_to_uuid(job_id);
  current_status pg_catalog.text;
  pause pg_catalog.float8 := 0.001;
BEGIN
  LOOP
    SELECT status INTO current_status FROM sys.jobs j
      WHERE j.job_id OPERATOR(pg_catalog.=) wait_for_job.job_id;
    IF current_status IS NULL THEN
      RAISE undefined_object
        USING MESSAGE = pg_catalog.format('job %s does not exist', job_id);
    END IF;
    EXIT WHEN current_status OPERATOR(pg_catalog.=)
      ANY ('{completed,failed}');
    COMMIT;
    PERFORM pg_catalog.pg_sleep(pause);
    pause := LEAST(pause OPERATOR(pg_catalog.*) 2, 0.05);
  END LOOP;
  succeeded := current_status OPERATOR(pg_catalog.=) 'completed';
END $$;

-- ---- For the job runner, as the superuser ----

-- Whether an index that is being built, or a constraint that is to be
-- validated, is still there; else what to say.
CREATE FUNCTION dsql_internal.vanished(job dsql_internal.jobs) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN NOT EXISTS (SELECT FROM pg_class WHERE oid = job.table_id)
      THEN 'Skipped job for nonexistent table.'
    WHEN NOT EXISTS (SELECT FROM pg_class WHERE oid = job.object_id)
      THEN format('relation "%s" does not exist', job.object_name)
  END
$$;

-- Does a job's work. Returns null, or why it failed.
CREATE FUNCTION dsql_internal.work(job dsql_internal.jobs) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET allow_system_table_mods = on AS $$
BEGIN
  IF job.job_type = 'VALIDATE_CONSTRAINT' THEN
    PERFORM dsql_internal.try_as_owner(job.table_id,
      format('ALTER TABLE %s VALIDATE CONSTRAINT %I',
             dsql_internal.qualified_name(job.table_id), job.constraint_name),
      false);
    UPDATE pg_constraint SET convalidated = true
      WHERE conrelid = job.table_id AND conname = job.constraint_name;
    RETURN NULL;
  END IF;
  IF (SELECT indisunique FROM pg_index WHERE indexrelid = job.object_id)
      AND dsql_internal.try_as_owner(job.table_id,
        dsql_internal.duplicates_query(job.table_id, job.object_id), true) THEN
    RETURN 'Found duplicate key while validating index for UCVs';
  END IF;
  UPDATE pg_index SET indisvalid = true WHERE indexrelid = job.object_id;
  RETURN NULL;
EXCEPTION
  WHEN integrity_constraint_violation OR data_exception
      OR undefined_object THEN
    RETURN SQLERRM;
END $$;

-- The ids of the jobs in this status, in order.
CREATE FUNCTION dsql_internal.jobs_in(wanted text) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT id FROM dsql_internal.jobs WHERE status = wanted
  ORDER BY start_time, ctid
$$;

-- submitted -> processing.
CREATE FUNCTION dsql_internal.start_job(job_id uuid, at timestamptz)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE dsql_internal.jobs SET status = 'processing', update_time = at
  WHERE id = job_id AND status = 'submitted'
$$;

-- processing -> completed or failed. Returns the status.
CREATE FUNCTION dsql_internal.finish_job(job_id uuid, at timestamptz)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  job dsql_internal.jobs := (SELECT j FROM dsql_internal.jobs j
                             WHERE id = job_id);
  problem text := dsql_internal.vanished(job);
BEGIN
  IF problem IS NULL THEN
    problem := dsql_internal.work(job);
  END IF;
  UPDATE dsql_internal.jobs SET details = problem, update_time = at,
      status = CASE WHEN problem IS NULL THEN 'completed' ELSE 'failed' END
    WHERE id = job_id RETURNING status INTO job.status;
  RETURN job.status;
END $$;

-- For what finish_job() itself could not cope with.
CREATE FUNCTION dsql_internal.fail_job(job_id uuid, at timestamptz, why text)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  UPDATE dsql_internal.jobs SET status = 'failed', update_time = at,
    details = why WHERE id = job_id
$$;

-- Deletes what has been done for longer than 30 minutes.
CREATE FUNCTION dsql_internal.purge_jobs(at timestamptz) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM dsql_internal.jobs WHERE status IN ('completed', 'failed')
    AND update_time < at - interval '30 minutes'
$$;
