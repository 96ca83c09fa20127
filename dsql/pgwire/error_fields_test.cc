// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/error_fields.h"

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/base/sql_error.h"
#include "dsql/pgwire/framing.h"
#include "dsql/pgwire/wire_testing.h"
#include "gtest/gtest.h"

namespace dsql::pgwire {
namespace {

using ::dsql_testing::ExpectOnlyWholeBody;
using ::dsql_testing::Hex;
using ::dsql_testing::SqlStateOf;

v1::SqlErrorDetail UniqueViolation() {
  v1::SqlErrorDetail detail;
  detail.set_severity("ERROR");
  detail.set_sqlstate("23505");
  detail.set_message("duplicate key");
  detail.set_detail("Key (id)=(1) already exists.");
  detail.set_hint("h");
  detail.set_position(7);
  detail.set_schema_name("public");
  detail.set_table_name("t");
  detail.set_column_name("c");
  detail.set_constraint_name("t_pkey");
  return detail;
}

std::string Body(absl::string_view bytes) {
  return std::string(TakeMessage(&bytes).body);
}

TEST(ErrorFieldsTest, TheBytesOfAnErrorResponse) {
  v1::SqlErrorDetail detail;
  detail.set_sqlstate("42703");
  detail.set_message("no");
  std::string bytes;
  EncodeErrorResponse(detail, &bytes);
  EXPECT_EQ(bytes, Hex("45 0000001e 534552524f5200 564552524f5200 "
                       "43343237303300 4d6e6f00 00"));
}

TEST(ErrorFieldsTest, AllFieldsComeBack) {
  std::string bytes;
  EncodeErrorResponse(UniqueViolation(), &bytes);
  const std::string body = Body(bytes);
  const auto decoded = DecodeErrorFields(body);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->SerializeAsString(),
            UniqueViolation().SerializeAsString());
  EXPECT_EQ(FindErrorField(body, 'C'), "23505");
  EXPECT_EQ(FindErrorField(body, 'n'), "t_pkey");
  EXPECT_EQ(FindErrorField(body, 'W'), "");
  ExpectOnlyWholeBody(body, DecodeErrorFields);
}

TEST(ErrorFieldsTest, TheSeverityThatIsNotTranslatedWins) {
  const std::string translated = std::string("SFEHLER\0VERROR\0\0", 16);
  EXPECT_EQ(DecodeErrorFields(translated)->severity(), "ERROR");
  const std::string reversed = std::string("VERROR\0SFEHLER\0\0", 16);
  EXPECT_EQ(DecodeErrorFields(reversed)->severity(), "ERROR");
}

TEST(ErrorFieldsTest, WhatIsUnknownIsPassedOver) {
  const std::string body = std::string("Ffile.c\0L12\0Zx\0C00000\0\0", 23);
  EXPECT_EQ(DecodeErrorFields(body)->sqlstate(), "00000");
  EXPECT_FALSE(DecodeErrorFields(std::string("Pno\0\0", 5))->has_position());
}

TEST(ErrorFieldsTest, AFieldOfAMalformedBodyIsEmpty) {
  EXPECT_EQ(FindErrorField("", 'C'), "");
  EXPECT_EQ(FindErrorField("C42703", 'C'), "");
  EXPECT_EQ(FindErrorField("C", 'C'), "");
}

TEST(ErrorFieldsTest, AZeroInAMessageEndsItAndNotTheFields) {
  v1::SqlErrorDetail detail;
  detail.set_sqlstate("42601");
  detail.set_message(std::string("a\0b", 3));
  detail.set_hint("hint");
  std::string bytes;
  EncodeErrorResponse(detail, &bytes);
  const auto decoded = DecodeErrorFields(Body(bytes));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->message(), "a");
  EXPECT_EQ(decoded->hint(), "hint");
}

// A message of `type` whose body has these bytes.
std::string Bytes(char type, absl::string_view body) {
  std::string bytes = Hex("00 00000000");
  bytes[0] = type;
  bytes[4] = static_cast<char>(body.size() + 4);
  bytes.append(body.data(), body.size());
  return bytes;
}

Message Whole(absl::string_view bytes) { return TakeMessage(&bytes); }

TEST(ErrorFieldsTest, FieldsAreLeftOut) {
  const absl::string_view body("C42703\0Mno\0P7\0Win f()\0\0", 23);
  const struct {
    const char* codes;
    absl::string_view body;
  } kCases[] = {
      {"", body},
      {"x", body},
      {"WPq", absl::string_view("C42703\0Mno\0\0", 12)},
      {"CMPW", absl::string_view("\0", 1)},
  };
  for (const char type : {'E', 'N'}) {
    const std::string bytes = Bytes(type, body);
    for (const auto& test : kCases) {
      std::string out = "before";
      CopyWithoutFields(Whole(bytes), test.codes, &out);
      EXPECT_EQ(out, "before" + Bytes(type, test.body)) << test.codes;
    }
  }
}

TEST(ErrorFieldsTest, ThePositionIsReplaced) {
  const struct {
    absl::string_view body;
    absl::optional<int> position;
    absl::string_view replaced;
  } kCases[] = {
      {{"C42703\0P7\0Mno\0\0", 15}, 12, {"C42703\0Mno\0P12\0\0", 16}},
      {{"C42703\0P7\0Mno\0\0", 15}, absl::nullopt, {"C42703\0Mno\0\0", 12}},
      {{"C42703\0\0", 8}, 1, {"C42703\0P1\0\0", 11}},
      {{"C42703\0\0", 8}, absl::nullopt, {"C42703\0\0", 8}},
      {{"\0", 1}, absl::nullopt, {"\0", 1}},
  };
  for (const char type : {'E', 'N'}) {
    for (const auto& test : kCases) {
      const std::string bytes = Bytes(type, test.body);
      std::string out = "before";
      CopyWithPosition(Whole(bytes), test.position, &out);
      EXPECT_EQ(out, "before" + Bytes(type, test.replaced));
    }
  }
}

TEST(ErrorFieldsTest, MalformedOnesAreCopiedAsTheyAre) {
  const absl::string_view kBodies[] = {
      "", "C42703", {"C42703\0", 7}, {"P7\0", 3}, {"P7\0\0more", 8}};
  for (const absl::string_view body : kBodies) {
    const std::string bytes = Bytes('E', body);
    std::string without, with;
    CopyWithoutFields(Whole(bytes), "P", &without);
    CopyWithPosition(Whole(bytes), 3, &with);
    EXPECT_EQ(without, bytes);
    EXPECT_EQ(with, bytes);
  }
}

TEST(ErrorFieldsTest, AStatusBecomesWhatItCarries) {
  EXPECT_EQ(ErrorDetailOf(SqlError(UniqueViolation()), "XX000").sqlstate(),
            "23505");
  const auto other = ErrorDetailOf(absl::InternalError("broken"), "XX000");
  EXPECT_EQ(other.sqlstate(), "XX000");
  EXPECT_EQ(other.message(), "broken");
}

}  // namespace
}  // namespace dsql::pgwire
