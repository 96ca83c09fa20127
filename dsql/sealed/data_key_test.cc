// SPDX-License-Identifier: Apache-2.0

#include "dsql/sealed/data_key.h"

#include <stdlib.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/postgres/files.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/sealed/test_key_wrapper.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql::sealed {
namespace {

using ::testing::HasSubstr;

const ClusterKey kOne = {"cluster-1", "arn:one"};
const ClusterKey kTwo = {"cluster-2", "arn:two"};

class DataKeyTest : public ::testing::Test {
 protected:
  DataKeyTest() {
    std::string pattern = ::testing::TempDir() + "/key.XXXXXX";
    directory_ = mkdtemp(&pattern[0]);
    path_ = directory_ + "/KEYS";
  }
  ~DataKeyTest() override { postgres::RemoveTree(directory_).IgnoreError(); }

  // Its bytes.
  std::string Make(const std::vector<ClusterKey>& keys) {
    const auto key = DataKey::Create(keys, &wrapper_);
    EXPECT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(key->Write(path_).ok());
    return key->plaintext();
  }

  TestKeyWrapper wrapper_;
  std::string directory_, path_;
};

TEST_F(DataKeyTest, ComesBack) {
  const std::string plaintext = Make({kOne});
  EXPECT_EQ(plaintext.size(), 32u);
  const auto key = DataKey::Open(path_, &wrapper_);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->plaintext(), plaintext);
  EXPECT_FALSE(absl::StrContains(*postgres::ReadFile(path_), plaintext));
}

TEST_F(DataKeyTest, IsAnotherOneEachTime) {
  EXPECT_NE(Make({kOne}), Make({kOne}));
}

TEST_F(DataKeyTest, IsNotMadeWithADisabledKey) {
  wrapper_.disabled = {"arn:one"};
  const absl::Status status = DataKey::Create({kOne}, &wrapper_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("arn:one is disabled"));
}

TEST_F(DataKeyTest, IsNotOpenedWithADisabledKey) {
  const std::string plaintext = Make({kOne});
  wrapper_.disabled = {"arn:one"};
  const absl::Status status = DataKey::Open(path_, &wrapper_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("arn:one is disabled"));
  wrapper_.disabled.clear();
  EXPECT_EQ(DataKey::Open(path_, &wrapper_)->plaintext(), plaintext);
}

TEST_F(DataKeyTest, OneOfItsKeysIsEnough) {
  const std::string plaintext = Make({kOne, kTwo});
  for (const char* arn : {"arn:one", "arn:two"}) {
    wrapper_.disabled = {arn};
    const auto key = DataKey::Open(path_, &wrapper_);
    ASSERT_TRUE(key.ok()) << arn << ": " << key.status();
    EXPECT_EQ(key->plaintext(), plaintext);
  }
  wrapper_.disabled = {"arn:one", "arn:two"};
  EXPECT_TRUE(
      absl::IsFailedPrecondition(DataKey::Open(path_, &wrapper_).status()));
}

TEST_F(DataKeyTest, IsKeptByAnotherKey) {
  const std::string plaintext = Make({kOne});
  auto key = DataKey::Open(path_, &wrapper_);
  ASSERT_TRUE(key.ok()) << key.status();
  const auto changed = key->Rewrap({kTwo}, &wrapper_);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_TRUE(*changed);
  ASSERT_TRUE(key->Write(path_).ok());
  // The one before is of no use any more.
  wrapper_.disabled = {"arn:one"};
  const auto again = DataKey::Open(path_, &wrapper_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->plaintext(), plaintext);
  wrapper_.disabled = {"arn:two"};
  EXPECT_FALSE(DataKey::Open(path_, &wrapper_).ok());
}

// As the key of a server that runs while the cluster gets another key.
TEST_F(DataKeyTest, IsWrittenByTheKeysThatSomebodyElseGaveIt) {
  auto running = DataKey::Create({kOne}, &wrapper_);
  ASSERT_TRUE(running.ok() && running->Write(path_).ok());
  auto other = DataKey::Open(path_, &wrapper_);
  ASSERT_TRUE(other.ok()) << other.status();
  ASSERT_TRUE(other->Rewrap({kTwo}, &wrapper_).ok());
  ASSERT_TRUE(other->Write(path_).ok());
  wrapper_.disabled = {"arn:one"};
  ASSERT_TRUE(running->Refresh(path_).ok());
  ASSERT_TRUE(running->Write(path_).ok());
  const auto opened = DataKey::Open(path_, &wrapper_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->plaintext(), running->plaintext());
}

TEST_F(DataKeyTest, TheSameKeysAreNotAsked) {
  Make({kOne});
  auto key = DataKey::Open(path_, &wrapper_);
  wrapper_.disabled = {"arn:one"};
  const auto changed = key->Rewrap({kOne}, &wrapper_);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_FALSE(*changed);
  EXPECT_EQ(wrapper_.made(), 1u);
}

TEST_F(DataKeyTest, WithoutKeysNoneIsNeeded) {
  const std::string plaintext = Make({kOne});
  auto key = DataKey::Open(path_, &wrapper_);
  ASSERT_TRUE(key.ok()) << key.status();
  ASSERT_TRUE(key->Rewrap({}, &wrapper_).ok());
  ASSERT_TRUE(key->Write(path_).ok());
  wrapper_.disabled = {"arn:one"};
  EXPECT_EQ(DataKey::Open(path_, &wrapper_)->plaintext(), plaintext);
}

TEST_F(DataKeyTest, NoUsableKeyChangesNothing) {
  const std::string plaintext = Make({kOne});
  auto key = DataKey::Open(path_, &wrapper_);
  wrapper_.disabled = {"arn:two"};
  EXPECT_TRUE(
      absl::IsFailedPrecondition(key->Rewrap({kTwo}, &wrapper_).status()));
  ASSERT_TRUE(key->Write(path_).ok());
  EXPECT_EQ(DataKey::Open(path_, &wrapper_)->plaintext(), plaintext);
}

TEST_F(DataKeyTest, AnythingThatWasChangedIsNoticed) {
  Make({kOne});
  const std::string bytes = *postgres::ReadFile(path_);
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] ^= 0x20;
    ASSERT_TRUE(postgres::WriteFile(path_, changed).ok());
    EXPECT_FALSE(DataKey::Open(path_, &wrapper_).ok()) << at;
  }
  ASSERT_TRUE(postgres::WriteFile(path_, "").ok());
  EXPECT_TRUE(absl::IsDataLoss(DataKey::Open(path_, &wrapper_).status()));
}

}  // namespace
}  // namespace dsql::sealed
