-- The schema sys: functions, and who may log in as what.
CREATE SCHEMA sys;
GRANT USAGE ON SCHEMA sys TO PUBLIC;

-- RFC 4648 base32 in lower case without padding: 26 characters.
CREATE FUNCTION sys.uuid_to_base32_str(uuid) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(
      substr('abcdefghijklmnopqrstuvwxyz234567',
             substring(bits FROM place * 5 + 1 FOR 5)::int + 1, 1),
      '' ORDER BY place)
  FROM (SELECT ('x' || replace($1::text, '-', '') || '0')::bit(130) AS bits) b,
    generate_series(0, 25) place
$$;

CREATE FUNCTION sys.base32_str_to_uuid(text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  hex text;
BEGIN
  IF $1 !~ '^[a-z2-7]{26}$' THEN
    RAISE invalid_text_representation
      USING MESSAGE = 'Unable to convert text to UUID';
  END IF;
  SELECT string_agg(to_hex(substring(bits FROM nibble * 4 + 1 FOR 4)::int), ''
                    ORDER BY nibble) INTO hex
  FROM (SELECT string_agg(
            (strpos('abcdefghijklmnopqrstuvwxyz234567',
                    substr($1, place, 1)) - 1)::bit(5)::text,
            '' ORDER BY place)::bit(130) AS bits
        FROM generate_series(1, 26) place) b, generate_series(0, 31) nibble;
  RETURN hex::uuid;
END $$;

CREATE FUNCTION sys.dsql_major_version() RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 1;

CREATE FUNCTION sys.cluster_size() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
RETURN pg_database_size(current_database());

-- 10 TiB.
CREATE FUNCTION sys.cluster_size_limit() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN 10995116277760;

-- A UUID: the same for a session, another one for another session.
CREATE FUNCTION sys.current_session_id() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT md5(pg_backend_pid() || ' ' || backend_start)::uuid::text
  FROM pg_stat_get_activity(pg_backend_pid())
$$;

CREATE FUNCTION sys.current_transaction_id() RETURNS text
LANGUAGE sql STABLE RETURN pg_current_xact_id_if_assigned()::text;

-- The ARN that the session logged in with, which the gateway tells.
CREATE FUNCTION sys.iam_session_user() RETURNS text LANGUAGE sql STABLE
RETURN nullif(current_setting('dsql_internal.iam_session_user', true), '');

CREATE FUNCTION sys.base_type_oid(oid) RETURNS oid
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE base(id, below) AS (
    SELECT oid, typbasetype FROM pg_type WHERE oid = $1
    UNION ALL
    SELECT t.oid, t.typbasetype FROM base JOIN pg_type t ON t.oid = below
  )
  SELECT id FROM base WHERE below = 0
$$;

CREATE TABLE dsql_internal.iam_mappings (
  iam_oid oid NOT NULL,
  arn text NOT NULL,
  pg_role_oid oid NOT NULL,
  grantor_pg_role_oid oid NOT NULL
);

CREATE VIEW sys.iam_pg_role_mappings AS
  SELECT iam_oid, arn, pg_role_oid, r.rolname AS pg_role_name,
    grantor_pg_role_oid, g.rolname AS grantor_pg_role_name
  FROM dsql_internal.iam_mappings
    JOIN pg_catalog.pg_roles r ON r.oid = pg_role_oid
    JOIN pg_catalog.pg_roles g ON g.oid = grantor_pg_role_oid;
GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

-- Refuses whoever may not, and roles that cannot be mapped, or could not have
-- been. Returns the role.
CREATE FUNCTION dsql_internal.mappable_role(role_name text, arn text,
                                            must_log_in bool)
RETURNS oid LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  role pg_roles := (SELECT r FROM pg_roles r WHERE rolname = role_name);
  admin name := (SELECT pg_get_userbyid(datdba) FROM pg_database
                 WHERE datname = current_database());
BEGIN
  IF dsql_internal.invoker() <> admin THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('permission denied to grant IAM trust with role %s', role_name);
  ELSIF role.oid IS NULL THEN
    RAISE undefined_object
      USING MESSAGE = format('Role %s does not exist', role_name);
  ELSIF role_name = admin THEN
    RAISE feature_not_supported
      USING MESSAGE = format('Role %s not supported', role_name);
  ELSIF role.oid < 16384 OR role.rolsuper
      OR dsql_internal.is_shared_server() THEN
    -- There it may be anybody's.
    RAISE feature_not_supported
      USING MESSAGE = format('Cannot establish trust with role %s', role_name);
  ELSIF must_log_in AND NOT role.rolcanlogin THEN
    RAISE invalid_parameter_value USING MESSAGE =
      format('role %s must have the LOGIN attribute', role_name);
  ELSIF arn !~ '^arn:aws[a-z-]*:iam::[0-9]{12}:((role|user)/.|root$)' THEN
    RAISE invalid_parameter_value
      USING MESSAGE = 'IAM role must look like an IAM ARN';
  END IF;
  RETURN role.oid;
END $$;

-- AWS IAM GRANT role TO 'arn'. From then on the role cannot be dropped: it
-- has a shared dependency, as an owner of something would.
CREATE FUNCTION dsql_internal.iam_grant(role_name text, iam_arn text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET allow_system_table_mods = on AS $$
DECLARE
  role oid := dsql_internal.mappable_role(role_name, iam_arn, true);
BEGIN
  IF EXISTS (SELECT FROM dsql_internal.iam_mappings
             WHERE arn = iam_arn AND pg_role_oid = role) THEN
    RAISE duplicate_object
      USING MESSAGE = format('IAM role %s already exists', iam_arn);
  END IF;
  IF NOT EXISTS (SELECT FROM dsql_internal.iam_mappings
                 WHERE pg_role_oid = role) THEN
    INSERT INTO pg_shdepend (dbid, classid, objid, objsubid, refclassid,
                             refobjid, deptype)
      SELECT oid, 'pg_class'::regclass, 'sys.iam_pg_role_mappings'::regclass,
        0, 'pg_authid'::regclass, role, 'a'
      FROM pg_database WHERE datname = current_database();
  END IF;
  INSERT INTO dsql_internal.iam_mappings
    SELECT pg_nextoid('pg_class', 'oid', 'pg_class_oid_index'), iam_arn, role,
      oid FROM pg_roles WHERE rolname = dsql_internal.invoker();
END $$;

-- Deletes the dependencies of roles that are no longer mapped.
CREATE FUNCTION dsql_internal.forget_unmapped_roles() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp SET allow_system_table_mods = on
AS $$
  DELETE FROM pg_shdepend WHERE classid = 'pg_class'::regclass
    AND objid = 'sys.iam_pg_role_mappings'::regclass AND deptype = 'a'
    AND refobjid NOT IN (SELECT pg_role_oid FROM dsql_internal.iam_mappings)
$$;

-- AWS IAM REVOKE role FROM 'arn'. The role may have lost LOGIN meanwhile.
CREATE FUNCTION dsql_internal.iam_revoke(role_name text, iam_arn text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  role oid := dsql_internal.mappable_role(role_name, iam_arn, false);
BEGIN
  DELETE FROM dsql_internal.iam_mappings
    WHERE arn = iam_arn AND pg_role_oid = role;
  IF NOT FOUND THEN
    RAISE undefined_object
      USING MESSAGE = format('IAM role %s does not exist', iam_arn);
  END IF;
  PERFORM dsql_internal.forget_unmapped_roles();
END $$;
