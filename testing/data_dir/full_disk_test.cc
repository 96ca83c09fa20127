// SPDX-License-Identifier: Apache-2.0

// A disk that is full: whoever writes is told, and nothing acknowledged is
// lost.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/v1/dsql.pb.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::Cluster;
using ::dsql::FakeDsql;
using ::dsql::FakeDsqlOptions;
using ::dsql::postgres::Connection;

// How the process that has the disk ends.
constexpr int kGood = 0;
constexpr int kNoDisk = 77;
// Room for a cluster's database and its log.
constexpr char kDiskSize[] = "size=96m";

bool WriteText(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && write(fd, text.data(), text.size()) ==
                                      static_cast<ssize_t>(text.size());
  if (fd >= 0) close(fd);
  return written;
}

// Gives this process a small file system of its own at `directory`, which needs
// no privilege where user namespaces are allowed.
bool MountDisk(const std::string& directory) {
  const std::string uid = absl::StrCat(geteuid(), " ", geteuid(), " 1");
  const std::string gid = absl::StrCat(getegid(), " ", getegid(), " 1");
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  WriteText("/proc/self/setgroups", "deny");
  return WriteText("/proc/self/uid_map", uid) &&
         WriteText("/proc/self/gid_map", gid) &&
         mount("tmpfs", directory.c_str(), "tmpfs", 0, kDiskSize) == 0;
}

// Takes all the room that is left.
void Fill(const std::string& file) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (const size_t size : {size_t{1} << 20, size_t{1} << 12}) {
    const std::string chunk(size, 'x');
    while (write(fd, chunk.data(), chunk.size()) > 0) {
    }
  }
  close(fd);
}

absl::StatusOr<std::string> Count(const Cluster& cluster) {
  DSQL_ASSIGN_OR_RETURN(Connection connection, cluster.Connect());
  DSQL_ASSIGN_OR_RETURN(const auto result,
                        connection.Execute("SELECT count(*) FROM t"));
  return result.Get<std::string>(0, 0);
}

// Inserts 100 kB at a time, up to the first error. Adds to `acknowledged`.
absl::Status InsertUntilItFails(const Cluster& cluster, int* acknowledged) {
  DSQL_ASSIGN_OR_RETURN(Connection connection, cluster.Connect());
  for (int i = 0; i < 2000; ++i) {
    const std::string insert =
        absl::StrCat("INSERT INTO t SELECT ", *acknowledged,
                     ", (SELECT string_agg(md5(i::text), '') "
                     "FROM generate_series(1, 3000) i)");
    DSQL_RETURN_IF_ERROR(connection.Execute(insert).status());
    ++*acknowledged;
  }
  return absl::InternalError("the disk never was full");
}

#define EXPECT_IN_CHILD(condition, what)                               \
  do {                                                                 \
    if (!(condition)) {                                                \
      std::cerr << __LINE__ << ": " #condition ": " << (what) << "\n"; \
      return 1;                                                        \
    }                                                                  \
  } while (false)

absl::StatusOr<Cluster> CreateCluster(FakeDsql* fake, const std::string& key) {
  dsql::v1::CreateClusterInput input;
  if (!key.empty()) input.set_kms_encryption_key(key);
  DSQL_ASSIGN_OR_RETURN(const auto created,
                        fake->clusters().CreateCluster(input));
  return fake->cluster(created.arn());
}

// Of a cluster that has `key`, where it is not empty.
int RunOnSmallDisk(const std::string& disk, const std::string& key) {
  FakeDsqlOptions options;
  options.data_dir = disk + "/data";
  std::string arn;
  int acknowledged = 0;
  {
    auto fake = FakeDsql::Create(options);
    EXPECT_IN_CHILD(fake.ok(), fake.status());
    auto cluster = CreateCluster(fake->get(), key);
    EXPECT_IN_CHILD(cluster.ok(), cluster.status());
    arn = cluster->arn();
    auto connection = cluster->Connect();
    EXPECT_IN_CHILD(connection.ok(), connection.status());
    const auto made =
        connection->Execute("CREATE TABLE t (k int PRIMARY KEY, v text)");
    EXPECT_IN_CHILD(made.ok(), made.status());
    Fill(disk + "/ballast");
    const absl::Status full = InsertUntilItFails(*cluster, &acknowledged);
    // PostgreSQL's own text, or its end where it cannot write its log.
    const auto error = dsql::GetSqlErrorDetail(full);
    EXPECT_IN_CHILD(!error.has_value() || error->sqlstate() != "OC000", full);
    std::cout << "full: " << full << "\n";
    // So is whoever connects to a cluster whose files cannot be sealed.
    const absl::Status refused = Count(*cluster).status();
    std::cout << "full: " << refused << "\n";
    EXPECT_IN_CHILD(key.empty() || absl::StrContains(refused.message(), "disk"),
                    refused);
    // The control plane says so, too, and keeps nothing by halves.
    const absl::Status created = (*fake)->CreateCluster().status();
    EXPECT_IN_CHILD(!created.ok(), "a cluster on a full disk");
    std::cout << "full: " << created << "\n";
    // Room again: both go on, without another start.
    std::filesystem::remove(disk + "/ballast");
    absl::StatusOr<std::string> count = Count(*cluster);
    for (int i = 0; i < 200 && !count.ok(); ++i) count = Count(*cluster);
    EXPECT_IN_CHILD(count.ok(), count.status());
    EXPECT_IN_CHILD(*count == absl::StrCat(acknowledged), *count);
    const auto again = (*fake)->CreateCluster();
    EXPECT_IN_CHILD(again.ok(), again.status());
  }
  auto fake = FakeDsql::Create(options);
  EXPECT_IN_CHILD(fake.ok(), fake.status());
  auto cluster = (*fake)->cluster(arn);
  EXPECT_IN_CHILD(cluster.ok(), cluster.status());
  const auto count = Count(*cluster);
  EXPECT_IN_CHILD(count.ok(), count.status());
  EXPECT_IN_CHILD(*count == absl::StrCat(acknowledged), *count);
  return kGood;
}

void RunInChild(const std::string& key) {
  std::string pattern = ::testing::TempDir() + "/disk.XXXXXX";
  const std::string disk = mkdtemp(&pattern[0]);
  const pid_t child = fork();
  if (child == 0) {
    if (!MountDisk(disk)) _exit(kNoDisk);
    const int result = RunOnSmallDisk(disk, key);
    std::cout.flush();
    _exit(result);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  rmdir(disk.c_str());
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  if (WEXITSTATUS(status) == kNoDisk)
    GTEST_SKIP() << "this machine allows no file system of one's own";
  EXPECT_EQ(WEXITSTATUS(status), kGood);
}

TEST(FullDiskTest, WhoWritesIsToldAndNothingIsLost) { RunInChild(""); }

TEST(FullDiskTest, NothingIsLostWhereItIsEncrypted) {
  RunInChild("alias/full");
}

}  // namespace
}  // namespace dsql_testing
