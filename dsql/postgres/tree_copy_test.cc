// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/tree_copy.h"

#include <sys/stat.h>

#include "absl/status/status.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/test_support.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

class TreeCopyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    mkdir(from_.c_str(), 0700);
    mkdir((from_ + "/sub").c_str(), 0750);
    DSQL_ASSERT_OK(WriteFile(from_ + "/empty", ""));
    DSQL_ASSERT_OK(
        WriteFile(from_ + "/sub/big file", std::string(1 << 20, 'x')));
    auto entries = ListTree(from_);
    DSQL_ASSERT_OK(entries);
    entries_ = *std::move(entries);
  }

  const std::string directory_ = MakeTestDirectory("tree");
  const std::string from_ = directory_ + "/from";
  const std::string to_ = directory_ + "/to";
  std::vector<TreeEntry> entries_;
};

TEST_F(TreeCopyTest, CopiesFilesAndModes) {
  DSQL_ASSERT_OK(CopyTree(from_, entries_, to_, absl::nullopt));
  auto contents = ReadFile(to_ + "/sub/big file");
  DSQL_ASSERT_OK(contents);
  EXPECT_EQ(contents->size(), size_t{1} << 20);
  struct stat info;
  ASSERT_EQ(stat((to_ + "/sub").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0750u);
  EXPECT_TRUE(PathExists(to_ + "/empty"));
}

TEST_F(TreeCopyTest, AListSurvivesItsTextForm) {
  auto parsed = ParseTree(SerializeTree(entries_));
  DSQL_ASSERT_OK(parsed);
  EXPECT_EQ(SerializeTree(*parsed), SerializeTree(entries_));
  EXPECT_TRUE(absl::IsDataLoss(ParseTree("f 1 x").status()));
}

TEST_F(TreeCopyTest, NoticesAMissingFile) {
  DSQL_ASSERT_OK(RemoveTree(from_ + "/empty"));
  EXPECT_TRUE(absl::IsDataLoss(CopyTree(from_, entries_, to_, absl::nullopt)));
}

TEST_F(TreeCopyTest, NoticesACutFile) {
  DSQL_ASSERT_OK(WriteFile(from_ + "/sub/big file", "x"));
  EXPECT_TRUE(absl::IsDataLoss(CopyTree(from_, entries_, to_, absl::nullopt)));
}

TEST_F(TreeCopyTest, NoticesARewrittenFile) {
  DSQL_ASSERT_OK(WriteFile(from_ + "/sub/big file", std::string(1 << 20, 'y')));
  EXPECT_TRUE(absl::IsDataLoss(CopyTree(from_, entries_, to_, absl::nullopt)));
}

TEST_F(TreeCopyTest, AFullDiskSaysWhatToDo) {
  const absl::Status status = FileError(ENOSPC, "write", "/x");
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_NE(status.message().find("free some space"), std::string::npos);
}

}  // namespace
}  // namespace dsql::postgres
