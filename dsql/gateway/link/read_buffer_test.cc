// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/link/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr size_t kChunk = 16 * 1024;

void Write(absl::string_view bytes, ReadBuffer* buffer, size_t whole_size = 0) {
  const ReadBuffer::Room room = buffer->Prepare(whole_size);
  ASSERT_GE(room.size, bytes.size());
  memcpy(room.data, bytes.data(), bytes.size());
  buffer->Commit(bytes.size());
}

TEST(ReadBufferTest, BytesAreUsedInTheirOrder) {
  ReadBuffer buffer;
  EXPECT_EQ(buffer.view(), "");
  Write("abc", &buffer);
  Write("def", &buffer);
  EXPECT_EQ(buffer.view(), "abcdef");
  buffer.Consume(2);
  EXPECT_EQ(buffer.view(), "cdef");
  Write("g", &buffer);
  EXPECT_EQ(buffer.view(), "cdefg");
  buffer.Consume(5);
  EXPECT_EQ(buffer.view(), "");
}

TEST(ReadBufferTest, WhatWasNotCommittedDoesNotCount) {
  ReadBuffer buffer;
  memcpy(buffer.Prepare().data, "abc", 3);
  EXPECT_EQ(buffer.view(), "");
  buffer.Commit(2);
  EXPECT_EQ(buffer.view(), "ab");
}

TEST(ReadBufferTest, ThereIsRoomForAChunkAndForAWholeMessage) {
  const struct {
    size_t used;
    size_t whole_size;
    size_t room;
  } kCases[] = {
      {0, 0, kChunk},
      {100, 0, kChunk},
      {100, 50, kChunk},
      {100, kChunk, kChunk},
      {100, kChunk + 101, kChunk + 1},
      {0, 1 << 20, 1 << 20},
      {kChunk, 1 << 20, (1 << 20) - kChunk},
  };
  for (const auto& test : kCases) {
    ReadBuffer buffer;
    const std::string bytes(test.used, 'x');
    Write(bytes, &buffer);
    EXPECT_GE(buffer.Prepare(test.whole_size).size, test.room)
        << test.used << ", " << test.whole_size;
    EXPECT_EQ(buffer.view(), bytes);
  }
}

TEST(ReadBufferTest, BytesMoveToTheFrontInsteadOfGrowing) {
  ReadBuffer buffer;
  const std::string chunk(kChunk, 'x');
  size_t largest = 0;
  for (int i = 0; i < 100; ++i) {
    const ReadBuffer::Room room = buffer.Prepare();
    largest = std::max(largest, room.size);
    memcpy(room.data, chunk.data(), kChunk);
    buffer.Commit(kChunk);
    // One byte always stays behind.
    buffer.Consume(buffer.view().size() - 1);
    ASSERT_EQ(buffer.view(), "x");
  }
  EXPECT_LE(largest, 2 * kChunk);
}

TEST(ReadBufferTest, ShrinksAfterALongMessageThatWasUsed) {
  ReadBuffer buffer;
  const std::string bytes(1 << 20, 'x');
  Write(bytes, &buffer, bytes.size());
  buffer.Shrink();
  EXPECT_EQ(buffer.view(), bytes);
  buffer.Consume(bytes.size() - 1);
  buffer.Shrink();
  EXPECT_EQ(buffer.view(), "x");
  buffer.Consume(1);
  EXPECT_GE(buffer.Prepare().size, bytes.size());
  buffer.Shrink();
  EXPECT_LT(buffer.Prepare().size, bytes.size());
  Write("abc", &buffer);
  EXPECT_EQ(buffer.view(), "abc");
}

}  // namespace
}  // namespace dsql
