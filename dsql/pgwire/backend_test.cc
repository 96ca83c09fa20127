// SPDX-License-Identifier: Apache-2.0

// The bytes are those of the protocol's documentation, section "Message
// Formats".

#include "dsql/pgwire/backend.h"

#include <string>

#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/wire_testing.h"
#include "gtest/gtest.h"

namespace dsql::pgwire {
namespace {

using ::dsql_testing::ExpectOnlyWholeBody;
using ::dsql_testing::Hex;
using ::dsql_testing::SqlStateOf;

std::string Body(absl::string_view bytes) {
  return std::string(TakeMessage(&bytes).body);
}

TEST(BackendTest, Authentication) {
  std::string bytes;
  EncodeAuthenticationOk(&bytes);
  EncodeAuthenticationCleartextPassword(&bytes);
  EXPECT_EQ(bytes, Hex("52 00000008 00000000 52 00000008 00000003"));
  EXPECT_EQ(*DecodeAuthentication(Hex("00000003")), 3);
  // SASL: the names of mechanisms follow.
  EXPECT_EQ(*DecodeAuthentication(Hex("0000000a 5300 00")), 10);
  for (const char* cut : {"", "00", "0000", "000000"}) {
    EXPECT_EQ(SqlStateOf(DecodeAuthentication(Hex(cut)).status()), "08P01");
  }
}

TEST(BackendTest, BackendKeyData) {
  std::string bytes;
  EncodeBackendKeyData({1234, Hex("01020304")}, &bytes);
  EXPECT_EQ(bytes, Hex("4b 0000000c 000004d2 01020304"));
  const auto key = DecodeBackendKeyData(Body(bytes));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->pid, 1234);
  EXPECT_EQ(key->secret, Hex("01020304"));
  for (const char* cut : {"", "000004", "000004d2"}) {
    EXPECT_EQ(SqlStateOf(DecodeBackendKeyData(Hex(cut)).status()), "08P01");
  }
}

TEST(BackendTest, ParameterStatus) {
  std::string bytes;
  EncodeParameterStatus({"TimeZone", "UTC"}, &bytes);
  EXPECT_EQ(bytes, Hex("53 00000011 54696d655a6f6e6500 55544300"));
  const std::string body = Body(bytes);
  EXPECT_EQ(DecodeParameterStatus(body)->name, "TimeZone");
  EXPECT_EQ(DecodeParameterStatus(body)->value, "UTC");
  ExpectOnlyWholeBody(body, DecodeParameterStatus);
}

TEST(BackendTest, ReadyForQuery) {
  std::string bytes;
  for (char status : {'I', 'T', 'E'}) {
    EncodeReadyForQuery(status, &bytes);
    EXPECT_EQ(*DecodeReadyForQuery({&status, 1}), status);
  }
  EXPECT_EQ(bytes, Hex("5a 00000005 49 5a 00000005 54 5a 00000005 45"));
  ExpectOnlyWholeBody("I", DecodeReadyForQuery);
  EXPECT_EQ(SqlStateOf(DecodeReadyForQuery("X").status()), "08P01");
}

TEST(BackendTest, CommandComplete) {
  std::string bytes;
  EncodeCommandComplete("INSERT 0 3", &bytes);
  EXPECT_EQ(bytes, Hex("43 0000000f 494e5345525420302033 00"));
  EXPECT_EQ(*DecodeCommandComplete(Body(bytes)), "INSERT 0 3");
  ExpectOnlyWholeBody(Body(bytes), DecodeCommandComplete);
}

TEST(BackendTest, RowsAreTheLastNumberOfATag) {
  EXPECT_EQ(RowsOf("INSERT 0 3"), 3);
  EXPECT_EQ(RowsOf("SELECT 5000000000"), 5000000000);
  EXPECT_EQ(RowsOf("COPY 12"), 12);
  EXPECT_EQ(RowsOf("CREATE TABLE"), 0);
  EXPECT_EQ(RowsOf("BEGIN"), 0);
  EXPECT_EQ(RowsOf("SELECT "), 0);
  EXPECT_EQ(RowsOf(""), 0);
  EXPECT_EQ(RowsOf("SELECT 99999999999999999999"), 0);
}

TEST(BackendTest, RowDescription) {
  std::string bytes;
  EncodeTextRowDescription({"id", ""}, &bytes);
  EXPECT_EQ(bytes, Hex("54 0000002e 0002 "
                       "696400 00000000 0000 00000019 ffff ffffffff 0000 "
                       "00 00000000 0000 00000019 ffff ffffffff 0000"));
}

TEST(BackendTest, DataRow) {
  std::string bytes;
  EncodeDataRow({std::string("ab"), absl::nullopt, std::string()}, &bytes);
  EXPECT_EQ(bytes, Hex("44 00000014 0003 00000002 6162 ffffffff 00000000"));
  const std::string body = Body(bytes);
  const auto row = DecodeDataRow(body);
  ASSERT_TRUE(row.ok());
  ASSERT_EQ(row->size(), 3u);
  EXPECT_EQ((*row)[0], absl::string_view("ab"));
  EXPECT_EQ((*row)[1], absl::nullopt);
  EXPECT_EQ((*row)[2], absl::string_view(""));
  ExpectOnlyWholeBody(body, DecodeDataRow);
  ExpectOnlyWholeBody(Hex("0000"), DecodeDataRow);
}

TEST(BackendTest, AColumnsSizeIsWithinTheRow) {
  for (const char* body : {"0001 fffffffe", "0001 80000000", "0001 7fffffff",
                           "0001 00000002 61", "ffff ffffffff"}) {
    EXPECT_EQ(SqlStateOf(DecodeDataRow(Hex(body)).status()), "08P01") << body;
  }
}

TEST(BackendTest, NegotiateProtocolVersion) {
  std::string bytes;
  EncodeNegotiateProtocolVersion(2, {"_pq_.x"}, &bytes);
  EXPECT_EQ(bytes, Hex("76 00000013 00030002 00000001 5f70715f2e7800"));
}

}  // namespace
}  // namespace dsql::pgwire
