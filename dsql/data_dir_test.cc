// SPDX-License-Identifier: Apache-2.0

#include "dsql/data_dir.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"
#include "dsql/storage/storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::HasSubstr;

class DataDirTest : public ::testing::Test {
 protected:
  DataDirTest() {
    std::string pattern = ::testing::TempDir() + "/data_dir.XXXXXX";
    parent_ = mkdtemp(&pattern[0]);
    path_ = parent_ + "/data";
  }
  ~DataDirTest() override { postgres::RemoveTree(parent_).IgnoreError(); }

  static absl::Status Put(Storage* storage, const std::string& value) {
    WriteBatch batch;
    batch.Put("table", "key", value);
    return storage->Commit(batch);
  }
  // The value, or the error's text.
  static std::string Get(Storage* storage) {
    const auto record = storage->Get("table", "key");
    if (!record.ok()) return std::string(record.status().message());
    return record->has_value() ? (*record)->value : "none";
  }

  std::string parent_, path_;
};

TEST_F(DataDirTest, RecordsComeBack) {
  {
    const auto made = DataDir::Open(path_);
    ASSERT_TRUE(made.ok()) << made.status();
    ASSERT_TRUE(Put((*made)->storage(), "value").ok());
  }
  const auto again = DataDir::Open(path_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Get((*again)->storage()), "value");
}

TEST_F(DataDirTest, OnlyItsOwnerEnters) {
  ASSERT_TRUE(DataDir::Open(path_).ok());
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(DataDirTest, OneAtATime) {
  const auto first = DataDir::Open(path_);
  ASSERT_TRUE(first.ok());
  const absl::Status refused = DataDir::Open(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("in use by process"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr(path_));
  // Who only tried has changed nothing: not even whom it lets pass.
  ASSERT_EQ(chmod(path_.c_str(), 0711), 0);
  EXPECT_FALSE(DataDir::Open(path_).ok());
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0711u);
  // Closed, and the object still there.
  (*first)->Close();
  EXPECT_TRUE(DataDir::Open(path_).ok());
  EXPECT_THAT(Get((*first)->storage()), HasSubstr("stopped"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Put((*first)->storage(), "late")));
}

TEST_F(DataDirTest, ANewerFormatIsRefused) {
  ASSERT_TRUE(DataDir::Open(path_).ok());
  ASSERT_TRUE(
      postgres::WriteFile(path_ + "/format", "fakedsql-data 99\n").ok());
  const absl::Status refused = DataDir::Open(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("format 99"));
  // Nothing was touched.
  EXPECT_EQ(*postgres::ReadFile(path_ + "/format"), "fakedsql-data 99\n");
}

TEST_F(DataDirTest, SomebodyElsesDirectoryIsLeftAlone) {
  ASSERT_EQ(mkdir(path_.c_str(), 0755), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0755), 0);
  ASSERT_TRUE(postgres::WriteFile(path_ + "/thesis.tex", "...").ok());
  const absl::Status refused = DataDir::Open(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("not empty"));
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0755u);
  EXPECT_NE(access((path_ + "/lock").c_str(), F_OK), 0);
  ASSERT_TRUE(postgres::WriteFile(path_ + "/format", "thesis, 1st\n").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(DataDir::Open(path_).status()));
}

TEST_F(DataDirTest, AnEmptyDirectoryIsTaken) {
  ASSERT_EQ(mkdir(path_.c_str(), 0755), 0);
  EXPECT_TRUE(DataDir::Open(path_).ok());
}

TEST_F(DataDirTest, OneThatWasOnlyBegunIsTaken) {
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  ASSERT_TRUE(postgres::WriteFile(path_ + "/lock", "").ok());
  ASSERT_TRUE(postgres::WriteFile(path_ + "/format.new", "fakedsql-d").ok());
  EXPECT_TRUE(DataDir::Open(path_).ok());
}

TEST_F(DataDirTest, WithoutAParentIsNotFound) {
  const absl::Status refused = DataDir::Open(path_ + "/below").status();
  EXPECT_TRUE(absl::IsNotFound(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr(path_ + "/below"));
}

TEST_F(DataDirTest, AnotherUsersIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make another user's";
  ASSERT_TRUE(DataDir::Open(path_).ok());
  if (chown(path_.c_str(), 65534, 65534) != 0)
    GTEST_SKIP() << "there is no other user here";
  const absl::Status refused = DataDir::Open(path_).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("65534"));
}

TEST_F(DataDirTest, AKilledProcessLeavesNoLock) {
  const pid_t child = fork();
  if (child == 0) {
    const auto held = DataDir::Open(path_);
    raise(held.ok() ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(DataDir::Open(path_).ok());
}

}  // namespace
}  // namespace dsql
