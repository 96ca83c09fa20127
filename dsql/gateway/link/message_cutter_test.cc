// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/message_cutter.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/pgwire/wire_writer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAreArray;

std::string Row(size_t size) {
  std::string bytes;
  pgwire::WireWriter('D', &bytes).Bytes(std::string(size, 'x'));
  return bytes;
}

// What comes out of `bytes` that are given in portions of `step`.
std::vector<std::string> Cut(absl::string_view bytes, size_t step) {
  MessageCutter cutter;
  std::vector<std::string> messages;
  for (size_t at = 0; at < bytes.size(); at += step) {
    absl::string_view portion = bytes.substr(at, step);
    while (!portion.empty()) {
      const absl::string_view message = cutter.Take(&portion);
      if (!message.empty()) messages.emplace_back(message);
    }
  }
  return messages;
}

TEST(MessageCutterTest, WhereverTheBytesAreDividedTheMessagesAreTheSame) {
  const std::vector<std::string> messages = {Row(0), Row(1), Row(300), Row(0),
                                             Row(7)};
  std::string bytes;
  for (const std::string& message : messages) bytes += message;
  for (size_t step = 1; step <= bytes.size(); ++step) {
    EXPECT_THAT(Cut(bytes, step), ElementsAreArray(messages)) << step;
  }
}

TEST(MessageCutterTest, WholeMessagesAreNotCopied) {
  const std::string bytes = Row(5) + Row(6);
  absl::string_view rest = bytes;
  MessageCutter cutter;
  EXPECT_EQ(cutter.Take(&rest).data(), bytes.data());
  EXPECT_EQ(cutter.Take(&rest).data(), bytes.data() + Row(5).size());
}

TEST(MessageCutterTest, WhatIsNoMessageIsAnError) {
  absl::string_view bytes("D\0\0\0\3", 5);
  EXPECT_THROW(MessageCutter().Take(&bytes), StatusError);
}

}  // namespace
}  // namespace dsql
