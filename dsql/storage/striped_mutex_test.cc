// SPDX-License-Identifier: Apache-2.0

#include "dsql/storage/striped_mutex.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dsql {
namespace {

// What a test waits for comes within a fraction of this, or never.
constexpr std::chrono::seconds kDeadline(10);

TEST(StripedMutexTest, WritersExcludeEachOther) {
  StripedMutex mutex;
  std::atomic<int> inside{0};
  std::atomic<int> most_inside{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 500; ++j) {
        StripedWriterLock lock(&mutex);
        most_inside = std::max<int>(most_inside, ++inside);
        // Lets another one in, if the lock does.
        std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most_inside, 1);
}

TEST(StripedMutexTest, AReaderNeverSeesHalfAWrite) {
  StripedMutex mutex;
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  std::atomic<bool> done{false};
  std::atomic<int> halves{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        StripedReaderLock lock(&mutex);
        if (first != second) ++halves;
      }
    });
  }
  for (int i = 0; i < 500; ++i) {
    StripedWriterLock lock(&mutex);
    ++first;
    std::this_thread::yield();
    ++second;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(halves, 0);
}

// Each waits, with its lock, for the other to have its lock as well.
TEST(StripedMutexTest, ReadersRunSideBySide) {
  StripedMutex mutex;
  std::atomic<int> inside{0};
  std::atomic<int> met{0};
  const auto read = [&] {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    StripedReaderLock lock(&mutex);
    ++inside;
    while (inside < 2 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    if (inside == 2) ++met;
    // Who comes second must still find the first.
    while (met < 2 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    --inside;
  };
  std::thread other(read);
  read();
  other.join();
  EXPECT_EQ(met, 2);
}

}  // namespace
}  // namespace dsql
