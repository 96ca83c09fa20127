// SPDX-License-Identifier: Apache-2.0

// The transaction that a session is in, as its client knows it.

#ifndef TESTING_OCC_CONCURRENT_TRANSACTION_H_
#define TESTING_OCC_CONCURRENT_TRANSACTION_H_

#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/occ/concurrent_checker.h"
#include "testing/occ/concurrent_command.h"
#include "testing/occ/concurrent_log.h"

namespace dsql_testing {

// Each On*() returns what is wrong with what the client was told, or nothing.
class ConcurrentTransaction {
 public:
  ConcurrentTransaction(const std::string& session, ConcurrentDialect dialect)
      : session_(session), dialect_(dialect) {}

  // In a block, as BEGIN was answered.
  bool in_block() const { return block_; }
  bool failed() const { return failed_; }
  bool open() const { return record_ != nullptr; }

  void OnSent(const std::vector<ConcurrentCommand>& commands, bool sync,
              Moment now, ConcurrentLog* log);
  std::string OnComplete(const ConcurrentCommand& command, Moment now,
                         std::vector<Access>* accesses);
  std::string OnError(const ConcurrentCommand& command,
                      const std::string& sqlstate, Moment now);
  std::string OnReady(char status, Moment now);
  // The connection is gone, with these commands not answered.
  void OnLeave(const std::deque<ConcurrentCommand>& pending, Moment now);

 private:
  std::string CompleteCommit(const std::string& tag, Moment now);
  void EndAs(TransactionRecord::Fate fate, Moment now);
  bool IsExpected(const ConcurrentCommand& command,
                  const std::string& sqlstate) const;
  bool MayConflict(const ConcurrentCommand& command) const;

  const std::string session_;
  const ConcurrentDialect dialect_;
  int number_ = 0;
  TransactionRecord* record_ = nullptr;
  bool block_ = false;
  bool failed_ = false;
  bool conflict_ = false;
  // What makes the outcome depend on the server alone was sent.
  bool commit_sent_ = false;
  bool begin_sent_ = false;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_TRANSACTION_H_
