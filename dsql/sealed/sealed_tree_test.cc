// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/sealed_tree.h"

#include <stdlib.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/postgres/files.h"
#include "dsql/postgres/snapshot_manifest.h"
#include "dsql/postgres/tree_copy.h"
#include "dsql/sealed/sealed_file.h"
#include "dsql/sealed/sealed_record.h"
#include "dsql/v1/sealed.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::sealed {
namespace {

using ::testing::HasSubstr;

class SealedTreeTest : public ::testing::Test {
 protected:
  SealedTreeTest() {
    std::string pattern = ::testing::TempDir() + "/tree.XXXXXX";
    directory_ = mkdtemp(&pattern[0]);
    from_ = directory_ + "/from";
    to_ = directory_ + "/to";
    file_ = directory_ + "/sealed";
    mkdir(from_.c_str(), 0700);
  }
  ~SealedTreeTest() override { postgres::RemoveTree(directory_).IgnoreError(); }

  absl::Status Seal() {
    return SealTree(from_, *postgres::ListTree(from_), file_, key_);
  }
  absl::Status Unseal() { return UnsealTree(file_, key_, to_, absl::nullopt); }
  // A sealed file with one entry of that path.
  absl::Status UnsealEntry(const std::string& path) {
    const auto writer = SealedFileWriter::Create(file_, key_);
    v1::SealedRecord record;
    record.mutable_entry()->set_path(path);
    EXPECT_TRUE(AppendRecord(record, writer->get()).ok());
    return Unseal();
  }

  std::string directory_, from_, to_, file_;
  std::string key_ = std::string(32, 'k');
};

TEST_F(SealedTreeTest, ATreeComesBack) {
  // More than a piece.
  const std::string large((5 << 20) + 3, 'x');
  ASSERT_EQ(mkdir((from_ + "/inner").c_str(), 0750), 0);
  ASSERT_EQ(mkdir((from_ + "/empty").c_str(), 0700), 0);
  for (const auto& [name, contents] :
       std::vector<std::pair<std::string, std::string>>{
           {"/inner/large", large}, {"/none", ""}, {"/some", "a secret"}})
    ASSERT_TRUE(postgres::WriteFile(from_ + name, contents).ok());
  ASSERT_TRUE(Seal().ok());
  EXPECT_FALSE(absl::StrContains(*postgres::ReadFile(file_), "secret"));
  EXPECT_FALSE(absl::StrContains(*postgres::ReadFile(file_), "inner"));
  const absl::Status status = Unseal();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(postgres::HaveSameFiles(*postgres::ListTree(from_),
                                      *postgres::ListTree(to_)));
  EXPECT_EQ(*postgres::ReadFile(to_ + "/inner/large"), large);
  EXPECT_EQ(*postgres::ReadFile(to_ + "/some"), "a secret");
}

TEST_F(SealedTreeTest, OneThatIsCutIsDamaged) {
  ASSERT_TRUE(postgres::WriteFile(from_ + "/file", "contents").ok());
  ASSERT_TRUE(Seal().ok());
  const std::string bytes = *postgres::ReadFile(file_);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_TRUE(postgres::WriteFile(file_, bytes.substr(0, size)).ok());
    const absl::Status status = Unseal();
    ASSERT_TRUE(absl::IsDataLoss(status)) << size << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(file_));
    ASSERT_TRUE(postgres::RemoveTree(to_).ok());
  }
}

TEST_F(SealedTreeTest, AFileThatBecomesShorterIsNotSealedByHalves) {
  ASSERT_TRUE(postgres::WriteFile(from_ + "/file", "contents").ok());
  const auto entries = *postgres::ListTree(from_);
  ASSERT_TRUE(postgres::WriteFile(from_ + "/file", "cont").ok());
  EXPECT_TRUE(absl::IsDataLoss(SealTree(from_, entries, file_, key_)));
}

TEST_F(SealedTreeTest, NothingIsMadeOutsideOfIt) {
  for (const char* path :
       {"../escaped", "/tmp/escaped", "a/../../escaped", "", ".", "a//b"}) {
    EXPECT_TRUE(absl::IsDataLoss(UnsealEntry(path))) << path;
    ASSERT_TRUE(postgres::RemoveTree(to_).ok());
  }
  EXPECT_TRUE(
      absl::IsNotFound(postgres::ReadFile(directory_ + "/escaped").status()));
}

}  // namespace
}  // namespace dsql::sealed
