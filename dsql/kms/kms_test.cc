// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/kms.h"

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/base/id_generator.h"
#include "dsql/kms/key_listener.h"
#include "dsql/kms/key_metadata.h"
#include "dsql/kms/key_name.h"
#include "dsql/kms/key_policy.h"
#include "dsql/kms/kms_error.h"
#include "dsql/kms/kms_options.h"
#include "dsql/storage/in_memory_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/v1/records.pb.h"
#include "gtest/gtest.h"

namespace dsql::kms {
namespace {

using Context = std::map<std::string, std::string>;

class RecordingListener final : public KeyListener {
 public:
  absl::Status KeyChanged(absl::string_view key_arn) override {
    changed.emplace_back(key_arn);
    return absl::OkStatus();
  }
  absl::Status Propagate() override {
    ++propagations;
    return absl::OkStatus();
  }

  std::vector<std::string> changed;
  int propagations = 0;
};

class KmsTest : public testing::Test {
 protected:
  static KmsOptions Strict() {
    KmsOptions options;
    options.strict = true;
    return options;
  }

  std::string NewKey() { return kms_.CreateKey().value().arn; }

  KeyState StateOf(absl::string_view key) {
    return kms_.DescribeKey(key).value().state;
  }

  // What a cluster of us-east-1 that names `key` finds, and what is there then.
  static absl::StatusOr<v1::KmsKeyRecord> Use(Kms* kms, Storage* storage,
                                              absl::string_view key) {
    WriteBatch batch;
    auto found = kms->FindForUse(
        KeyName::Parse(key, "us-east-1", "000000000000").value(), &batch);
    if (!found.ok()) return found;
    EXPECT_TRUE(storage->Commit(batch).ok());
    return found;
  }

  SimulatedClock clock_;
  SeededIdGenerator ids_{1};
  InMemoryStorage storage_;
  RecordingListener listener_;
  Kms kms_{"000000000000", KmsOptions(), &storage_, &clock_, &ids_, &listener_};
  Kms strict_{"000000000000", Strict(), &storage_, &clock_, &ids_, nullptr};
};

template <typename T>
std::string NameOf(const absl::StatusOr<T>& result) {
  return result.ok() ? "OK" : ExceptionNameOf(result.status());
}

std::string NameOf(const absl::Status& status) {
  return status.ok() ? "OK" : ExceptionNameOf(status);
}

TEST_F(KmsTest, ANewKeyIsEnabledAndSymmetric) {
  KeySpecification wanted;
  wanted.region = "eu-west-1";
  wanted.description = "of the shop";
  const auto key = kms_.CreateKey(wanted);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->arn, absl::StrCat("arn:aws:kms:eu-west-1:000000000000:key/",
                                   key->key_id));
  EXPECT_EQ(key->key_id.size(), 36);
  EXPECT_EQ(key->description, "of the shop");
  EXPECT_EQ(key->key_spec, kSymmetricDefault);
  EXPECT_EQ(key->key_usage, kEncryptDecrypt);
  EXPECT_EQ(key->state, KeyState::kEnabled);
  EXPECT_EQ(key->creation_date, clock_.Now());
  EXPECT_FALSE(key->multi_region);
  EXPECT_FALSE(key->deletion_date.has_value());
}

TEST_F(KmsTest, AMultiRegionKeyHasAnIdOfItsOwnForm) {
  KeySpecification wanted;
  wanted.multi_region = true;
  const auto key = kms_.CreateKey(wanted);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(absl::StartsWith(key->key_id, "mrk-"));
  EXPECT_TRUE(kms_.DescribeKey(key->key_id).value().multi_region);
}

TEST_F(KmsTest, AKeyIsFoundByIdArnAliasAndAliasArn) {
  const KeyMetadata key = kms_.CreateKey().value();
  ASSERT_TRUE(kms_.CreateAlias("alias/shop", key.key_id).ok());
  for (const std::string& name :
       {key.key_id, key.arn, std::string("alias/shop"),
        std::string("arn:aws:kms:us-east-1:000000000000:alias/shop")}) {
    const auto found = kms_.DescribeKey(name);
    ASSERT_TRUE(found.ok()) << name << found.status();
    EXPECT_EQ(found->arn, key.arn) << name;
  }
  EXPECT_EQ(NameOf(kms_.DescribeKey(key.key_id, "us-west-2")), kNotFound);
  EXPECT_EQ(NameOf(kms_.DescribeKey("alias/shop", "us-west-2")), kNotFound);
}

TEST_F(KmsTest, NamesThatAreNoneAreRefused) {
  EXPECT_EQ(NameOf(kms_.DescribeKey("alias/nobodys")), kNotFound);
  EXPECT_EQ(NameOf(kms_.DescribeKey("no key")), kNotFound);
  EXPECT_EQ(NameOf(kms_.DescribeKey("arn:aws:s3:::bucket")), kInvalidArn);
  EXPECT_EQ(NameOf(kms_.DescribeKey("arn:aws:kms:us-east-1:0:key/a")),
            kInvalidArn);
}

TEST_F(KmsTest, KindsOfKeysThatThereAreNotAreRefused) {
  KeySpecification key;
  key.key_spec = "RSA_2048";
  EXPECT_EQ(NameOf(kms_.CreateKey(key)), "OK");
  key.key_usage = kSignVerify;
  EXPECT_EQ(NameOf(kms_.CreateKey(key)), "OK");
  key.key_usage = kGenerateVerifyMac;
  EXPECT_EQ(NameOf(kms_.CreateKey(key)), kValidation);
  key.key_spec = "DES";
  EXPECT_EQ(NameOf(kms_.CreateKey(key)), kValidation);
}

TEST_F(KmsTest, AnAliasIsOfOneKeyUntilItIsDeleted) {
  const std::string first = NewKey();
  const std::string second = NewKey();
  ASSERT_TRUE(kms_.CreateAlias("alias/shop", first).ok());
  EXPECT_EQ(NameOf(kms_.CreateAlias("alias/shop", second)), kAlreadyExists);
  ASSERT_TRUE(kms_.DeleteAlias("alias/shop").ok());
  EXPECT_EQ(NameOf(kms_.DeleteAlias("alias/shop")), kNotFound);
  ASSERT_TRUE(kms_.CreateAlias("alias/shop", second).ok());
  EXPECT_EQ(kms_.DescribeKey("alias/shop").value().arn, second);
  EXPECT_EQ(NameOf(kms_.CreateAlias("shop", second)), kValidation);
  EXPECT_EQ(NameOf(kms_.CreateAlias("alias/aws/rds", second)), kValidation);
}

TEST_F(KmsTest, AKeyIsDisabledAndEnabled) {
  const std::string key = NewKey();
  ASSERT_TRUE(kms_.DisableKey(key).ok());
  EXPECT_EQ(StateOf(key), KeyState::kDisabled);
  ASSERT_TRUE(kms_.EnableKey(key).ok());
  EXPECT_EQ(StateOf(key), KeyState::kEnabled);
  EXPECT_EQ(listener_.changed, (std::vector<std::string>{key, key}));
}

TEST_F(KmsTest, AKeyIsDeletedByTheClock) {
  const std::string key = NewKey();
  EXPECT_EQ(NameOf(kms_.ScheduleKeyDeletion(key, 6)), kValidation);
  EXPECT_EQ(NameOf(kms_.ScheduleKeyDeletion(key, 31)), kValidation);
  ASSERT_TRUE(kms_.ScheduleKeyDeletion(key, 7).ok());
  EXPECT_EQ(StateOf(key), KeyState::kPendingDeletion);
  EXPECT_EQ(kms_.DescribeKey(key).value().deletion_date,
            clock_.Now() + absl::Hours(7 * 24));
  for (const auto& status :
       {kms_.ScheduleKeyDeletion(key), kms_.EnableKey(key),
        kms_.DisableKey(key), kms_.CreateAlias("alias/late", key),
        kms_.PutKeyPolicy(key, DefaultKeyPolicy(key))}) {
    EXPECT_EQ(NameOf(status), kInvalidState);
  }
  clock_.Advance(absl::Hours(7 * 24) - absl::Seconds(1));
  EXPECT_TRUE(kms_.DescribeKey(key).ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(NameOf(kms_.DescribeKey(key)), kNotFound);
  EXPECT_EQ(NameOf(kms_.CancelKeyDeletion(key)), kNotFound);
}

TEST_F(KmsTest, AKeyWhoseDeletionIsCancelledIsDisabled) {
  const std::string key = NewKey();
  EXPECT_EQ(NameOf(kms_.CancelKeyDeletion(key)), kInvalidState);
  ASSERT_TRUE(kms_.ScheduleKeyDeletion(key).ok());
  ASSERT_TRUE(kms_.CancelKeyDeletion(key).ok());
  EXPECT_EQ(StateOf(key), KeyState::kDisabled);
  EXPECT_FALSE(kms_.DescribeKey(key).value().deletion_date.has_value());
}

TEST_F(KmsTest, APolicyIsReplaced) {
  const std::string key = NewKey();
  EXPECT_EQ(kms_.GetKeyPolicy(key).value(), DefaultKeyPolicy(key));
  EXPECT_EQ(NameOf(kms_.PutKeyPolicy(key, "{}")), kMalformedPolicy);
  const char kPolicy[] = R"({"Statement": {"Effect": "Deny", "Principal": "*",
      "Action": "kms:*", "Resource": "*"}})";
  ASSERT_TRUE(kms_.PutKeyPolicy(key, kPolicy).ok());
  EXPECT_EQ(kms_.GetKeyPolicy(key).value(), kPolicy);
  EXPECT_EQ(listener_.changed, std::vector<std::string>{key});
  KeySpecification malformed;
  malformed.policy = "{}";
  EXPECT_EQ(NameOf(kms_.CreateKey(malformed)), kMalformedPolicy);
}

TEST_F(KmsTest, ADataKeyIsDecrypted) {
  const std::string key = NewKey();
  const Context context = {{"aws:dsql:ClusterId", "a"}};
  const auto data_key = kms_.GenerateDataKey(key, context);
  ASSERT_TRUE(data_key.ok()) << data_key.status();
  EXPECT_EQ(data_key->plaintext.size(), 32);
  EXPECT_FALSE(
      absl::StrContains(data_key->ciphertext_blob, data_key->plaintext));
  EXPECT_EQ(kms_.Decrypt(data_key->ciphertext_blob, context).value(),
            data_key->plaintext);
  EXPECT_NE(kms_.GenerateDataKey(key, context).value().plaintext,
            data_key->plaintext);
}

TEST_F(KmsTest, WhatWasNotEncryptedSoIsNotDecrypted) {
  const DataKey data_key =
      kms_.GenerateDataKey(NewKey(), {{"a", "b"}, {"c", "d"}}).value();
  for (const Context& context :
       {Context{}, Context{{"a", "b"}}, Context{{"a", "b"}, {"c", "e"}},
        Context{{"a", "b1:c1:d"}}}) {
    EXPECT_EQ(NameOf(kms_.Decrypt(data_key.ciphertext_blob, context)),
              kInvalidCiphertext);
  }
  for (size_t i = 0; i < data_key.ciphertext_blob.size(); ++i) {
    std::string changed = data_key.ciphertext_blob;
    changed[i] ^= 1;
    EXPECT_FALSE(kms_.Decrypt(changed, {{"a", "b"}, {"c", "d"}}).ok()) << i;
  }
  EXPECT_EQ(NameOf(kms_.Decrypt("", {})), kInvalidCiphertext);
  EXPECT_EQ(NameOf(kms_.Decrypt("no ciphertext", {})), kInvalidCiphertext);
}

TEST_F(KmsTest, AKeyThatIsNotEnabledEncryptsAndDecryptsNothing) {
  const std::string key = NewKey();
  const DataKey data_key = kms_.GenerateDataKey(key, {}).value();
  ASSERT_TRUE(kms_.DisableKey(key).ok());
  EXPECT_EQ(NameOf(kms_.GenerateDataKey(key, {})), kDisabled);
  EXPECT_EQ(NameOf(kms_.Decrypt(data_key.ciphertext_blob, {})), kDisabled);
  ASSERT_TRUE(kms_.ScheduleKeyDeletion(key).ok());
  EXPECT_EQ(NameOf(kms_.GenerateDataKey(key, {})), kInvalidState);
  EXPECT_EQ(NameOf(kms_.Decrypt(data_key.ciphertext_blob, {})), kInvalidState);
  ASSERT_TRUE(kms_.CancelKeyDeletion(key).ok());
  ASSERT_TRUE(kms_.EnableKey(key).ok());
  EXPECT_EQ(kms_.Decrypt(data_key.ciphertext_blob, {}).value(),
            data_key.plaintext);
}

TEST_F(KmsTest, AKeyPairEncryptsNoDataKeys) {
  KeySpecification pair;
  pair.key_spec = "RSA_2048";
  EXPECT_EQ(NameOf(kms_.GenerateDataKey(kms_.CreateKey(pair).value().arn, {})),
            kInvalidKeyUsage);
}

TEST_F(KmsTest, AnotherKmsOnTheSameStorageHasTheSameKeys) {
  const std::string key = NewKey();
  const DataKey data_key = kms_.GenerateDataKey(key, {}).value();
  EXPECT_EQ(strict_.Decrypt(data_key.ciphertext_blob, {}).value(),
            data_key.plaintext);
  ASSERT_TRUE(strict_.DisableKey(key).ok());
  EXPECT_EQ(StateOf(key), KeyState::kDisabled);
}

TEST_F(KmsTest, AnUnknownKeyThatIsNamedIsThereFromThenOn) {
  for (const char* name :
       {"arn:aws:kms:us-east-1:000000000000:key/my-key", "alias/app",
        "8a71d298-c086-4fb4-a698-d7b4eeb657e6"}) {
    EXPECT_EQ(NameOf(kms_.DescribeKey(name)), kNotFound) << name;
    const auto used = Use(&kms_, &storage_, name);
    ASSERT_TRUE(used.ok()) << used.status();
    EXPECT_EQ(kms_.DescribeKey(name).value().arn, used->arn()) << name;
    EXPECT_EQ(StateOf(name), KeyState::kEnabled) << name;
    EXPECT_TRUE(kms_.GenerateDataKey(used->arn(), {}).ok()) << name;
    EXPECT_EQ(Use(&kms_, &storage_, name).value().material(), used->material());
  }
}

TEST_F(KmsTest, AnAliasThatIsCreatedIsNotMadeUp) {
  const std::string key = NewKey();
  ASSERT_TRUE(kms_.CreateAlias("alias/app", key).ok());
  EXPECT_EQ(Use(&kms_, &storage_, "alias/app").value().arn(), key);
}

TEST_F(KmsTest, AStrictKmsMakesNoKeys) {
  for (const char* name :
       {"arn:aws:kms:us-east-1:000000000000:key/my-key", "alias/app"}) {
    EXPECT_EQ(NameOf(Use(&strict_, &storage_, name)), kNotFound) << name;
    EXPECT_EQ(NameOf(strict_.DescribeKey(name)), kNotFound) << name;
  }
  const std::string key = NewKey();
  EXPECT_EQ(Use(&strict_, &storage_, key).value().arn(), key);
}

TEST_F(KmsTest, ADeletedKeyIsNotMadeAgain) {
  const std::string key = NewKey();
  ASSERT_TRUE(kms_.ScheduleKeyDeletion(key, 7).ok());
  clock_.Advance(absl::Hours(7 * 24));
  EXPECT_EQ(NameOf(Use(&kms_, &storage_, key)), kNotFound);
}

TEST_F(KmsTest, AKeyThatChangesWhileItIsTakenIntoUseIsLookedAtAgain) {
  const std::string key = NewKey();
  WriteBatch batch;
  ASSERT_TRUE(
      kms_.FindForUse(KeyName::Parse(key, "us-east-1", "000000000000").value(),
                      &batch)
          .ok());
  ASSERT_TRUE(kms_.DisableKey(key).ok());
  batch.Put("clusters", "a", "b");
  EXPECT_TRUE(absl::IsAborted(storage_.Commit(batch)));
}

TEST_F(KmsTest, PropagateIsToldToTheListener) {
  ASSERT_TRUE(kms_.Propagate().ok());
  EXPECT_EQ(listener_.propagations, 1);
  EXPECT_TRUE(strict_.Propagate().ok());
}

}  // namespace
}  // namespace dsql::kms
