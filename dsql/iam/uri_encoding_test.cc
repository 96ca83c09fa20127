// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/uri_encoding.h"

#include <string>

#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(UriEncodingTest, EncodesAllButUnreserved) {
  EXPECT_EQ(UriEncode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(UriEncode(" !'()*+/:=%\x7f\xff"),
            "%20%21%27%28%29%2A%2B%2F%3A%3D%25%7F%FF");
  EXPECT_EQ(UriEncode(std::string("\0", 1)), "%00");
  EXPECT_EQ(UriEncode("\xc3\xa4"), "%C3%A4");
  EXPECT_EQ(UriEncodePath("/a b/c%2F"), "/a%20b/c%252F");
}

TEST(UriEncodingTest, Decodes) {
  EXPECT_EQ(UriDecode("a%20b%2fc%2F+"), "a b/c/+");
  EXPECT_EQ(UriDecode("%00"), std::string("\0", 1));
  EXPECT_EQ(UriDecode("%%41"), "%A");
}

TEST(UriEncodingTest, WhatIsNoEncodingStandsForItself) {
  for (const char* text : {"%", "%4", "%zz", "a%", "%4z", "%-1"}) {
    EXPECT_EQ(UriDecode(text), text);
  }
}

TEST(UriEncodingTest, DecodingUndoesEncoding) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(byte);
  EXPECT_EQ(UriDecode(UriEncode(bytes)), bytes);
  EXPECT_EQ(UriDecode(UriEncodePath(bytes)), bytes);
}

}  // namespace
}  // namespace dsql
