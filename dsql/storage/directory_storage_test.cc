// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/directory_storage.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dsql/storage/sqlite_database.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/testing/storage_conformance.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;
using ::dsql_testing::StatusIs;
using ::dsql_testing::StorageConformanceName;
using ::dsql_testing::StorageConformanceParam;
using ::dsql_testing::StorageConformanceTest;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A new name in the directory of this test.
std::string NewPath() {
  static int count = 0;
  return absl::StrCat(::testing::TempDir(), "/records-", getpid(), "-",
                      ++count);
}

std::unique_ptr<Storage> OpenOrNull(const std::string& path) {
  auto storage = DirectoryStorage::Open(path);
  EXPECT_THAT(storage, IsOk());
  return storage.ok() ? *std::move(storage) : nullptr;
}

StorageConformanceParam Param() {
  auto path = std::make_shared<std::string>();
  StorageConformanceParam param;
  param.name = "Directory";
  param.new_storage = [path] { return OpenOrNull(*path = NewPath()); };
  param.reopen = [path] { return OpenOrNull(*path); };
  return param;
}

INSTANTIATE_TEST_SUITE_P(Directory, StorageConformanceTest,
                         ::testing::Values(Param()), StorageConformanceName);

class DirectoryStorageTest : public ::testing::Test {
 protected:
  std::string File() const { return path_ + "/records.sqlite3"; }

  absl::Status Open() { return DirectoryStorage::Open(path_).status(); }

  static absl::Status Put(Storage& storage, const std::string& key,
                          size_t size) {
    WriteBatch batch;
    batch.Put("table", key, std::string(size, 'x'));
    return storage.Commit(batch);
  }

  const std::string path_ = NewPath();
};

TEST_F(DirectoryStorageTest, OnlyTheOwnerMayEnter) {
  ASSERT_EQ(mkdir(path_.c_str(), 0755), 0);
  EXPECT_THAT(Open(), IsOk());
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(DirectoryStorageTest, OneObjectAtATime) {
  auto storage = DirectoryStorage::Open(path_);
  ASSERT_THAT(storage, IsOk());
  EXPECT_THAT(Open(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(path_),
                             HasSubstr(absl::StrCat("process ", getpid())))));
  storage->reset();
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(DirectoryStorageTest, TheLockOfADeadProcessIsNoLock) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto storage = DirectoryStorage::Open(path_);
    if (!storage.ok() || write(ready[1], "x", 1) != 1) _exit(1);
    while (true) pause();
  }
  close(ready[1]);
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr(absl::StrCat("process ", child))));
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_THAT(Open(), IsOk());
}

// A process that is killed between fork() and exec() has a child that still has
// the lock.
TEST_F(DirectoryStorageTest, ALockThatADeadProcessLeftToItsChildIsWaitedFor) {
  const pid_t parent = fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    auto storage = DirectoryStorage::Open(path_);
    if (!storage.ok()) _exit(1);
    const pid_t child = fork();
    // As long as it may take to get to exec() on a busy machine.
    if (child == 0) poll(nullptr, 0, 300);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(parent, &status, 0), parent);
  ASSERT_EQ(status, 0);
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(DirectoryStorageTest, AnotherUsersDirectoryIsRefused) {
  // Root may give one away; for others, and in a sandbox, there is /etc.
  std::string path = path_;
  ASSERT_EQ(mkdir(path.c_str(), 0777), 0);
  if (chown(path.c_str(), 12345, 12345) != 0) path = "/etc";
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  if (status.st_uid == geteuid()) GTEST_SKIP() << "all belongs to this user";
  EXPECT_THAT(DirectoryStorage::Open(path).status(),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr(path), HasSubstr("belongs to user"))));
}

TEST_F(DirectoryStorageTest, WhatIsNoDirectoryIsRefused) {
  std::ofstream(path_) << "text";
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("is no directory")));
  EXPECT_THAT(DirectoryStorage::Open(path_ + "-missing/records").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("-missing")));
}

TEST_F(DirectoryStorageTest, ANewerFormatIsRefusedAndLeftAlone) {
  ASSERT_THAT(Put(*OpenOrNull(path_), "key", 1), IsOk());
  {
    auto database = SqliteDatabase::Open(File());
    ASSERT_THAT(database, IsOk());
    ASSERT_THAT((*database)->Execute("PRAGMA user_version = 2"), IsOk());
  }
  EXPECT_THAT(Open(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("format 2"), HasSubstr("newer"))));
  {
    auto database = SqliteDatabase::Open(File());
    ASSERT_THAT((*database)->Execute("PRAGMA user_version = 1"), IsOk());
  }
  auto storage = DirectoryStorage::Open(path_);
  ASSERT_THAT(storage, IsOk());
  EXPECT_TRUE((*storage)->Get("table", "key")->has_value());
}

TEST_F(DirectoryStorageTest, AnotherProgramsDatabaseIsRefused) {
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  {
    auto database = SqliteDatabase::Open(File());
    ASSERT_THAT(database, IsOk());
    ASSERT_THAT((*database)->Execute("CREATE TABLE records (a)"), IsOk());
  }
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("another program's")));
}

TEST_F(DirectoryStorageTest, WhatIsNoDatabaseIsRefused) {
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  std::ofstream(File()) << std::string(10000, 'x');
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr(File())));
}

// As much of a full disk as a test may have: files that may not grow.
TEST_F(DirectoryStorageTest, AFullDiskIsToldAndLosesNothing) {
  auto storage = DirectoryStorage::Open(path_);
  ASSERT_THAT(storage, IsOk());
  ASSERT_THAT(Put(**storage, "before", 1000), IsOk());
  rlimit original;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &original), 0);
  signal(SIGXFSZ, SIG_IGN);
  rlimit full = original;
  full.rlim_cur = 200 << 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  const absl::Status refused = Put(**storage, "large", 1 << 20);
  const absl::Status small = Put(**storage, "small", 1);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &original), 0);
  EXPECT_THAT(refused,
              StatusIs(absl::StatusCode::kResourceExhausted,
                       AllOf(HasSubstr(File()), HasSubstr("disk is full"))));
  EXPECT_THAT(small, IsOk());
  EXPECT_THAT(Put(**storage, "after", 1 << 20), IsOk());
  storage->reset();
  storage = DirectoryStorage::Open(path_);
  ASSERT_THAT(storage, IsOk());
  EXPECT_TRUE((*storage)->Get("table", "before")->has_value());
  EXPECT_FALSE((*storage)->Get("table", "large")->has_value());
  EXPECT_TRUE((*storage)->Get("table", "small")->has_value());
  EXPECT_TRUE((*storage)->Get("table", "after")->has_value());
}

}  // namespace
}  // namespace dsql
