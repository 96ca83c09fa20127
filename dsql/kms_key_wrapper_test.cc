// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms_key_wrapper.h"

#include <string>

#include "absl/status/status.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"
#include "dsql/kms/kms_options.h"
#include "dsql/sealed/key_wrapper.h"
#include "dsql/storage/in_memory_storage.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kUnknownKey[] =
    "arn:aws:kms:us-east-1:000000000000:key/"
    "11111111-2222-3333-4444-555555555555";

class KmsKeyWrapperTest : public ::testing::Test {
 protected:
  explicit KmsKeyWrapperTest(bool strict = false)
      : kms_("000000000000", Options(strict), &storage_, &clock_, &ids_,
             nullptr),
        wrapper_([this] { return &kms_; }, &storage_) {}

  static kms::KmsOptions Options(bool strict) {
    kms::KmsOptions options;
    options.strict = strict;
    return options;
  }

  std::string NewKey() {
    const auto key = kms_.CreateKey();
    EXPECT_TRUE(key.ok()) << key.status();
    return key.ok() ? key->arn : "";
  }

  InMemoryStorage storage_;
  SimulatedClock clock_;
  RandomIdGenerator ids_;
  kms::Kms kms_;
  KmsKeyWrapper wrapper_;
};

TEST_F(KmsKeyWrapperTest, AClusterGetsBackWhatWasMadeForIt) {
  const auto made = wrapper_.GenerateDataKey({"one", NewKey()});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->plaintext.size(), 32u);
  EXPECT_EQ(made->ciphertext_blob.find(made->plaintext), std::string::npos);
  const auto again = wrapper_.Decrypt(made->ciphertext_blob, "one");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, made->plaintext);
}

TEST_F(KmsKeyWrapperTest, AnotherClusterDoesNot) {
  const auto made = wrapper_.GenerateDataKey({"one", NewKey()});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(kms::ExceptionNameOf(
                wrapper_.Decrypt(made->ciphertext_blob, "two").status()),
            kms::kInvalidCiphertext);
}

TEST_F(KmsKeyWrapperTest, NeitherDoesWhoseKeyIsDisabled) {
  const std::string key = NewKey();
  const auto made = wrapper_.GenerateDataKey({"one", key});
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_TRUE(kms_.DisableKey(key).ok());
  EXPECT_EQ(kms::ExceptionNameOf(
                wrapper_.Decrypt(made->ciphertext_blob, "one").status()),
            kms::kDisabled);
  EXPECT_EQ(
      kms::ExceptionNameOf(wrapper_.GenerateDataKey({"one", key}).status()),
      kms::kDisabled);
}

TEST_F(KmsKeyWrapperTest, AKeyThatNobodyHasCreatedIsCreated) {
  EXPECT_FALSE(kms_.DescribeKey(kUnknownKey).ok());
  const auto made = wrapper_.GenerateDataKey({"one", kUnknownKey});
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(kms_.DescribeKey(kUnknownKey).ok());
  EXPECT_TRUE(wrapper_.Decrypt(made->ciphertext_blob, "one").ok());
}

class StrictKmsKeyWrapperTest : public KmsKeyWrapperTest {
 protected:
  StrictKmsKeyWrapperTest() : KmsKeyWrapperTest(true) {}
};

TEST_F(StrictKmsKeyWrapperTest, AKeyThatNobodyHasCreatedIsAnError) {
  EXPECT_FALSE(wrapper_.GenerateDataKey({"one", kUnknownKey}).ok());
  EXPECT_FALSE(kms_.DescribeKey(kUnknownKey).ok());
}

}  // namespace
}  // namespace dsql
