// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/durable_data.h"

#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/snapshot_manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

using ::testing::HasSubstr;

class DurableDataTest : public ::testing::Test {
 protected:
  DurableDataTest() {
    parent_ = *MakeUniqueDirectory(
        absl::StrCat(::testing::TempDir(), "/durable.XXXXXX"));
    directory_ = parent_ + "/database";
  }
  ~DurableDataTest() override { RemoveTree(parent_).IgnoreError(); }

  absl::StatusOr<std::unique_ptr<DurableData>> Open(bool others_pass = false) {
    return DurableData::Open(directory_, others_pass, absl::ZeroDuration());
  }

  static SnapshotKind Kind() {
    SnapshotKind kind;
    kind.postgres_version = "15";
    kind.architecture = "x86_64";
    kind.options = 7;
    return kind;
  }

  // Data that consists of one text.
  static DurableData::Make Text(const std::string& text) {
    return [text](const std::string& to) { return WriteFile(to, text); };
  }

  std::string parent_, directory_;
};

TEST_F(DurableDataTest, IsEmptyAtFirst) {
  auto data = Open();
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_TRUE((*data)->empty());
}

TEST_F(DurableDataTest, WhatWasActivatedIsThereAfterwards) {
  {
    auto data = Open();
    ASSERT_TRUE(data.ok()) << data.status();
    ASSERT_TRUE((*data)->Stage(Kind(), Text("one")).ok());
    EXPECT_TRUE((*data)->empty()) << "staged only";
    ASSERT_TRUE((*data)->Activate().ok());
    EXPECT_EQ(*ReadFile((*data)->path()), "one");
  }
  auto data = Open();
  ASSERT_TRUE(data.ok()) << data.status();
  ASSERT_FALSE((*data)->empty());
  EXPECT_EQ(*ReadFile((*data)->path()), "one");
  EXPECT_EQ((*data)->kind().postgres_version, "15");
  EXPECT_EQ((*data)->kind().options, 7u);
}

TEST_F(DurableDataTest, WhatWasOnlyStagedIsGoneAfterwards) {
  std::string unfinished;
  {
    auto data = Open();
    ASSERT_TRUE((*data)->Stage(Kind(), Text("one")).ok());
    ASSERT_TRUE((*data)->Activate().ok());
    ASSERT_TRUE((*data)
                    ->Stage(Kind(),
                            [&](const std::string& to) {
                              unfinished = to;
                              return WriteFile(to, "two");
                            })
                    .ok());
    EXPECT_EQ(*ReadFile((*data)->path()), "one");
  }
  auto data = Open();
  EXPECT_EQ(*ReadFile((*data)->path()), "one");
  EXPECT_NE(access(unfinished.c_str(), F_OK), 0);
}

TEST_F(DurableDataTest, AnotherGenerationTakesThePlaceOfTheOneBefore) {
  auto data = Open();
  ASSERT_TRUE((*data)->Stage(Kind(), Text("one")).ok());
  ASSERT_TRUE((*data)->Activate().ok());
  const std::string before = (*data)->path();
  ASSERT_TRUE((*data)->Stage(Kind(), Text("two")).ok());
  ASSERT_TRUE((*data)->Activate().ok());
  EXPECT_EQ(*ReadFile((*data)->path()), "two");
  EXPECT_NE(access(before.c_str(), F_OK), 0);
}

TEST_F(DurableDataTest, StagingThatFailsChangesNothing) {
  auto data = Open();
  ASSERT_TRUE((*data)->Stage(Kind(), Text("one")).ok());
  ASSERT_TRUE((*data)->Activate().ok());
  EXPECT_TRUE(
      absl::IsResourceExhausted((*data)->Stage(Kind(), [](const std::string&) {
        return absl::ResourceExhaustedError("full");
      })));
  EXPECT_EQ(*ReadFile((*data)->path()), "one");
}

TEST_F(DurableDataTest, IsHeldByOneAtATime) {
  auto data = Open();
  ASSERT_TRUE(data.ok());
  EXPECT_TRUE(absl::IsUnavailable(Open().status())) << Open().status();
  data->reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(DurableDataTest, DamageIsTold) {
  ASSERT_TRUE(Open().ok());
  ASSERT_TRUE(WriteFile(directory_ + "/CURRENT", "nonsense").ok());
  EXPECT_TRUE(absl::IsDataLoss(Open().status()));
  ASSERT_TRUE(WriteFile(directory_ + "/CURRENT", "4\n").ok());
  const absl::Status missing = Open().status();
  EXPECT_TRUE(absl::IsDataLoss(missing));
  EXPECT_THAT(std::string(missing.message()), HasSubstr("/4"));
}

TEST_F(DurableDataTest, ANewerFormatIsRefused) {
  {
    auto data = Open();
    ASSERT_TRUE((*data)->Stage(Kind(), Text("one")).ok());
    ASSERT_TRUE((*data)->Activate().ok());
  }
  ASSERT_TRUE(
      WriteFile(directory_ + "/1/MANIFEST", "fakedsql-snapshot 99\n").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Open().status())) << Open().status();
}

TEST_F(DurableDataTest, OthersPassOnlyWhereTheyMust) {
  struct stat status;
  ASSERT_TRUE(Open().ok());
  ASSERT_EQ(stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_TRUE(Open(/*others_pass=*/true).ok());
  ASSERT_EQ(stat(directory_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0711u);
}

TEST_F(DurableDataTest, RemoveLeavesNothing) {
  auto data = Open();
  ASSERT_TRUE((*data)->Stage(Kind(), Text("one")).ok());
  ASSERT_TRUE((*data)->Activate().ok());
  ASSERT_TRUE((*data)->Remove().ok());
  EXPECT_NE(access(directory_.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace dsql::postgres
