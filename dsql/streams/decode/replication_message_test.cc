// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/decode/replication_message.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/variant.h"
#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

std::string Bytes(absl::string_view text) { return std::string(text); }

TEST(ReplicationMessageTest, WalData) {
  const std::string bytes = "w" + Bytes({"\0\0\0\x16\xB3\x74\xD8\x48", 8}) +
                            Bytes({"\0\0\0\0\0\0\0\x02", 8}) +
                            std::string(8, '\x7f') + "BEGIN 1";
  const auto parsed = ParseReplicationMessage(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto& data = absl::get<WalData>(*parsed);
  EXPECT_EQ(FormatLsn(data.start), "16/B374D848");
  EXPECT_EQ(data.end, 2u);
  EXPECT_EQ(data.data, "BEGIN 1");
}

TEST(ReplicationMessageTest, Keepalive) {
  std::string bytes =
      "k" + Bytes({"\0\0\0\0\0\0\x01\0", 8}) + std::string(8, '\x7f');
  EXPECT_EQ(ParseReplicationMessage(bytes).status().code(),
            absl::StatusCode::kInvalidArgument);
  bytes.push_back('\x01');
  const auto parsed = ParseReplicationMessage(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(absl::get<Keepalive>(*parsed).end, 256u);
  EXPECT_TRUE(absl::get<Keepalive>(*parsed).reply_requested);
}

TEST(ReplicationMessageTest, WhatIsTooShortIsRefused) {
  for (size_t size = 0; size < 25; ++size) {
    EXPECT_FALSE(ParseReplicationMessage(std::string(size, 'w')).ok()) << size;
  }
  EXPECT_TRUE(ParseReplicationMessage(std::string(25, 'w')).ok());
  EXPECT_FALSE(ParseReplicationMessage(std::string(25, 'x')).ok());
}

TEST(ReplicationMessageTest, StatusUpdateNamesThePlaceThreeTimes) {
  const std::string place("\0\0\0\x16\xB3\x74\xD8\x48", 8);
  EXPECT_EQ(EncodeStatusUpdate(0x16B374D848),
            "r" + place + place + place + std::string(9, '\0'));
}

TEST(ReplicationMessageTest, Places) {
  EXPECT_EQ(FormatLsn(0x16B374D848), "16/B374D848");
  EXPECT_EQ(FormatLsn(0), "0/0");
}

}  // namespace
}  // namespace dsql::streams
