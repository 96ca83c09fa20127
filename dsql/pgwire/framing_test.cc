// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/framing.h"

#include <string>

#include "dsql/pgwire/wire_testing.h"
#include "gtest/gtest.h"

namespace dsql::pgwire {
namespace {

using ::dsql_testing::ExactBuffer;
using ::dsql_testing::Hex;
using ::dsql_testing::SqlStateOf;

TEST(FramingTest, AMessageIsItsTypeLengthAndBody) {
  const std::string bytes = Hex("51 0000000d") + "SELECT 1" + Hex("00 53");
  const auto message = NextMessage(bytes);
  ASSERT_TRUE(message.ok() && message->has_value());
  EXPECT_EQ((*message)->type, 'Q');
  EXPECT_EQ((*message)->body, std::string("SELECT 1\0", 9));
  EXPECT_EQ((*message)->bytes, bytes.substr(0, 14));
}

TEST(FramingTest, AMessageWithoutABodyIsComplete) {
  const auto message = NextMessage(Hex("53 00000004"));
  ASSERT_TRUE(message.ok() && message->has_value());
  EXPECT_EQ((*message)->type, 'S');
  EXPECT_TRUE((*message)->body.empty());
}

TEST(FramingTest, EveryBeginningOfAMessageNeedsMore) {
  const std::string bytes = Hex("51 0000000d") + "SELECT 1" + Hex("00");
  for (size_t size = 0; size < bytes.size(); ++size) {
    const ExactBuffer cut(absl::string_view(bytes).substr(0, size));
    const auto message = NextMessage(cut.view());
    ASSERT_TRUE(message.ok()) << size;
    EXPECT_FALSE(message->has_value()) << size;
    const auto header = PeekHeader(cut.view(), kMaxMessageSize);
    ASSERT_TRUE(header.ok()) << size;
    EXPECT_EQ(header->has_value(), size >= kHeaderSize) << size;
  }
}

TEST(FramingTest, ALengthMustCountItself) {
  for (const char* header : {"51 00000000", "51 00000001", "51 00000003"}) {
    EXPECT_EQ(SqlStateOf(NextMessage(Hex(header)).status()), "08P01") << header;
  }
}

TEST(FramingTest, AMessageOfTenMebibytesIsTheLongest) {
  // 10 MiB with its type, and a byte more.
  const auto longest = NextMessage(Hex("51 009fffff"));
  ASSERT_TRUE(longest.ok());
  EXPECT_FALSE(longest->has_value());
  EXPECT_EQ(SqlStateOf(NextMessage(Hex("51 00a00000")).status()), "08P01");
  EXPECT_EQ(SqlStateOf(NextMessage(Hex("51 7fffffff")).status()), "08P01");
  EXPECT_EQ(SqlStateOf(NextMessage(Hex("51 80000000")).status()), "08P01");
  EXPECT_EQ(SqlStateOf(NextMessage(Hex("51 ffffffff")).status()), "08P01");
}

TEST(FramingTest, ALengthIsRefusedBeforeTheBodyComes) {
  const auto header = PeekHeader(Hex("64 00000400"), 1024);
  EXPECT_EQ(SqlStateOf(header.status()), "08P01");
}

TEST(FramingTest, AMessageOfTheLargestSizeArrives) {
  std::string bytes = Hex("64 009fffff");
  bytes.resize(kMaxMessageSize, 'x');
  const auto message = NextMessage(bytes);
  ASSERT_TRUE(message.ok() && message->has_value());
  EXPECT_EQ((*message)->bytes.size(), kMaxMessageSize);
}

TEST(FramingTest, TakeMessageGoesFromMessageToMessage) {
  const std::string bytes = Hex("31 00000004 43 00000006 4100 5a 00000005 49");
  absl::string_view rest = bytes;
  std::string types;
  while (!rest.empty()) types.push_back(TakeMessage(&rest).type);
  EXPECT_EQ(types, "1CZ");
}

}  // namespace
}  // namespace dsql::pgwire
