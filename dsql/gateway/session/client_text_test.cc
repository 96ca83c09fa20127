// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/client_text.h"

#include <string>

#include "dsql/gateway/session/message_testing.h"
#include "dsql/pgwire/frontend.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::BindOf;
using ::dsql_testing::ParseOf;
using ::dsql_testing::QueryOf;

constexpr char kUtf8[] = "SELECT 'caf\xC3\xA9'";
constexpr char kLatin1[] = "SELECT 'caf\xE9'";
constexpr char kGreek[] = "SELECT '\xCE\xA9'";

TEST(ClientTextTest, TextsAreTranslatedAndNothingElse) {
  const sql::TextEncoding latin1("LATIN1");
  std::string sync;
  pgwire::EncodeSync(&sync);
  EXPECT_EQ(WithTextsIn(latin1, QueryOf(kUtf8)), QueryOf(kLatin1));
  const std::string others = BindOf("p\xC3\xA9", "s\xC3\xA9") + sync;
  EXPECT_EQ(WithTextsIn(latin1, ParseOf("s", kUtf8) + others),
            ParseOf("s", kLatin1) + others);
  EXPECT_EQ(WithTextsIn(latin1, ""), "");
}

// A question mark in its place would be another value.
TEST(ClientTextTest, WhatAnEncodingHasNotFails) {
  for (const char* name : {"LATIN1", "MULE_INTERNAL"}) {
    const sql::TextEncoding encoding(name);
    EXPECT_EQ(WithTextsIn(encoding, ParseOf("s", kGreek) + QueryOf("SELECT 1")),
              ParseOf("s", "\"dsql refused\"") + QueryOf("SELECT 1"));
  }
}

}  // namespace
}  // namespace dsql
