#include "dsql/pgwire/error_fields.h"

#include <string>

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

TEST(ErrorFieldsTest, AStatusBecomesWhatItCarries) {
  EXPECT_EQ(ErrorDetailOf(SqlError(UniqueViolation()), "XX000").sqlstate(),
            "23505");
  const auto other = ErrorDetailOf(absl::InternalError("broken"), "XX000");
  EXPECT_EQ(other.sqlstate(), "XX000");
  EXPECT_EQ(other.message(), "broken");
}

}  // namespace
}  // namespace dsql::pgwire
