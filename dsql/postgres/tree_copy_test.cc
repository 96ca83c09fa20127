// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/tree_copy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
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

// The list of `root` as text, in an order of its own.
std::string Listed(const std::string& root) {
  auto entries = ListTree(root);
  EXPECT_TRUE(entries.ok()) << entries.status();
  absl::c_sort(*entries, [](const TreeEntry& a, const TreeEntry& b) {
    return a.path < b.path;
  });
  return SerializeTree(*entries);
}

ino_t InodeOf(const std::string& path) {
  struct stat info = {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return info.st_ino;
}

TEST_F(TreeCopyTest, ACopyKeepsTheTimesOfFiles) {
  DSQL_ASSERT_OK(CopyTree(from_, entries_, to_, absl::nullopt));
  EXPECT_EQ(Listed(to_), Listed(from_));
}

TEST_F(TreeCopyTest, RestoresWhatWasUsed) {
  const struct {
    const char* what;
    std::function<void(const std::string&)> use;
  } cases[] = {
      {"nothing", [](const std::string&) {}},
      {"a file grew",
       [](const std::string& to) {
         DSQL_ASSERT_OK(WriteFile(to + "/empty", "no more"));
       }},
      {"a file was cut",
       [](const std::string& to) {
         DSQL_ASSERT_OK(WriteFile(to + "/sub/big file", ""));
       }},
      {"another text of the same size",
       [](const std::string& to) {
         DSQL_ASSERT_OK(
             WriteFile(to + "/sub/big file", std::string(1 << 20, 'y')));
       }},
      {"a file was removed",
       [](const std::string& to) {
         DSQL_ASSERT_OK(RemoveTree(to + "/empty"));
       }},
      {"a directory was removed",
       [](const std::string& to) { DSQL_ASSERT_OK(RemoveTree(to + "/sub")); }},
      {"a directory is a file",
       [](const std::string& to) {
         DSQL_ASSERT_OK(RemoveTree(to + "/sub"));
         DSQL_ASSERT_OK(WriteFile(to + "/sub", ""));
       }},
      {"a file is a directory",
       [](const std::string& to) {
         DSQL_ASSERT_OK(RemoveTree(to + "/empty"));
         ASSERT_EQ(mkdir((to + "/empty").c_str(), 0700), 0);
         DSQL_ASSERT_OK(WriteFile(to + "/empty/x", ""));
       }},
      {"a file is a link",
       [](const std::string& to) {
         DSQL_ASSERT_OK(RemoveTree(to + "/empty"));
         ASSERT_EQ(symlink("sub/big file", (to + "/empty").c_str()), 0);
       }},
      {"other modes",
       [](const std::string& to) {
         ASSERT_EQ(chmod((to + "/empty").c_str(), 0640), 0);
         ASSERT_EQ(chmod((to + "/sub").c_str(), 0700), 0);
       }},
      {"more",
       [](const std::string& to) {
         ASSERT_EQ(mkdir((to + "/sub/more").c_str(), 0700), 0);
         DSQL_ASSERT_OK(WriteFile(to + "/sub/more/x", ""));
         ASSERT_EQ(symlink("/", (to + "/root").c_str()), 0);
         ASSERT_EQ(mkfifo((to + "/fifo").c_str(), 0600), 0);
       }},
  };
  DSQL_ASSERT_OK(CopyTree(from_, entries_, to_, absl::nullopt));
  for (const auto& test_case : cases) {
    SCOPED_TRACE(test_case.what);
    test_case.use(to_);
    DSQL_ASSERT_OK(RestoreTree(from_, entries_, to_, absl::nullopt));
    EXPECT_EQ(Listed(to_), Listed(from_));
    auto contents = ReadFile(to_ + "/sub/big file");
    DSQL_ASSERT_OK(contents);
    EXPECT_EQ(*contents, std::string(1 << 20, 'x'));
  }
}

TEST_F(TreeCopyTest, RestoresTheDirectoryItself) {
  DSQL_ASSERT_OK(CopyTree(from_, entries_, to_, absl::nullopt));
  ASSERT_EQ(chmod(to_.c_str(), 0755), 0);
  DSQL_ASSERT_OK(RestoreTree(from_, entries_, to_, absl::nullopt));
  struct stat info;
  ASSERT_EQ(stat(to_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

TEST_F(TreeCopyTest, FollowsNoLinkToWhatIsNotItsOwn) {
  const std::string others = directory_ + "/others";
  ASSERT_EQ(mkdir(others.c_str(), 0700), 0);
  DSQL_ASSERT_OK(WriteFile(others + "/file", "x"));
  ASSERT_EQ(symlink(others.c_str(), to_.c_str()), 0);
  EXPECT_FALSE(RestoreTree(from_, entries_, to_, absl::nullopt).ok());
  EXPECT_TRUE(PathExists(others + "/file"));
}

TEST_F(TreeCopyTest, LeavesWhatNobodyUsed) {
  DSQL_ASSERT_OK(CopyTree(from_, entries_, to_, absl::nullopt));
  const ino_t inode = InodeOf(to_ + "/sub/big file");
  DSQL_ASSERT_OK(WriteFile(to_ + "/empty", "x"));
  DSQL_ASSERT_OK(RestoreTree(from_, entries_, to_, absl::nullopt));
  EXPECT_EQ(InodeOf(to_ + "/sub/big file"), inode);
}

TEST_F(TreeCopyTest, RestoresFromNothingThatIsBroken) {
  DSQL_ASSERT_OK(CopyTree(from_, entries_, to_, absl::nullopt));
  DSQL_ASSERT_OK(WriteFile(from_ + "/sub/big file", "x"));
  DSQL_ASSERT_OK(WriteFile(to_ + "/sub/big file", "x"));
  EXPECT_TRUE(
      absl::IsDataLoss(RestoreTree(from_, entries_, to_, absl::nullopt)));
  DSQL_ASSERT_OK(RemoveTree(from_));
  EXPECT_TRUE(
      absl::IsDataLoss(RestoreTree(from_, entries_, to_, absl::nullopt)));
}

TEST_F(TreeCopyTest, AFullDiskSaysWhatToDo) {
  const absl::Status status = FileError(ENOSPC, "write", "/x");
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_NE(status.message().find("free some space"), std::string::npos);
}

}  // namespace
}  // namespace dsql::postgres
