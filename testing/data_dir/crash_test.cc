// SPDX-License-Identifier: Apache-2.0

// What was acknowledged is there after SIGKILL at any moment, and nothing is
// there by halves: processes under load on both planes, killed and opened
// again.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::IsEmpty;

// Of both tests together. A fifth under sanitizers, which look at memory and
// not at crashes.
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
constexpr size_t kRounds = 40;
#else
constexpr size_t kRounds = 200;
#endif
// What is encrypted takes three times as long to open.
constexpr size_t kEncryptedRounds = kRounds / 4;
constexpr absl::Duration kDeadline = absl::Minutes(2);

// Shared memory where there is room: SIGKILL takes nothing from a file system,
// and this one is quick.
std::string MakeDirectory() {
  std::string pattern = access("/dev/shm", W_OK) == 0
                            ? "/dev/shm/crash-test.XXXXXX"
                            : ::testing::TempDir() + "/crash.XXXXXX";
  return mkdtemp(&pattern[0]);
}

class Process {
 public:
  Process(const std::string& data_dir, int seed, const std::string& key,
          const std::string& under_way) {
    const std::string program =
        absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"),
                     "/testing/data_dir/crash_process");
    const std::string number = absl::StrCat(seed);
    std::vector<const char*> argv = {program.c_str(), data_dir.c_str(),
                                     number.c_str(), key.c_str()};
    if (!under_way.empty()) argv.push_back(under_way.c_str());
    argv.push_back(nullptr);
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(out[1], STDOUT_FILENO);
      execv(program.c_str(), const_cast<char* const*>(argv.data()));
      _exit(127);
    }
    close(out[1]);
    out_ = out[0];
  }
  ~Process() {
    Kill();
    close(out_);
  }

  // The next line, or nothing at the end, or once `deadline` has passed.
  std::string ReadLine(absl::Time deadline) {
    while (true) {
      const size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      pollfd ready = {out_, POLLIN, 0};
      const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
      if (left < 0 || poll(&ready, 1, static_cast<int>(left)) == 0) return "";
      char chunk[4096];
      const ssize_t size = read(out_, chunk, sizeof(chunk));
      if (size <= 0) return "";
      buffer_.append(chunk, size);
    }
  }

  void Kill() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
};

// What is there.
struct State {
  std::map<std::string, std::string> clusters;  // the number of each
  std::set<std::string> rows;
  std::set<std::string> tables;

  // "create NAME", "tag NAME NUMBER", "delete NAME", "row ID", "table NAME".
  void Apply(const std::string& operation) {
    const std::vector<std::string> words = absl::StrSplit(operation, ' ');
    if (words[0] == "create") clusters[words[1]] = "0";
    if (words[0] == "tag") clusters[words[1]] = words[2];
    if (words[0] == "delete") clusters.erase(words[1]);
    if (words[0] == "row") rows.insert(words[1]);
    if (words[0] == "table") tables.insert(words[1]);
  }
};

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() : directory_(MakeDirectory()) {
    expected_.clusters["main"] = "0";
    // So that the guardians of processes that were killed are waited for.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  ~CrashTest() override {
    // They end servers and remove directories. Else who ends the test's sandbox
    // would end them before they are done.
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    std::filesystem::remove_all(directory_);
  }

  // Reads what there is and compares it with what was acknowledged. False where
  // the test is over.
  bool ReadState(Process* process, absl::Time deadline) {
    State found;
    std::string line;
    while ((line = process->ReadLine(deadline)) != "open") {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      if (words[0] == "cluster") {
        EXPECT_TRUE(found.clusters.emplace(words[1], words[2]).second)
            << "twice: " << line;
      } else if (words[0] == "row") {
        found.rows.insert(words[1]);
      } else if (words[0] == "table") {
        found.tables.insert(words[1]);
      } else {
        ADD_FAILURE() << (line.empty() ? "nothing came" : line);
        return false;
      }
    }
    Compare(found);
    expected_ = std::move(found);
    under_way_.clear();
    return !::testing::Test::HasFailure();
  }

  void Compare(const State& found) {
    State other = expected_;
    for (const std::string& operation : under_way_) other.Apply(operation);
    // One operation of the control plane is under way at most.
    EXPECT_THAT(found.clusters,
                AnyOf(Eq(expected_.clusters), Eq(other.clusters)));
    for (const auto set : {&State::rows, &State::tables}) {
      EXPECT_THAT(Missing(expected_.*set, found.*set), IsEmpty())
          << "acknowledged, and lost";
      EXPECT_THAT(Missing(found.*set, other.*set), IsEmpty())
          << "never asked for, or told to have failed";
    }
  }

  static std::vector<std::string> Missing(const std::set<std::string>& these,
                                          const std::set<std::string>& in) {
    std::vector<std::string> missing;
    std::set_difference(these.begin(), these.end(), in.begin(), in.end(),
                        std::back_inserter(missing));
    return missing;
  }

  // Notes what `process` does until it has committed `transactions`, and for
  // `life` more; then it is killed.
  void Follow(Process* process, size_t transactions, absl::Duration life) {
    const size_t enough = expected_.rows.size() + transactions;
    absl::Time end = absl::Now() + kDeadline;
    std::string line;
    while (expected_.rows.size() < enough &&
           !(line = process->ReadLine(end)).empty())
      Note(line);
    EXPECT_GE(expected_.rows.size(), enough) << "no load";
    end = absl::Now() + life;
    while (!(line = process->ReadLine(end)).empty()) Note(line);
    process->Kill();
    // What it has said and nobody has read.
    while (!(line = process->ReadLine(absl::Now() + kDeadline)).empty())
      Note(line);
  }

  void Note(const std::string& line) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    const auto& [word, operation] = parts;
    if (word == "do") {
      under_way_.insert(operation);
    } else if (word == "ok") {
      under_way_.erase(operation);
      expected_.Apply(operation);
      ++acknowledged_;
      // The others are rows and tables.
      if (absl::StartsWith(operation, "create ") ||
          absl::StartsWith(operation, "tag ") ||
          absl::StartsWith(operation, "delete "))
        ++controlled_;
    } else if (word == "no") {
      under_way_.erase(operation);
      ++refused_;
    } else {
      ADD_FAILURE() << line;
    }
  }

  void CrashOften(const std::string& key, size_t rounds);

  // The cluster that may have been created, or not.
  std::string ClusterUnderWay() const {
    for (const std::string& operation : under_way_) {
      if (absl::StartsWith(operation, "create "))
        return operation.substr(operation.find(' ') + 1);
    }
    return "";
  }

  const std::string directory_;
  State expected_;
  std::set<std::string> under_way_;
  size_t acknowledged_ = 0;
  // Of these, what the control plane did.
  size_t controlled_ = 0;
  int refused_ = 0;
};

// Kills `rounds` processes, one after the other, whose main cluster has `key`.
void CrashTest::CrashOften(const std::string& key, size_t rounds) {
  const char* const given = getenv("DSQL_TEST_SEED");
  int seed = 1;
  if (given != nullptr) {
    ASSERT_TRUE(absl::SimpleAtoi(given, &seed));
  }
  std::mt19937 random(seed);
  const absl::Time begin = absl::Now();
  for (size_t round = 0; round < rounds; ++round) {
    const std::string created = ClusterUnderWay();
    Process process(directory_ + "/data", round + 1, key, created);
    // Now and then while it opens what the one before has left.
    if (random() % 8 == 0) {
      const absl::Time end = absl::Now() + absl::Milliseconds(random() % 150);
      while (!process.ReadLine(end).empty()) {
      }
      continue;
    }
    ASSERT_TRUE(ReadState(&process, absl::Now() + kDeadline))
        << "round " << round << ", seed " << seed;
    Follow(&process, random() % 4, absl::Milliseconds(random() % 150));
  }
  std::cout << rounds << " rounds in " << absl::Now() - begin << ": "
            << acknowledged_ << " acknowledged, " << expected_.rows.size()
            << " transactions, " << refused_ << " conflicts\n";
  // That the load is one, on both planes.
  EXPECT_GT(controlled_, rounds / 4);
  EXPECT_GT(expected_.rows.size(), rounds / 2);
}

TEST_F(CrashTest, NothingAcknowledgedIsLost) {
  CrashOften("-", kRounds - kEncryptedRounds);
}

// And no row is in any file, whenever it was killed.
TEST_F(CrashTest, NothingAcknowledgedIsLostWhereItIsEncrypted) {
  CrashOften("alias/crash", kEncryptedRounds);
  ASSERT_FALSE(expected_.rows.empty());
  const auto files =
      std::filesystem::recursive_directory_iterator(directory_ + "/data");
  for (const auto& entry : files) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    for (const std::string& row : expected_.rows) {
      // Short ones may come about by chance.
      ASSERT_TRUE(row.size() < 7 || !absl::StrContains(bytes, row))
          << row << " is in " << entry.path();
    }
  }
}

}  // namespace
}  // namespace dsql_testing
