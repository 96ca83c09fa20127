// SPDX-License-Identifier: Apache-2.0

// One cluster leaves something behind; the next must not see it. The table
// below has every kind of thing that can be left.

#include "dsql/postgres/database_reset.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/binaries.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

// Everything that a client can see or feel, as one text.
constexpr char kSnapshot[] = R"(
SELECT string_agg(line, E'\n' ORDER BY line) FROM (
  SELECT format('class %s %s %s', relname, relnamespace, relacl) AS line
    FROM pg_class WHERE oid >= 16384 OR relacl IS NOT NULL
  UNION ALL SELECT format('type %s', typname) FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT format('proc %s', proname) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT format('schema %s %s %s', nspname, nspowner, nspacl)
    FROM pg_namespace
  UNION ALL SELECT format('role %s %s %s %s %s %s %s', rolname, rolsuper,
      rolcreaterole, rolcanlogin, rolconnlimit, rolpassword IS NULL,
      rolvaliduntil) FROM pg_authid
  UNION ALL SELECT format('member %s %s', roleid, member)
    FROM pg_auth_members WHERE member >= 16384
  UNION ALL SELECT format('setting %s %s %s', setdatabase, setrole, setconfig)
    FROM pg_db_role_setting
  UNION ALL SELECT format('acl %s %s', defaclrole, defaclacl)
    FROM pg_default_acl
  UNION ALL SELECT format('database %s %s %s %s %s', datname, datdba, datacl,
      datconnlimit, datallowconn) FROM pg_database
  UNION ALL SELECT format('comments %s', count(*)) FROM pg_description
  UNION ALL SELECT format('comment %s', description) FROM pg_shdescription
    WHERE objoid >= 16384 OR description ~ 'leak'
  UNION ALL SELECT format('comment %s', description) FROM pg_description
    WHERE description ~ 'leak'
  UNION ALL SELECT format('large object %s', oid)
    FROM pg_largeobject_metadata
  UNION ALL SELECT format('large object data %s', count(*))
    FROM pg_largeobject
  UNION ALL SELECT format('prepared %s', gid) FROM pg_prepared_xacts
  UNION ALL SELECT format('lock %s', objid) FROM pg_locks
    WHERE locktype = 'advisory'
  UNION ALL SELECT format('extension %s', extname) FROM pg_extension
  UNION ALL SELECT format('publication %s', pubname) FROM pg_publication
  UNION ALL SELECT format('event trigger %s', evtname) FROM pg_event_trigger
  UNION ALL SELECT format('slot %s', slot_name) FROM pg_replication_slots
  UNION ALL SELECT format('statistics %s', count(*)) FROM pg_statistic
  UNION ALL SELECT format('shdepend %s', count(*)) FROM pg_shdepend
  UNION ALL SELECT format('depend %s', count(*)) FROM pg_depend
  UNION ALL SELECT format('config %s %s', name, setting) FROM pg_settings
    WHERE name IN ('work_mem', 'search_path', 'TimeZone', 'deadlock_timeout')
  UNION ALL SELECT format('session %s', usename) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
      AND usename <> 'rdsadmin'
) AS lines)";

enum Outcome {
  kReset,      // made pristine in place
  kDiscarded,  // replaced by a fresh server
};

// Whose schema public is: the client's, as the owner of the database; before
// PostgreSQL 15 the superuser's.
enum Who { kClient, kSuperuser, kOwnerOfPublic };

struct Leak {
  const char* name;
  Outcome outcome;
  const char* sql;
  Who who = kClient;
};

const Leak kLeaks[] = {
    {"nothing", kReset, "SELECT 1"},
    {"table", kReset,
     "CREATE TABLE t (id serial PRIMARY KEY, v text UNIQUE);"
     "INSERT INTO t (v) VALUES ('a'), ('b')"},
    {"toasted rows", kReset,
     "CREATE TABLE t (v text);"
     "INSERT INTO t SELECT string_agg(md5(i::text), '')"
     " FROM generate_series(1, 10000) i"},
    {"partitions", kReset,
     "CREATE TABLE t (i int) PARTITION BY LIST (i);"
     "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)"},
    {"view, function, trigger, rule", kReset,
     "CREATE TABLE t (i int); CREATE VIEW v AS SELECT * FROM t;"
     "CREATE MATERIALIZED VIEW m AS SELECT 1;"
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
     " 'BEGIN RETURN NEW; END';"
     "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
     "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"},
    {"types", kReset,
     "CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS int CHECK (value > 0);"
     "CREATE TYPE c AS (i int, e e); CREATE TYPE r AS RANGE (subtype = int8)"},
    {"sequence", kReset, "CREATE SEQUENCE s; SELECT nextval('s')"},
    {"schema", kReset, "CREATE SCHEMA s CREATE TABLE t (i int)"},
    {"operators and casts", kReset,
     "CREATE FUNCTION eq(text, int) RETURNS bool LANGUAGE sql AS"
     " 'SELECT true';"
     "CREATE OPERATOR === (FUNCTION = eq, LEFTARG = text, RIGHTARG = int);"
     "CREATE COLLATION l (LOCALE = 'C');"
     "CREATE TEXT SEARCH CONFIGURATION w (COPY = simple);"
     "CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)"},
    {"row security", kReset,
     "CREATE TABLE t (i int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
     "CREATE POLICY p ON t USING (i > 0)"},
    {"extended statistics", kReset,
     "CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t;"
     "INSERT INTO t VALUES (1, 2); ANALYZE t"},
    {"publication", kReset, "CREATE PUBLICATION p"},
    {"temporary table", kReset, "CREATE TEMP TABLE t (v text)"},
    {"dropped table", kReset, "CREATE TABLE t (i int); DROP TABLE t"},
    {"rolled back", kReset, "BEGIN; CREATE TABLE t (i int); ROLLBACK"},
    {"open transaction", kReset, "BEGIN; CREATE TABLE t (i int)"},
    {"comment on a table", kReset,
     "CREATE TABLE t (i int); COMMENT ON TABLE t IS 'leak'"},
    {"large object", kReset, "SELECT lo_from_bytea(4711, '\\x1234'::bytea)"},
    {"default privileges", kReset,
     "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public"},
    {"role", kReset, "CREATE ROLE r LOGIN PASSWORD 'secret'"},
    {"role that owns and is granted", kReset,
     "CREATE ROLE r; CREATE ROLE q IN ROLE r; GRANT r TO admin;"
     "CREATE TABLE t (i int); GRANT SELECT ON t TO q;"
     "CREATE SCHEMA s AUTHORIZATION r; SET ROLE r; CREATE TABLE s.t (i int);"
     "GRANT SELECT ON s.t TO q"},
    {"ALTER ROLE SET", kReset, "ALTER ROLE admin SET work_mem = '5MB'"},
    {"ALTER DATABASE SET", kReset,
     "ALTER DATABASE postgres SET timezone = 'Asia/Tokyo'"},
    {"ALTER ROLE IN DATABASE SET", kReset,
     "ALTER ROLE admin IN DATABASE postgres SET search_path = leak"},
    {"session settings", kReset,
     "SET work_mem = '5MB'; SET search_path = leak; PREPARE p AS SELECT 1;"
     "LISTEN l; DECLARE c CURSOR WITH HOLD FOR SELECT 1; SET ROLE admin"},
    {"advisory lock", kReset, "SELECT pg_advisory_lock(42)"},
    {"notification", kReset, "NOTIFY leak, 'payload'"},
    {"privileges of schema public", kDiscarded,
     "CREATE ROLE r; GRANT USAGE ON SCHEMA public TO r"},
    {"schema public dropped", kDiscarded, "DROP SCHEMA public", kOwnerOfPublic},
    {"schema public renamed", kDiscarded, "ALTER SCHEMA public RENAME TO p",
     kOwnerOfPublic},
    {"schema public made anew", kDiscarded,
     "DROP SCHEMA public; CREATE SCHEMA public", kOwnerOfPublic},
    {"comment on schema public", kDiscarded,
     "COMMENT ON SCHEMA public IS 'leak'", kOwnerOfPublic},
    {"comment on the database", kDiscarded,
     "COMMENT ON DATABASE postgres IS 'leak'"},
    // Before PostgreSQL 16 the client may do so as well.
    {"comment on a role", kDiscarded, "COMMENT ON ROLE admin IS 'leak'",
     kSuperuser},
    {"privileges of the database", kDiscarded,
     "REVOKE TEMP ON DATABASE postgres FROM public"},
    {"connection limit of the database", kDiscarded,
     "ALTER DATABASE postgres CONNECTION LIMIT 50"},
    {"password of the role", kDiscarded, "ALTER ROLE admin PASSWORD 'x'"},
    {"expiry of the role", kDiscarded,
     "ALTER ROLE admin VALID UNTIL '2100-01-01'", kSuperuser},
    {"predefined role", kDiscarded, "GRANT pg_monitor TO admin", kSuperuser},
    // What would be called in the place of PostgreSQL's own.
    {"functions that fit better", kReset,
     "CREATE FUNCTION public.format(text, name) RETURNS text LANGUAGE sql"
     " AS $$SELECT 'ALTER ROLE admin SUPERUSER'$$"},
    {"a function for resets", kReset,
     "CREATE SCHEMA dsql_internal; CREATE FUNCTION dsql_internal.reset()"
     " RETURNS void LANGUAGE sql AS 'ALTER ROLE admin SUPERUSER'"},
    {"settings of the database", kReset,
     "ALTER DATABASE postgres SET search_path = public;"
     "CREATE TABLE public.pg_namespace (nspname name)"},
    {"ANALYZE of all", kDiscarded, "ANALYZE"},
    {"VACUUM of all", kReset, "VACUUM"},
    {"catalogs rewritten", kDiscarded, "VACUUM FULL pg_class"},
    {"prepared transaction", kDiscarded,
     "BEGIN; CREATE TABLE t (i int); PREPARE TRANSACTION 'leak'"},
    {"empty prepared transaction", kDiscarded,
     "BEGIN; SELECT 1; PREPARE TRANSACTION 'leak'"},
    {"superuser's ALTER SYSTEM", kDiscarded,
     "ALTER SYSTEM SET work_mem = '5MB'", kSuperuser},
    {"superuser's table", kDiscarded, "CREATE TABLE public.t (i int)",
     kSuperuser},
    {"superuser's event trigger", kDiscarded,
     "CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS"
     " 'BEGIN END'; CREATE EVENT TRIGGER e ON ddl_command_end"
     " EXECUTE FUNCTION f()",
     kSuperuser},
    {"superuser's role that is reset", kReset, "CREATE ROLE r SUPERUSER",
     kSuperuser},
    {"superuser's grant", kDiscarded,
     "GRANT SELECT ON pg_authid TO admin; GRANT EXECUTE ON FUNCTION"
     " pg_ls_dir(text) TO admin",
     kSuperuser},
    {"superuser's database", kDiscarded, "CREATE DATABASE d TEMPLATE postgres",
     kSuperuser},
    {"superuser's catalog update", kDiscarded,
     "UPDATE pg_proc SET proname = 'leak' WHERE proname = 'pi'", kSuperuser},
    {"superuser's catalog delete", kDiscarded,
     "DELETE FROM pg_description WHERE objoid = 'pi'::regproc", kSuperuser},
    {"superuser's replication slot", kDiscarded,
     "SELECT pg_create_physical_replication_slot('leak')", kSuperuser},
};

ServerPoolOptions Options() {
  ServerPoolOptions options;
  // One server, so that the next lease gets what this one leaves.
  options.spare_servers = 0;
  options.server.settings = {{"max_prepared_transactions", "10"},
                             {"wal_level", "replica"},
                             {"max_wal_senders", "2"}};
  return options;
}

class DatabaseResetTest : public ::testing::Test {
 protected:
  void SetUp() override { DSQL_REQUIRE_POSTGRES(); }

  void AcquireLease() {
    auto lease = pool_.Acquire();
    DSQL_ASSERT_OK(lease);
    lease_ = *std::move(lease);
  }

  std::string Snapshot() {
    auto connection =
        Connection::Open(lease_.internal_connection().ToConninfo());
    if (!connection.ok()) return connection.status().ToString();
    return QueryText(&*connection, kSnapshot);
  }

  static bool IsByClient(const Leak& leak) {
    return leak.who == kClient ||
           (leak.who == kOwnerOfPublic && FindBinaries()->major_version >= 15);
  }

  // The connection that leaks; not closed before the lease is released.
  std::unique_ptr<Connection> Leave(const Leak& leak) {
    auto connection = Connection::Open(
        (IsByClient(leak) ? lease_.connection() : lease_.internal_connection())
            .ToConninfo());
    EXPECT_TRUE(connection.ok()) << connection.status();
    if (!connection.ok()) return nullptr;
    auto open = std::make_unique<Connection>(*std::move(connection));
    const absl::Status status = open->Execute(leak.sql).status();
    EXPECT_TRUE(status.ok()) << status;
    return open;
  }

  ServerPool pool_{Options()};
  Lease lease_;
};

TEST_F(DatabaseResetTest, NothingIsSeenByTheNext) {
  AcquireLease();
  const std::string fresh = Snapshot();
  ASSERT_NE(fresh.find("role admin"), std::string::npos) << fresh;
  for (const Leak& leak : kLeaks) {
    SCOPED_TRACE(leak.name);
    const int64_t discarded = pool_.stats().discarded;
    std::unique_ptr<Connection> connection = Leave(leak);
    lease_.Release();
    AcquireLease();
    // A discard is counted after the next lease, so what tells is the server.
    EXPECT_EQ(Snapshot(), fresh);
    if (leak.outcome == kReset) {
      EXPECT_EQ(pool_.stats().discarded, discarded);
    } else {
      EXPECT_TRUE(
          WaitUntil([&] { return pool_.stats().discarded == discarded + 1; }));
    }
  }
}

TEST_F(DatabaseResetTest, ManyResetsInARowStayPristine) {
  AcquireLease();
  const std::string fresh = Snapshot();
  for (int i = 0; i < 50; ++i) {
    auto connection = Leave({"table", kReset,
                             "CREATE TABLE t (id serial PRIMARY KEY, v text);"
                             "INSERT INTO t (v) SELECT md5(i::text) FROM"
                             " generate_series(1, 100) i"});
    lease_.Release();
    AcquireLease();
  }
  EXPECT_EQ(Snapshot(), fresh);
  EXPECT_EQ(pool_.stats().started, 1);
}

TEST_F(DatabaseResetTest, WhatBootstrapSqlMadeIsResetByItsFunction) {
  ServerPoolOptions options;
  options.spare_servers = 0;
  options.server.template_options.bootstrap_sql = R"(
      CREATE SCHEMA dsql_internal;
      GRANT USAGE ON SCHEMA dsql_internal TO public;
      CREATE TABLE dsql_internal.jobs (i int);
      GRANT INSERT, SELECT ON dsql_internal.jobs TO public;
      CREATE FUNCTION dsql_internal.reset() RETURNS void
      BEGIN ATOMIC DELETE FROM dsql_internal.jobs; END;)";
  ServerPool pool(options);
  auto lease = pool.Acquire();
  DSQL_ASSERT_OK(lease);
  for (int i = 0; i < 3; ++i) {
    auto client = Connection::Open(lease->conninfo());
    DSQL_ASSERT_OK(client);
    auto rows = client->Query("SELECT count(*) FROM dsql_internal.jobs");
    DSQL_ASSERT_OK(rows);
    EXPECT_EQ(*rows->Scalar<int64_t>(), 0);
    DSQL_ASSERT_OK(client->Execute("INSERT INTO dsql_internal.jobs SELECT 1"));
    lease->Release();
    lease = pool.Acquire();
    DSQL_ASSERT_OK(lease);
  }
  EXPECT_EQ(pool.stats().started, 1);
  EXPECT_EQ(pool.stats().discarded, 0);
}

TEST_F(DatabaseResetTest, LeftSessionsAreEnded) {
  AcquireLease();
  auto idle = Connection::Open(lease_.conninfo());
  DSQL_ASSERT_OK(idle);
  auto busy = Connection::Open(lease_.conninfo());
  DSQL_ASSERT_OK(busy);
  ASSERT_EQ(PQsendQuery(busy->raw(), "SELECT pg_sleep(1000)"), 1);
  const std::string conninfo = lease_.conninfo();
  lease_.Release();
  AcquireLease();
  EXPECT_TRUE(absl::IsUnavailable(idle->Query("SELECT 1").status()));
  EXPECT_TRUE(absl::IsUnavailable(Connection::Open(conninfo).status()));
  EXPECT_NE(lease_.conninfo(), conninfo);
  EXPECT_EQ(pool_.stats().started, 1);
}

}  // namespace
}  // namespace dsql::postgres
