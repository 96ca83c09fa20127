// SPDX-License-Identifier: Apache-2.0

// The bytes are those of the protocol's documentation, section "Message
// Formats".

#include "dsql/pgwire/startup.h"

#include <string>
#include <utility>
#include <vector>

#include "dsql/pgwire/wire_testing.h"
#include "gtest/gtest.h"

namespace dsql::pgwire {
namespace {

using ::dsql_testing::ExactBuffer;
using ::dsql_testing::Hex;
using ::dsql_testing::SqlStateOf;
using Kind = StartupPacket::Kind;

// user=admin, database=postgres.
constexpr char kStartup[] =
    "00000026 00030000 7573657200 61646d696e00 "
    "646174616261736500 706f73746772657300 00";

StartupPacket Decode(absl::string_view bytes) {
  const auto packet = DecodeStartup(bytes);
  EXPECT_TRUE(packet.ok()) << packet.status();
  EXPECT_TRUE(packet.ok() && packet->has_value());
  return packet.ok() ? packet->value_or(StartupPacket()) : StartupPacket();
}

TEST(StartupTest, Startup) {
  const std::vector<std::pair<std::string, std::string>> parameters = {
      {"user", "admin"}, {"database", "postgres"}};
  EXPECT_EQ(EncodeStartup(parameters), Hex(kStartup));
  const StartupPacket packet = Decode(Hex(kStartup) + "more");
  EXPECT_EQ(packet.kind, Kind::kStartup);
  EXPECT_EQ(packet.size, 38u);
  EXPECT_EQ(packet.major, 3);
  EXPECT_EQ(packet.minor, 0);
  EXPECT_EQ(packet.parameters, parameters);
  EXPECT_EQ(packet.Find("user"), "admin");
  EXPECT_EQ(packet.Find("options"), "");
}

TEST(StartupTest, TheLastOfTwoValuesCounts) {
  EXPECT_EQ(Decode(EncodeStartup({{"user", "a"}, {"user", "b"}})).Find("user"),
            "b");
}

TEST(StartupTest, AValueMayBeEmpty) {
  const StartupPacket packet = Decode(EncodeStartup({{"options", ""}}));
  EXPECT_EQ(packet.parameters.size(), 1u);
}

TEST(StartupTest, EncryptionRequests) {
  EXPECT_EQ(Decode(Hex("00000008 04d2162f")).kind, Kind::kSslRequest);
  EXPECT_EQ(Decode(Hex("00000008 04d21630")).kind, Kind::kGssEncRequest);
  EXPECT_EQ(SqlStateOf(DecodeStartup(Hex("00000009 04d2162f 00")).status()),
            "08P01");
}

TEST(StartupTest, CancelRequest) {
  const std::string bytes = Hex("00000010 04d2162e 000004d2 01020304");
  EXPECT_EQ(EncodeCancelRequest({1234, Hex("01020304")}), bytes);
  const StartupPacket packet = Decode(bytes);
  EXPECT_EQ(packet.kind, Kind::kCancelRequest);
  EXPECT_EQ(packet.key.pid, 1234);
  EXPECT_EQ(packet.key.secret, Hex("01020304"));
}

TEST(StartupTest, ACancelKeyHas4To256Bytes) {
  for (const auto& [size, good] : std::vector<std::pair<size_t, bool>>{
           {0, false}, {3, false}, {4, true}, {256, true}, {257, false}}) {
    const auto packet =
        DecodeStartup(EncodeCancelRequest({1, std::string(size, 'k')}));
    EXPECT_EQ(packet.ok(), good) << size;
  }
}

TEST(StartupTest, EveryBeginningNeedsMore) {
  const std::string bytes = Hex(kStartup);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const ExactBuffer cut(absl::string_view(bytes).substr(0, size));
    const auto packet = DecodeStartup(cut.view());
    ASSERT_TRUE(packet.ok()) << size;
    EXPECT_FALSE(packet->has_value()) << size;
  }
}

// Packets whose length was set to what is left of them.
TEST(StartupTest, EveryCutPacketIsRefused) {
  const std::string bytes = Hex(kStartup);
  for (size_t size = 8; size < bytes.size(); ++size) {
    std::string cut = bytes.substr(0, size);
    cut[3] = static_cast<char>(size);
    const ExactBuffer buffer(cut);
    EXPECT_EQ(SqlStateOf(DecodeStartup(buffer.view()).status()), "08P01")
        << size;
  }
}

TEST(StartupTest, TheTerminatorIsTheLastByte) {
  std::string bytes = Hex(kStartup) + "x";
  bytes[3] = static_cast<char>(bytes.size());
  EXPECT_EQ(SqlStateOf(DecodeStartup(bytes).status()), "08P01");
}

TEST(StartupTest, LengthsThatPostgresRefuses) {
  for (const char* length : {"00000000", "00000004", "00000007", "00002715",
                             "7fffffff", "80000000", "ffffffff"}) {
    // No SQLSTATE, as nobody is to be told.
    EXPECT_TRUE(absl::IsDataLoss(DecodeStartup(Hex(length)).status()))
        << length;
  }
  // 10,000 bytes besides the length.
  const auto longest = DecodeStartup(Hex("00002714"));
  ASSERT_TRUE(longest.ok());
  EXPECT_FALSE(longest->has_value());
}

TEST(StartupTest, OnlyProtocolThreeIsSpoken) {
  EXPECT_EQ(SqlStateOf(DecodeStartup(Hex("00000009 00020000 00")).status()),
            "0A000");
  const auto status = DecodeStartup(Hex("00000009 fffe0007 00")).status();
  EXPECT_EQ(SqlStateOf(status), "0A000");
  EXPECT_NE(status.message().find("65534.7"), absl::string_view::npos)
      << status;
  EXPECT_EQ(Decode(Hex("00000009 00030002 00")).minor, 2);
  EXPECT_EQ(Decode(Hex("00000009 0003ffff 00")).minor, 65535);
}

}  // namespace
}  // namespace dsql::pgwire
