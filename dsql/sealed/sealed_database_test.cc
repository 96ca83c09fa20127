// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_database.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/durable_data.h"
#include "dsql/postgres/durable_database.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/pooled_database.h"
#include "dsql/postgres/server.h"
#include "dsql/postgres/server_options.h"
#include "dsql/postgres/server_pool.h"
#include "dsql/postgres/test_support.h"
#include "dsql/sealed/data_key.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/sealed/sealed_file.h"
#include "dsql/sealed/sealed_record.h"
#include "dsql/sealed/test_key_wrapper.h"
#include "dsql/v1/sealed.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::sealed {
namespace {

using postgres::Connection;
using postgres::DurableData;
using postgres::Lease;
using postgres::PostgresServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Nothing else has it in it.
constexpr char kSecret[] = "aardvark7";

class SealedDatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DSQL_REQUIRE_POSTGRES();
    directory_ = postgres::MakeTestDirectory("sealed") + "/database";
    auto host = PostgresServer::FindHost(options_);
    DSQL_ASSERT_OK(host);
    host_ = *std::move(host);
    keys_.find = [this] {
      return absl::StatusOr<std::vector<ClusterKey>>(found_);
    };
    keys_.wrapper = &wrapper_;
  }

  // The data, and a server on it.
  struct Opened {
    std::unique_ptr<DurableData> data;
    Lease lease;
  };
  absl::StatusOr<std::unique_ptr<DurableData>> OpenData() {
    return DurableData::Open(directory_, /*others_pass=*/true,
                             absl::Seconds(30));
  }
  absl::StatusOr<Opened> Open() {
    Opened opened;
    auto data = OpenData();
    if (!data.ok()) return data.status();
    opened.data = *std::move(data);
    auto database =
        SealedDatabase::Start(host_, options_, keys_, opened.data.get());
    if (!database.ok()) return database.status();
    auto lease = Lease::Of(*std::move(database));
    if (!lease.ok()) return lease.status();
    opened.lease = *std::move(lease);
    return opened;
  }
  // As a process that was killed leaves it: nothing is sealed in the end.
  static void Kill(Opened* opened) {
    kill(*opened->lease.pid(), SIGKILL);
    ASSERT_TRUE(
        postgres::WaitUntil([&] { return !opened->lease.Health().ok(); }));
    opened->lease.Release();
    opened->data.reset();
  }

  static std::string Ask(const Lease& lease, const std::string& sql) {
    auto connection = Connection::Open(lease.conninfo());
    if (!connection.ok()) return std::string(connection.status().message());
    return postgres::QueryText(&*connection, sql);
  }
  static void Run(const Lease& lease, const std::vector<std::string>& sql) {
    auto connection = Connection::Open(lease.conninfo());
    DSQL_ASSERT_OK(connection);
    for (const std::string& statement : sql)
      DSQL_ASSERT_OK(connection->Execute(statement));
  }

  // The files with `text` in them.
  std::vector<std::string> Grep(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(directory_)) {
      if (!entry.is_regular_file()) continue;
      const auto bytes = postgres::ReadFile(entry.path().string());
      if (!bytes.ok() || absl::StrContains(*bytes, text))
        found.push_back(entry.path().string());
    }
    return found;
  }
  // The path of the only file of that name.
  std::string PathOf(const std::string& name) const {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.path().filename() == name) return entry.path().string();
    }
    return "";
  }

  // Leaves of the log pg_control and the last state of the slots.
  void ForgetAllButTheSlots() {
    const std::string path = PathOf("log");
    const auto key = DataKey::Open(PathOf("KEYS"), &wrapper_);
    DSQL_ASSERT_OK(key);
    const auto reader = SealedFileReader::Open(path, key->plaintext());
    DSQL_ASSERT_OK(reader);
    v1::SealedRecord control, slots;
    while (true) {
      const auto record = ReadRecord(reader->get());
      DSQL_ASSERT_OK(record);
      if (!record->has_value()) break;
      if ((*record)->has_control()) control = **record;
      if ((*record)->has_decoding_state()) slots = **record;
    }
    ASSERT_TRUE(slots.has_decoding_state());
    const auto writer = SealedFileWriter::Create(path, key->plaintext());
    DSQL_ASSERT_OK(writer);
    DSQL_ASSERT_OK(AppendRecord(control, writer->get()));
    DSQL_ASSERT_OK(AppendRecord(slots, writer->get()));
  }

  postgres::ServerOptions options_;
  PostgresServer::Host host_;
  std::string directory_;
  TestKeyWrapper wrapper_;
  std::vector<ClusterKey> found_ = {{"cluster", "arn:key"}};
  SealingKeys keys_;
};

TEST_F(SealedDatabaseTest, RowsComeBackAfterStop) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)", "INSERT INTO t VALUES (7)",
                        "CREATE SEQUENCE s"});
    EXPECT_EQ(Ask(opened->lease, "SELECT nextval('s')"), "1");
  }
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT id FROM t"), "7");
  // A server that was stopped in order has nothing to recover.
  EXPECT_EQ(Ask(opened->lease, "SELECT nextval('s')"), "2");
}

TEST_F(SealedDatabaseTest, RowsComeBackAfterSigkill) {
  for (int round = 0; round < 4; ++round) {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    if (round == 0) Run(opened->lease, {"CREATE TABLE t (id int)"});
    EXPECT_EQ(Ask(opened->lease, "SELECT count(*) FROM t"),
              absl::StrCat(round));
    Run(opened->lease, {absl::StrCat("INSERT INTO t VALUES (", round, ")")});
    Kill(&*opened);
  }
}

// More than a segment of the log, and checkpoints between.
TEST_F(SealedDatabaseTest, MuchIsRecovered) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE t (id int, v text)"});
  for (int i = 0; i < 3; ++i) {
    Run(opened->lease,
        {"INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 30000) "
         "i"});
    auto superuser =
        Connection::Open(opened->lease.internal_connection().ToConninfo());
    DSQL_ASSERT_OK(superuser);
    DSQL_ASSERT_OK(superuser->Execute("CHECKPOINT"));
  }
  Run(opened->lease, {"DELETE FROM t WHERE id % 3 = 0"});
  Kill(&*opened);
  auto again = Open();
  DSQL_ASSERT_OK(again);
  EXPECT_EQ(Ask(again->lease, "SELECT count(*) FROM t"), "60000");
}

TEST_F(SealedDatabaseTest, NoRowIsInAnyFile) {
  const std::string secret =
      absl::StrCat("INSERT INTO t VALUES ('", kSecret, "')");
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE zebra_crossing (id text)",
                      "CREATE TABLE t (id text)", secret});
  EXPECT_THAT(Grep(kSecret), IsEmpty()) << "running";
  EXPECT_THAT(Grep("zebra_crossing"), IsEmpty());
  Kill(&*opened);
  EXPECT_THAT(Grep(kSecret), IsEmpty()) << "killed";
  opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_THAT(Grep(kSecret), IsEmpty()) << "recovered";
  opened->lease.Release();
  EXPECT_THAT(Grep(kSecret), IsEmpty()) << "stopped";
  EXPECT_THAT(Grep("zebra_crossing"), IsEmpty());
  // Where a search would have found it.
  opened->data.reset();
  opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT id FROM t"), kSecret);
}

TEST_F(SealedDatabaseTest, TheLogDoesNotGrowForEver) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease,
      {"CREATE TABLE t (id int)",
       "INSERT INTO t SELECT generate_series(1, 100000)", "DELETE FROM t"});
  EXPECT_GT(std::filesystem::file_size(PathOf("log")), 1u << 20);
  Kill(&*opened);
  opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_LT(std::filesystem::file_size(PathOf("log")), 1u << 20);
  opened->lease.Release();
  EXPECT_EQ(PathOf("log"), "");
}

TEST_F(SealedDatabaseTest, ADisabledKeyOpensNothing) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)"});
  }
  wrapper_.disabled = {"arn:key"};
  const absl::Status refused = Open().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("arn:key is disabled"));
  wrapper_.disabled.clear();
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT count(*) FROM t"), "0");
}

TEST_F(SealedDatabaseTest, AnotherKeyTakesOverWhenItIsOpened) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)"});
    Kill(&*opened);
  }
  found_ = {{"cluster", "arn:other"}};
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Kill(&*opened);
  }
  wrapper_.disabled = {"arn:key"};
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT count(*) FROM t"), "0");
}

TEST_F(SealedDatabaseTest, AnotherKeyTakesOverWhenItIsStopped) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)"});
    found_ = {{"cluster", "arn:other"}};
  }
  wrapper_.disabled = {"arn:key"};
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT count(*) FROM t"), "0");
}

TEST_F(SealedDatabaseTest, ChangedFilesAreDataLossAndStay) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)"});
    Kill(&*opened);
  }
  for (const char* name : {"base", "log"}) {
    const std::string path = PathOf(name);
    const std::string bytes = *postgres::ReadFile(path);
    std::string changed = bytes;
    changed[bytes.size() / 2] ^= 1;
    DSQL_ASSERT_OK(postgres::WriteFile(path, changed));
    const absl::Status status = Open().status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << name << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    EXPECT_EQ(*postgres::ReadFile(path), changed);
    DSQL_ASSERT_OK(postgres::WriteFile(path, bytes));
  }
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT count(*) FROM t"), "0");
}

TEST_F(SealedDatabaseTest, ALogThatIsTornEndsAtItsLastWholeRecord) {
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    Run(opened->lease, {"CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)"});
    Kill(&*opened);
  }
  const std::string bytes = *postgres::ReadFile(PathOf("log"));
  DSQL_ASSERT_OK(
      postgres::WriteFile(PathOf("log"), bytes.substr(0, bytes.size() - 1)));
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  // In the last record is the last INSERT, or less.
  const std::string count = Ask(opened->lease, "SELECT count(*) FROM t");
  EXPECT_TRUE(count == "0" || count == "1") << count;
}

TEST_F(SealedDatabaseTest, CommitsWaitForTheLog) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE t (id int)"});
  EXPECT_EQ(Ask(opened->lease, "SHOW synchronous_commit"), "on");
  auto superuser =
      Connection::Open(opened->lease.internal_connection().ToConninfo());
  DSQL_ASSERT_OK(superuser);
  EXPECT_EQ(postgres::QueryText(&*superuser,
                                "SELECT string_agg(sync_state, ',') FROM "
                                "pg_stat_replication"),
            "sync");
  // The receiver's connection ends: so does the server, and nothing
  // that was not confirmed is told to be committed. It may end before this is
  // answered.
  superuser
      ->Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
      .status()
      .IgnoreError();
  ASSERT_TRUE(
      postgres::WaitUntil([&] { return !opened->lease.Health().ok(); }));
  EXPECT_THAT(std::string(opened->lease.Health().message()),
              HasSubstr("log could not be written"));
  EXPECT_TRUE(postgres::WaitUntil(
      [&] { return !Connection::Open(opened->lease.conninfo()).ok(); }));
  opened->lease.Release();
  opened->data.reset();
  auto again = Open();
  DSQL_ASSERT_OK(again);
  EXPECT_EQ(Ask(again->lease, "SELECT count(*) FROM t"), "0");
}

TEST_F(SealedDatabaseTest, PlainRowsAreSealedAndPutBack) {
  auto data = OpenData();
  DSQL_ASSERT_OK(data);
  {
    auto plain = postgres::DurableDatabase::Start(host_, options_, data->get());
    DSQL_ASSERT_OK(plain);
    auto lease = Lease::Of(*std::move(plain));
    DSQL_ASSERT_OK(lease);
    Run(*lease, {"CREATE TABLE t (id text)",
                 absl::StrCat("INSERT INTO t VALUES ('", kSecret, "')")});
    // Whose log is all there is of it.
    kill(*lease->pid(), SIGKILL);
  }
  EXPECT_FALSE(SealedDatabase::IsSealed(**data));
  EXPECT_FALSE(Grep(kSecret).empty());
  DSQL_ASSERT_OK(
      SealedDatabase::StageSealed(host_, options_, keys_, data->get()));
  DSQL_ASSERT_OK((*data)->Activate());
  EXPECT_TRUE(SealedDatabase::IsSealed(**data));
  EXPECT_THAT(Grep(kSecret), IsEmpty());
  data->reset();
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    EXPECT_EQ(Ask(opened->lease, "SELECT id FROM t"), kSecret);
    Run(opened->lease, {"INSERT INTO t VALUES ('another')"});
    Kill(&*opened);
  }
  data = OpenData();
  DSQL_ASSERT_OK(data);
  DSQL_ASSERT_OK(
      SealedDatabase::StagePlain(host_, options_, keys_, data->get()));
  DSQL_ASSERT_OK((*data)->Activate());
  auto plain = postgres::DurableDatabase::Start(host_, options_, data->get());
  DSQL_ASSERT_OK(plain);
  auto lease = Lease::Of(*std::move(plain));
  DSQL_ASSERT_OK(lease);
  EXPECT_EQ(Ask(*lease, "SELECT string_agg(id, ',' ORDER BY id) FROM t"),
            absl::StrCat(kSecret, ",another"));
}

TEST_F(SealedDatabaseTest, LogicalSlotsComeBackAfterSigkill) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)"});
  auto superuser =
      Connection::Open(opened->lease.internal_connection().ToConninfo());
  DSQL_ASSERT_OK(superuser);
  DSQL_ASSERT_OK(superuser->Execute(
      "SELECT pg_create_logical_replication_slot('slot', 'test_decoding')"));
  Run(opened->lease, {"INSERT INTO t VALUES (2)"});
  Kill(&*opened);
  opened = Open();
  DSQL_ASSERT_OK(opened);
  superuser =
      Connection::Open(opened->lease.internal_connection().ToConninfo());
  DSQL_ASSERT_OK(superuser);
  EXPECT_EQ(postgres::QueryText(
                &*superuser,
                "SELECT string_agg(data, ',') FROM pg_logical_slot_get_changes("
                "'slot', NULL, NULL) WHERE data LIKE 'table%'"),
            "table public.t: INSERT: id[integer]:2");
  // And it is gone where it was dropped.
  DSQL_ASSERT_OK(superuser->Execute("SELECT pg_drop_replication_slot('slot')"));
  Run(opened->lease, {"INSERT INTO t VALUES (3)"});
  Kill(&*opened);
  opened = Open();
  DSQL_ASSERT_OK(opened);
  superuser =
      Connection::Open(opened->lease.internal_connection().ToConninfo());
  DSQL_ASSERT_OK(superuser);
  EXPECT_EQ(postgres::QueryText(&*superuser,
                                "SELECT count(*) FROM pg_replication_slots "
                                "WHERE slot_name = 'slot'"),
            "0");
}

// The process was killed between what the slot said and what it said it of.
TEST_F(SealedDatabaseTest, ASlotThatIsAheadOfTheLogMissesNothing) {
  auto opened = Open();
  DSQL_ASSERT_OK(opened);
  Run(opened->lease, {"CREATE TABLE t (id int)"});
  opened->lease.Release();
  opened->data.reset();
  opened = Open();
  DSQL_ASSERT_OK(opened);
  auto superuser =
      Connection::Open(opened->lease.internal_connection().ToConninfo());
  DSQL_ASSERT_OK(superuser);
  Run(opened->lease, {"INSERT INTO t SELECT generate_series(1, 10000)"});
  DSQL_ASSERT_OK(superuser->Execute(
      "SELECT pg_create_logical_replication_slot('slot', 'test_decoding')"));
  Run(opened->lease, {"INSERT INTO t VALUES (1)"});
  Kill(&*opened);
  ForgetAllButTheSlots();
  opened = Open();
  DSQL_ASSERT_OK(opened);
  EXPECT_EQ(Ask(opened->lease, "SELECT count(*) FROM t"), "0");
  Run(opened->lease, {"INSERT INTO t VALUES (2)"});
  superuser =
      Connection::Open(opened->lease.internal_connection().ToConninfo());
  DSQL_ASSERT_OK(superuser);
  EXPECT_EQ(postgres::QueryText(
                &*superuser,
                "SELECT string_agg(data, ',') FROM pg_logical_slot_get_changes("
                "'slot', NULL, NULL) WHERE data LIKE 'table%'"),
            "table public.t: INSERT: id[integer]:2");
}

TEST_F(SealedDatabaseTest, NothingOfItStaysInMemory) {
  std::string memory;
  {
    auto opened = Open();
    DSQL_ASSERT_OK(opened);
    memory = Ask(opened->lease, "SHOW unix_socket_directories");
    auto superuser =
        Connection::Open(opened->lease.internal_connection().ToConninfo());
    DSQL_ASSERT_OK(superuser);
    const std::string data =
        postgres::QueryText(&*superuser, "SHOW data_directory");
    EXPECT_TRUE(absl::StartsWith(data, "/dev/shm/")) << data;
    memory = data;
  }
  EXPECT_FALSE(postgres::PathExists(memory));
}

}  // namespace
}  // namespace dsql::sealed
