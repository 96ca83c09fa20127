// SPDX-License-Identifier: Apache-2.0

// Chooses what a session sends next.

#ifndef TESTING_OCC_CONCURRENT_PLANNER_H_
#define TESTING_OCC_CONCURRENT_PLANNER_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "testing/occ/concurrent_command.h"
#include "testing/occ/concurrent_habits.h"
#include "testing/occ/concurrent_options.h"

namespace dsql_testing {

// Where a session is when everything that it sent is answered.
enum class SessionPlace {
  kOutside,
  kBlock,
  kFailedBlock,
  // After Flush and before Sync, without BEGIN.
  kPipeline,
};

// Commands that go in one piece.
struct ConcurrentBatch {
  std::vector<ConcurrentCommand> commands;
  // Ends with Sync; else with Flush.
  bool sync = true;
  // The client leaves after so many messages of the answer.
  absl::optional<int> leaves_after;
};

class ConcurrentPlanner {
 public:
  // `options` and `habits` must outlive it.
  ConcurrentPlanner(const ConcurrentOptions& options,
                    const DriverHabits& habits, int session)
      : options_(options), habits_(habits), session_(session) {}

  // A new history, whose keys begin at `base`.
  void Begin(uint32_t seed, int base);
  // Instead of random statements, these, in one block.
  void Script(std::vector<ConcurrentOperation> operations);
  // Random ones again.
  void EndScript();
  // The statements with which a history begins, and ends.
  std::vector<ConcurrentOperation> FirstWrites();
  std::vector<ConcurrentOperation> LastReads() const;

  // Nothing, where the history is over for this session.
  ConcurrentBatch Next(SessionPlace place, const StatementNames& names);
  // A pause before the next batch, in microseconds.
  int Pause() { return Below(10) < 3 ? Below(3000) : 0; }

  // The transaction has ended, however it did.
  void OnEnd();
  // What the answer to `operation` told.
  void OnAnswer(const ConcurrentOperation& operation,
                const std::vector<Access>& accesses);

 private:
  int Below(int bound) {
    return static_cast<int>(random_() % static_cast<unsigned>(bound));
  }
  ConcurrentBatch Outside(const StatementNames& names);
  ConcurrentBatch Block(const StatementNames& names);
  ConcurrentBatch FailedBlock();
  ConcurrentBatch Begun(const StatementNames& names);
  ConcurrentBatch Housekeeping(const StatementNames& names);
  void AddOperations(const StatementNames& names, ConcurrentBatch* batch);
  ConcurrentOperation RandomOperation();
  ConcurrentOperation NextOperation();
  ConcurrentOperation Write(ConcurrentOperation::Kind kind, int k);
  std::string NewElement(int64_t number);

  const ConcurrentOptions& options_;
  const DriverHabits& habits_;
  const int session_;
  std::mt19937 random_;
  int base_ = 0;
  // Of the history; of the transaction.
  int operations_left_ = 0;
  int left_ = 0;
  int elements_ = 0;
  bool scripted_ = false;
  std::vector<ConcurrentOperation> script_;
  // Its text was prepared in a batch of its own.
  absl::optional<ConcurrentOperation> prepared_;
  // What the transaction knows to be in a row.
  std::map<RowName, std::pair<Elements, int64_t>> known_;
  // The other half of a transfer.
  absl::optional<ConcurrentOperation> transfer_;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_PLANNER_H_
