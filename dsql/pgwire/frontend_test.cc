// SPDX-License-Identifier: Apache-2.0

// The bytes are those of the protocol's documentation, section "Message
// Formats".

#include "dsql/pgwire/frontend.h"

#include <limits>
#include <string>

#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/wire_testing.h"
#include "gtest/gtest.h"

namespace dsql::pgwire {
namespace {

using ::dsql_testing::ExactBuffer;
using ::dsql_testing::ExpectOnlyWholeBody;
using ::dsql_testing::Hex;
using ::dsql_testing::SqlStateOf;

// The body of one message.
std::string Body(absl::string_view bytes) {
  return std::string(TakeMessage(&bytes).body);
}

TEST(FrontendTest, Query) {
  std::string bytes;
  EncodeQuery("SELECT 1", &bytes);
  EXPECT_EQ(bytes, Hex("51 0000000d 53454c4543542031 00"));
  EXPECT_EQ(*DecodeQuery(Body(bytes)), "SELECT 1");
  ExpectOnlyWholeBody(Body(bytes), DecodeQuery);
  ExpectOnlyWholeBody(Hex("00"), DecodeQuery);
}

TEST(FrontendTest, AQueryEndsAtItsFirstZero) {
  EXPECT_EQ(SqlStateOf(DecodeQuery(Hex("53 00 53 00")).status()), "08P01");
}

TEST(FrontendTest, Parse) {
  std::string bytes;
  Parse parse;
  parse.statement = "s1";
  parse.query = "SELECT $1";
  parse.parameter_types = {23, 0};
  EncodeParse(parse, &bytes);
  EXPECT_EQ(bytes, Hex("50 0000001b 733100 53454c45435420243100 "
                       "0002 00000017 00000000"));
  const std::string body = Body(bytes);
  const auto decoded = DecodeParse(body);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->statement, "s1");
  EXPECT_EQ(decoded->query, "SELECT $1");
  EXPECT_EQ(decoded->parameter_types, (std::vector<int32_t>{23, 0}));
  ExpectOnlyWholeBody(body, DecodeParse);
}

TEST(FrontendTest, ParseHasUpTo65535Parameters) {
  std::string body = Hex("00 00 ffff");
  EXPECT_EQ(SqlStateOf(DecodeParse(body).status()), "08P01");
  body.append(4 * 65535, '\0');
  const auto decoded = DecodeParse(body);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->parameter_types.size(), 65535u);
}

TEST(FrontendTest, BindsNames) {
  // Portal "p", statement "s1"; one format, one value, no result formats.
  const std::string rest = Hex("0001 0001 0001 00000004 0000002a 0000");
  const std::string bytes = Hex("42 00000019 7000 733100") + rest;
  const std::string body = Body(bytes);
  const auto decoded = DecodeBindNames(body);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->portal, "p");
  EXPECT_EQ(decoded->statement, "s1");
  EXPECT_EQ(decoded->rest, rest);
  std::string again;
  EncodeBind(*decoded, &again);
  EXPECT_EQ(again, bytes);
  // The names have to be there.
  for (size_t size = 0; size < 5; ++size) {
    const ExactBuffer cut(absl::string_view(body).substr(0, size));
    EXPECT_EQ(SqlStateOf(DecodeBindNames(cut.view()).status()), "08P01");
  }
}

TEST(FrontendTest, Execute) {
  std::string bytes;
  EncodeExecute({"p", 100}, &bytes);
  EXPECT_EQ(bytes, Hex("45 0000000a 7000 00000064"));
  const std::string body = Body(bytes);
  EXPECT_EQ(DecodeExecute(body)->portal, "p");
  EXPECT_EQ(DecodeExecute(body)->max_rows, 100);
  ExpectOnlyWholeBody(body, DecodeExecute);
  EXPECT_EQ(DecodeExecute(Hex("00 80000000"))->max_rows,
            std::numeric_limits<int32_t>::min());
}

TEST(FrontendTest, CloseAndDescribe) {
  std::string bytes;
  EncodeClose({Target::kStatement, "s1"}, &bytes);
  EXPECT_EQ(bytes, Hex("43 00000008 53 733100"));
  const std::string body = Body(bytes);
  EXPECT_EQ(DecodeTarget(body)->kind, Target::kStatement);
  EXPECT_EQ(DecodeTarget(body)->name, "s1");
  EXPECT_EQ(DecodeTarget(Hex("50 00"))->kind, Target::kPortal);
  ExpectOnlyWholeBody(body, DecodeTarget);
  bytes.clear();
  EncodeDescribe({Target::kPortal, "p"}, &bytes);
  EncodeDescribe({Target::kStatement, ""}, &bytes);
  EXPECT_EQ(bytes, Hex("44 00000007 50 7000 44 00000006 53 00"));
}

TEST(FrontendTest, ATargetIsAStatementOrAPortal) {
  for (int kind = 0; kind < 256; ++kind) {
    const char bytes[] = {static_cast<char>(kind), 'x', 0};
    EXPECT_EQ(DecodeTarget(absl::string_view(bytes, 3)).ok(),
              kind == 'S' || kind == 'P');
  }
}

TEST(FrontendTest, PasswordAndCopyFail) {
  EXPECT_EQ(*DecodePassword(Hex("73656372657400")), "secret");
  ExpectOnlyWholeBody(Hex("73656372657400"), DecodePassword);
  std::string bytes;
  EncodeCopyFail("stop", &bytes);
  EXPECT_EQ(bytes, Hex("66 00000009 73746f7000"));
}

TEST(FrontendTest, MessagesWithoutABody) {
  std::string bytes;
  EncodeFlush(&bytes);
  EncodeSync(&bytes);
  EncodeTerminate(&bytes);
  EXPECT_EQ(bytes, Hex("48 00000004 53 00000004 58 00000004"));
}

TEST(FrontendTest, TextWithAZeroEndsThere) {
  std::string bytes;
  EncodeQuery(absl::string_view("a\0b", 3), &bytes);
  EXPECT_EQ(bytes, Hex("51 00000006 6100"));
}

}  // namespace
}  // namespace dsql::pgwire
