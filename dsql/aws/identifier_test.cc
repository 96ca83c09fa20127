// SPDX-License-Identifier: Apache-2.0

#include "dsql/aws/identifier.h"

#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(IdentifierTest, Base32IsRfc4648) {
  EXPECT_EQ(Base32Identifier(0), std::string(26, 'a'));
  // python3: base64.b32encode(bytes(range(16))).lower().rstrip(b'=')
  EXPECT_EQ(Base32Identifier(
                absl::MakeUint128(0x0001020304050607, 0x08090a0b0c0d0e0f)),
            "aaaqeayeaudaocajbifqydiob4");
  EXPECT_EQ(Base32Identifier(absl::Uint128Max()),
            "7777777777777777777777777"
            "4");
}

TEST(IdentifierTest, UuidHasVersionAndVariant) {
  EXPECT_EQ(UuidIdentifier(0), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(UuidIdentifier(absl::Uint128Max()),
            "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(IdentifierTest, UuidOfNameIsVersion5) {
  // python3: uuid.uuid5(uuid.NAMESPACE_OID, 'alias/orders')
  EXPECT_EQ(UuidOfName("alias/orders"), "980f6c8f-e9b4-5efc-906e-de71e39410f6");
  EXPECT_NE(UuidOfName("alias/orders"), UuidOfName("alias/other"));
}

}  // namespace
}  // namespace dsql
