// SPDX-License-Identifier: Apache-2.0

#include "dsql/base/aes_gcm.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

// Source: NIST, gcmEncryptExtIV256.rsp, the first case with a text and
// associated data of 128 bits each.
constexpr char kKey[] =
    "92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b";
constexpr char kNonce[] = "ac93a1a6145299bde902f21a";
constexpr char kText[] = "2d71bcfa914e4ac045b2aa60955fad24";
constexpr char kAssociated[] = "1e0889016f67601c8ebea4943bc23ad6";
constexpr char kSealed[] =
    "8995ae2e6df3dbf96fac7b7137bae67feca5aa77d51d4a0a14d9c51e1da474ab";

std::string Bytes(const char* hex) { return absl::HexStringToBytes(hex); }

TEST(AesGcmTest, IsThatOfNist) {
  const auto cipher = AesGcm::Create(Bytes(kKey));
  ASSERT_TRUE(cipher.ok()) << cipher.status();
  const auto sealed =
      cipher->Seal(Bytes(kNonce), Bytes(kAssociated), Bytes(kText));
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  EXPECT_EQ(absl::BytesToHexString(*sealed), kSealed);
  const auto opened =
      cipher->Open(Bytes(kNonce), Bytes(kAssociated), Bytes(kSealed));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, Bytes(kText));
}

TEST(AesGcmTest, WhatWasChangedIsNotOpened) {
  const auto cipher = AesGcm::Create(Bytes(kKey));
  ASSERT_TRUE(cipher.ok()) << cipher.status();
  const std::string sealed = Bytes(kSealed);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_TRUE(absl::IsDataLoss(
        cipher->Open(Bytes(kNonce), Bytes(kAssociated), changed).status()));
    EXPECT_TRUE(absl::IsDataLoss(
        cipher->Open(Bytes(kNonce), Bytes(kAssociated), sealed.substr(0, i))
            .status()));
  }
  EXPECT_TRUE(
      absl::IsDataLoss(cipher->Open(Bytes(kNonce), "", sealed).status()));
}

TEST(AesGcmTest, OnlyAKeyIsOne) {
  EXPECT_TRUE(absl::IsInvalidArgument(AesGcm::Create("short").status()));
}

TEST(AesGcmTest, KeysAreForOnePurpose) {
  const auto one = DeriveKey(Bytes(kKey), "salt", "one");
  const auto other = DeriveKey(Bytes(kKey), "salt", "other");
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(one->size(), kAesKeySize);
  EXPECT_NE(*one, *other);
  EXPECT_EQ(*one, *DeriveKey(Bytes(kKey), "salt", "one"));
}

TEST(AesGcmTest, RandomBytesDiffer) {
  EXPECT_EQ(RandomBytes(16)->size(), 16);
  EXPECT_NE(*RandomBytes(16), *RandomBytes(16));
}

}  // namespace
}  // namespace dsql
