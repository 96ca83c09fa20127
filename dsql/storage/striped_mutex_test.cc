#include "dsql/storage/striped_mutex.h"

#include <atomic>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dsql {
namespace {

TEST(StripedMutexTest, WritersExcludeEachOther) {
  StripedMutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        StripedWriterLock lock(&mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 4000);
}

TEST(StripedMutexTest, AReaderNeverSeesHalfAWrite) {
  StripedMutex mutex;
  int first = 0;
  int second = 0;
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        StripedReaderLock lock(&mutex);
        EXPECT_EQ(first, second);
      }
    });
  }
  for (int i = 0; i < 2000; ++i) {
    StripedWriterLock lock(&mutex);
    ++first;
    ++second;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

// Would not return if readers excluded each other: each waits for the other to
// hold its lock as well.
TEST(StripedMutexTest, ReadersRunSideBySide) {
  StripedMutex mutex;
  std::atomic<int> inside{0};
  const auto read = [&] {
    StripedReaderLock lock(&mutex);
    ++inside;
    while (inside < 2) std::this_thread::yield();
  };
  std::thread other(read);
  read();
  other.join();
  EXPECT_EQ(inside, 2);
}

}  // namespace
}  // namespace dsql
