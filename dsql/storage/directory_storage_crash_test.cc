// SPDX-License-Identifier: Apache-2.0

// Processes that write are killed at any moment: what they were told is there,
// and no batch is there in part.

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dsql/storage/directory_storage.h"
#include "dsql/storage/storage.h"
#include "dsql/testing/status_matchers.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::dsql_testing::IsOk;

constexpr int kThreads = 3;
constexpr int kMaxAcknowledged = 40;

int Rounds() {
  const char* rounds = getenv("DSQL_TEST_CRASH_ROUNDS");
  int number = 0;
  return rounds != nullptr && absl::SimpleAtoi(rounds, &number) ? number : 50;
}

// What a thread writes last; -1 before anything, -2 where that is torn.
int NumberOf(Storage& storage, int thread) {
  ScanRange range;
  range.prefix = absl::StrCat(thread, "/");
  range.limit = 10;
  const auto records = storage.Scan("table", range);
  if (!records.ok()) return -2;
  if (records->empty()) return -1;
  int number = -2;
  if (records->size() != 2 || !absl::SimpleAtoi((*records)[0].value, &number) ||
      (*records)[0].value != (*records)[1].value) {
    return -2;
  }
  return number;
}

// Writes pairs and tells of each by a byte, the thread's number, until it is
// killed. Some are large, so that SQLite moves its log in the meantime.
void WriteForEver(Storage& storage, int thread, int acknowledgements) {
  const char name = static_cast<char>('0' + thread);
  for (int number = NumberOf(storage, thread) + 1;; ++number) {
    WriteBatch batch;
    batch.Put("table", absl::StrCat(thread, "/a"), absl::StrCat(number));
    batch.Put("large", absl::StrCat(thread),
              std::string(number % 8 == 0 ? 300000 : 10, 'x'));
    batch.Put("table", absl::StrCat(thread, "/b"), absl::StrCat(number));
    if (!storage.Commit(batch).ok()) _exit(1);
    if (write(acknowledgements, &name, 1) != 1) _exit(1);
  }
}

[[noreturn]] void RunChild(const std::string& path, int acknowledgements) {
  auto storage = DirectoryStorage::Open(path);
  if (!storage.ok()) _exit(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back(WriteForEver, std::ref(**storage), i,
                         acknowledgements);
  }
  for (std::thread& thread : threads) thread.join();
  _exit(1);
}

// Kills a child once it has acknowledged so many commits, and returns how many
// each thread did acknowledge. A child that ends by itself fails the test.
std::array<int, kThreads> RunAndKill(const std::string& path, int after) {
  std::array<int, kThreads> acknowledged = {};
  int ends[2];
  if (pipe(ends) != 0) return acknowledged;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    RunChild(path, ends[1]);
  }
  close(ends[1]);
  int count = 0;
  char thread;
  if (after == 0) kill(child, SIGKILL);
  while (read(ends[0], &thread, 1) == 1) {
    ++acknowledged[thread - '0'];
    if (++count == after) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "The child ended by itself";
  return acknowledged;
}

TEST(DirectoryStorageCrashTest, WhatWasAcknowledgedIsThereAndNothingIsTorn) {
  const std::string path =
      absl::StrCat(::testing::TempDir(), "/records-", getpid());
  std::mt19937 random(1);
  std::array<int, kThreads> before;
  before.fill(-1);
  for (int round = 0; round < Rounds(); ++round) {
    const std::array<int, kThreads> acknowledged =
        RunAndKill(path, random() % (kMaxAcknowledged + 1));
    auto storage = DirectoryStorage::Open(path);
    ASSERT_THAT(storage, IsOk());
    for (int thread = 0; thread < kThreads; ++thread) {
      const int number = NumberOf(**storage, thread);
      const int told = before[thread] + acknowledged[thread];
      // One more may be written that nobody was told of.
      ASSERT_GE(number, told) << "in round " << round;
      ASSERT_LE(number, told + 1) << "in round " << round;
      before[thread] = number;
    }
  }
  EXPECT_GT(before[0], 0);
}

}  // namespace
}  // namespace dsql
