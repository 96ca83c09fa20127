// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/server.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/list_directory.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override { DSQL_REQUIRE_POSTGRES(); }
};

std::string Ask(const PostgresServer &server, const std::string &sql) {
  auto connection = Connection::Open(server.conninfo());
  if (!connection.ok()) return std::string(connection.status().message());
  return QueryText(&*connection, sql);
}

TEST_F(ServerTest, ServesTheClientsRoleAndDatabase) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  EXPECT_EQ(Ask(**server, "SELECT current_user || ' ' || current_database()"),
            "admin postgres");
  EXPECT_EQ(Ask(**server,
                "SELECT rolsuper || ' ' || rolcreaterole FROM pg_roles WHERE "
                "rolname = current_user"),
            "false true");
  EXPECT_EQ(Ask(**server, "SELECT string_agg(datname, ' ') FROM pg_database"),
            "postgres");
  EXPECT_EQ(Ask(**server,
                "SELECT pg_encoding_to_char(encoding) || ' ' || "
                "datcollate FROM pg_database"),
            "UTF8 C");
  EXPECT_EQ(Ask(**server, "SHOW timezone"), "UTC");
  EXPECT_EQ((*server)->loopback_port(), absl::nullopt);
  DSQL_ASSERT_OK((*server)->Health());
}

TEST_F(ServerTest, TakesOtherRolesAndDatabases) {
  ServerOptions options;
  options.template_options.user = "te\"st";
  options.template_options.database = "Test db";
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  EXPECT_EQ(Ask(**server, "SELECT current_user || ' ' || current_database()"),
            "te\"st Test db");
  EXPECT_EQ(Ask(**server, "SELECT count(*) FROM pg_database"), "1");
}

// Its files are the next server's, but for what was written to them.
TEST_F(ServerTest, ANewServerKnowsNothingOfTheOneBefore) {
  ServerOptions options;
  options.template_options.cache_directory = MakeTestDirectory("cache");
  options.template_options.user_is_superuser = true;
  options.data_directory.parent = MakeTestDirectory("data");
  const auto inode = [](const PostgresServer &server) {
    struct stat info = {};
    stat(server.data_directory().c_str(), &info);
    return info.st_ino;
  };
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  const ino_t before = inode(**server);
  const uint64_t xid = (*server)->baseline().next_xid;
  for (int round = 0; round < 3; ++round) {
    for (const char *sql :
         {"CREATE TABLE t AS SELECT i, repeat('x', 100) "
          "FROM generate_series(1, 10000) i",
          "CREATE ROLE somebody", "ALTER SYSTEM SET work_mem = '1MB'",
          "UPDATE pg_description SET description = 'changed'",
          "VACUUM FULL pg_class", "CHECKPOINT"}) {
      Ask(**server, sql);
    }
    EXPECT_EQ(Ask(**server, "SELECT count(*) FROM t"), "10000");
    DSQL_ASSERT_OK((*server)->Stop());
    server = PostgresServer::Start(options);
    DSQL_ASSERT_OK(server);
    EXPECT_EQ(inode(**server), before);
    EXPECT_EQ((*server)->baseline().next_xid, xid);
    EXPECT_EQ(Ask(**server, "SELECT (to_regclass('t') IS NULL)::text"), "true");
    EXPECT_EQ(Ask(**server,
                  "SELECT count(*) FROM pg_roles "
                  "WHERE rolname = 'somebody'"),
              "0");
    EXPECT_EQ(Ask(**server, "SHOW work_mem"), "4MB");
    EXPECT_EQ(Ask(**server,
                  "SELECT count(*) FROM pg_description "
                  "WHERE description = 'changed'"),
              "0");
  }
}

// It would make files of its own otherwise, which are linked to nothing.
TEST_F(ServerTest, ItsFirstSessionFindsTheCatalogsCached) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  const auto links = [&](const std::string &file) -> nlink_t {
    struct stat info = {};
    const std::string path = (*server)->data_directory() + file;
    return stat(path.c_str(), &info) == 0 ? info.st_nlink : 0;
  };
  const std::string base = Ask(**server,
                               "SELECT '/base/' || oid FROM pg_database "
                               "WHERE datname = current_database()");
  EXPECT_EQ(links("/global/pg_internal.init"), 2u);
  EXPECT_EQ(links(base + "/pg_internal.init"), 2u);
  // They are PostgreSQL's from now on.
  Ask(**server, "CREATE TABLE t (i int)");
  auto admin = Connection::Open((*server)->internal_connection().ToConninfo());
  DSQL_ASSERT_OK(admin);
  DSQL_ASSERT_OK(admin->Execute("VACUUM FULL pg_attribute"));
  EXPECT_NE(links(base + "/pg_internal.init"), 2u);
  EXPECT_EQ(Ask(**server, "SELECT count(*) FROM t"), "0");
}

TEST_F(ServerTest, RefusesNamesThatPostgresCannotHave) {
  for (const std::string &name :
       {std::string(), std::string(64, 'x'), std::string("a\0b", 3),
        std::string("a\nb"), std::string("pg_x"), std::string("rdsadmin")}) {
    ServerOptions options;
    options.template_options.user = name;
    EXPECT_TRUE(
        absl::IsInvalidArgument(PostgresServer::Start(options).status()))
        << name;
  }
}

TEST_F(ServerTest, StopLeavesNothingBehind) {
  const int descriptors = CountOpenDescriptors();
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  auto connection = Connection::Open((*server)->conninfo());
  DSQL_ASSERT_OK(connection);
  const pid_t pid = (*server)->pid();
  const pid_t backend = PQbackendPID(connection->raw());
  const pid_t guardian = ParentOf(pid);
  const std::string directory = (*server)->directory();
  EXPECT_TRUE(PathExists(directory));

  DSQL_ASSERT_OK((*server)->Stop());
  EXPECT_FALSE(ProcessExists(pid));
  EXPECT_FALSE(ProcessExists(backend));
  EXPECT_FALSE(ProcessExists(guardian));
  EXPECT_FALSE(PathExists(directory));
  EXPECT_TRUE(absl::IsFailedPrecondition((*server)->Health()));
  EXPECT_TRUE(absl::IsUnavailable(connection->Query("SELECT 1").status()));
  DSQL_ASSERT_OK((*server)->Stop());

  server->reset();
  { Connection closed = *std::move(connection); }
  EXPECT_EQ(CountOpenDescriptors(), descriptors);
}

TEST_F(ServerTest, StopsBackendsThatDoNotAnswer) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  auto connection = Connection::Open((*server)->conninfo());
  DSQL_ASSERT_OK(connection);
  const pid_t backend = PQbackendPID(connection->raw());
  ASSERT_EQ(kill(backend, SIGSTOP), 0);
  DSQL_ASSERT_OK((*server)->Stop());
  EXPECT_FALSE(ProcessExists(backend));
  EXPECT_FALSE(PathExists((*server)->directory()));
}

TEST_F(ServerTest, ADeadServerIsUnavailableWithItsLog) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  const std::string directory = (*server)->directory();
  ASSERT_EQ(kill((*server)->pid(), SIGKILL), 0);
  ASSERT_TRUE(WaitUntil([&] { return !(*server)->Health().ok(); }));
  const absl::Status status = (*server)->Health();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "has died")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "ready to accept")) << status;
  EXPECT_TRUE(
      absl::IsUnavailable(Connection::Open((*server)->conninfo()).status()));
  DSQL_ASSERT_OK((*server)->Stop());
  EXPECT_FALSE(PathExists(directory));
}

TEST_F(ServerTest, ACrashedBackendEndsTheServer) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  auto connection = Connection::Open((*server)->conninfo());
  DSQL_ASSERT_OK(connection);
  ASSERT_EQ(kill(PQbackendPID(connection->raw()), SIGSEGV), 0);
  ASSERT_TRUE(WaitUntil([&] { return !(*server)->Health().ok(); }));
  EXPECT_TRUE(absl::StrContains((*server)->Health().message(),
                                "terminated by signal 11"))
      << (*server)->Health();
}

TEST_F(ServerTest, AKilledGuardianTakesTheServerWithIt) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  const pid_t pid = (*server)->pid();
  ASSERT_EQ(kill(ParentOf(pid), SIGKILL), 0);
  EXPECT_TRUE(WaitUntil([&] { return !ProcessExists(pid); }));
  EXPECT_TRUE(absl::IsUnavailable((*server)->Health()));
  DSQL_ASSERT_OK((*server)->Stop());
  EXPECT_FALSE(PathExists((*server)->directory()));
}

TEST_F(ServerTest, ServerOutlivesTheThreadThatStartedIt) {
  std::unique_ptr<PostgresServer> server;
  std::thread([&] {
    auto started = PostgresServer::Start();
    if (started.ok()) server = *std::move(started);
  }).join();
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(Ask(*server, "SELECT 'alive'"), "alive");
}

TEST_F(ServerTest, ServerIsTheParentsAfterFork) {
  auto server = PostgresServer::Start();
  DSQL_ASSERT_OK(server);
  EXPECT_EXIT(
      {
        server->reset();
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(Ask(**server, "SELECT 'alive'"), "alive");
}

TEST_F(ServerTest, ListensOnTheLoopbackWhenAsked) {
  ServerOptions options;
  options.loopback_port = 0;
  auto server = PostgresServer::Start(options);
  DSQL_ASSERT_OK(server);
  ConnectionParameters parameters = (*server)->connection();
  parameters.host = "127.0.0.1";
  parameters.port = absl::StrCat(*(*server)->loopback_port());
  auto connection = Connection::Open(parameters.ToConninfo());
  DSQL_ASSERT_OK(connection);
  EXPECT_EQ(QueryText(&*connection, "SELECT host(inet_client_addr())"),
            "127.0.0.1");
  EXPECT_EQ(Ask(**server, "SELECT 'socket'"), "socket");
  // Whoever is on this machine is not the superuser.
  parameters.user = kInternalUser;
  const absl::Status refused =
      Connection::Open(parameters.ToConninfo()).status();
  EXPECT_TRUE(absl::StrContains(refused.message(),
                                "rejects connection for host \"127.0.0.1\", "
                                "user \"rdsadmin\""))
      << refused;
}

TEST_F(ServerTest, ATakenPortSaysSo) {
  UniqueFd taken(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto *generic = reinterpret_cast<sockaddr *>(&address);
  ASSERT_EQ(bind(taken.get(), generic, size), 0);
  ASSERT_EQ(listen(taken.get(), 1), 0);
  ASSERT_EQ(getsockname(taken.get(), generic, &size), 0);
  ServerOptions options;
  options.loopback_port = ntohs(address.sin_port);
  const absl::Status status = PostgresServer::Start(options).status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_TRUE(
      absl::StrContains(status.message(), absl::StrCat(*options.loopback_port)))
      << status;
  options.loopback_port = 65536;
  EXPECT_TRUE(absl::IsInvalidArgument(PostgresServer::Start(options).status()));
}

TEST_F(ServerTest, AWrongSettingShowsTheCommandAndTheLog) {
  ServerOptions options;
  options.settings["no_such_setting"] = "1";
  const absl::Status status = PostgresServer::Start(options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "postgres -D ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(),
                                "unrecognized configuration parameter"))
      << status;
}

TEST_F(ServerTest, StartHasADeadlineAndCleansUp) {
  ServerOptions options;
  options.data_directory.parent = MakeTestDirectory("deadline");
  options.start_timeout = absl::ZeroDuration();
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(PostgresServer::Start(options).status()));
  EXPECT_TRUE(NamesIn(options.data_directory.parent).empty());
}

TEST_F(ServerTest, AMissingBinarySaysWhatToDo) {
  ServerOptions options;
  options.binaries.bin_dir = "/nonexistent";
  const absl::Status status = PostgresServer::Start(options).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "DSQL_POSTGRES_BIN"));
}

TEST_F(ServerTest, ADirectoryThatCannotBeWrittenSaysWhatToDo) {
  ServerOptions options;
  options.data_directory.parent = "/proc";
  const absl::Status data = PostgresServer::Start(options).status();
  EXPECT_FALSE(data.ok());
  EXPECT_TRUE(absl::StrContains(data.message(), "/proc")) << data;
  options.data_directory.parent = "";
  options.template_options.cache_directory = "/proc/cache";
  const absl::Status cache = PostgresServer::Start(options).status();
  EXPECT_FALSE(cache.ok());
  EXPECT_TRUE(absl::StrContains(cache.message(), "/proc/cache")) << cache;
}

TEST_F(ServerTest, LongDirectoriesGetAShortSocketPath) {
  ServerOptions options;
  options.data_directory.parent =
      MakeTestDirectory("long") + "/" + std::string(100, 'x');
  ASSERT_EQ(mkdir(options.data_directory.parent.c_str(), 0755), 0);
  std::string socket_directory;
  {
    auto server = PostgresServer::Start(options);
    DSQL_ASSERT_OK(server);
    socket_directory = (*server)->socket_directory();
    EXPECT_LT(socket_directory.size(), 90u);
    EXPECT_EQ(Ask(**server, "SELECT 'alive'"), "alive");
  }
  EXPECT_FALSE(PathExists(socket_directory));
  EXPECT_TRUE(NamesIn(options.data_directory.parent).empty());
}

TEST_F(ServerTest, ManyStartAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([] {
      auto server = PostgresServer::Start();
      DSQL_ASSERT_OK(server);
      EXPECT_EQ(Ask(**server, "SELECT 'alive'"), "alive");
    });
  }
  for (std::thread &thread : threads) thread.join();
}

}  // namespace
}  // namespace dsql::postgres
