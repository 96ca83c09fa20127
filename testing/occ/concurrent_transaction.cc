// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_transaction.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace dsql_testing {
namespace {

using Command = ConcurrentCommand;
using Operation = ConcurrentOperation;

bool IsConflict(const std::string& sqlstate, ConcurrentDialect dialect) {
  return sqlstate == "40001" ||
         (sqlstate == "40P01" && dialect == ConcurrentDialect::kPostgres);
}

}  // namespace

void ConcurrentTransaction::OnSent(const std::vector<Command>& commands,
                                   bool sync, Moment now, ConcurrentLog* log) {
  for (const Command& command : commands) {
    const bool operates = command.kind == Command::kOperation;
    if (command.kind == Command::kBegin) begin_sent_ = true;
    if (record_ == nullptr && (operates || command.kind == Command::kBegin)) {
      log->transactions.emplace_back();
      record_ = &log->transactions.back();
      record_->name = absl::StrCat(session_, "t", ++number_);
    }
    if (record_ == nullptr) continue;
    // So do Parse and, in PostgreSQL, DEALLOCATE.
    if (operates || command.kind == Command::kPrepare ||
        command.kind == Command::kDeallocateAll)
      record_->snapshot.from = std::min(record_->snapshot.from, now);
    if (command.kind != Command::kCommit) continue;
    commit_sent_ = true;
    record_->commit.from = now;
  }
  if (record_ == nullptr || !sync || begin_sent_) return;
  commit_sent_ = true;
  record_->commit.from = now;
}

std::string ConcurrentTransaction::OnComplete(const Command& command,
                                              Moment now,
                                              std::vector<Access>* accesses) {
  switch (command.kind) {
    case Command::kBegin:
      block_ = true;
      return command.answer.tag == "BEGIN" ? "" : "BEGIN was not answered so";
    case Command::kCommit:
      return CompleteCommit(command.answer.tag, now);
    case Command::kRollback:
      EndAs(conflict_ ? TransactionRecord::kConflict
                      : TransactionRecord::kRolledBack,
            now);
      block_ = false;
      return command.answer.tag == "ROLLBACK" ? ""
                                              : "ROLLBACK was not answered so";
    case Command::kOperation:
      break;
    default:
      return "";
  }
  if (failed_) return "a statement succeeds in a transaction that has failed";
  record_->snapshot.to = std::min(record_->snapshot.to, now);
  const absl::Status status =
      AddAccesses(command.operation, command.answer, accesses);
  record_->accesses.insert(record_->accesses.end(), accesses->begin(),
                           accesses->end());
  return std::string(status.message());
}

std::string ConcurrentTransaction::CompleteCommit(const std::string& tag,
                                                  Moment now) {
  const bool failed = failed_;
  const bool conflict = conflict_;
  block_ = false;
  if (tag == "COMMIT") {
    EndAs(TransactionRecord::kCommitted, now);
    return failed ? "COMMIT of a transaction that has failed" : "";
  }
  EndAs(
      conflict ? TransactionRecord::kConflict : TransactionRecord::kRolledBack,
      now);
  if (tag != "ROLLBACK") return absl::StrCat("COMMIT was answered ", tag);
  return failed ? "" : "COMMIT was answered ROLLBACK, and no error before";
}

std::string ConcurrentTransaction::OnError(const Command& command,
                                           const std::string& sqlstate,
                                           Moment now) {
  const bool expected = IsExpected(command, sqlstate);
  const bool first = !failed_;
  failed_ = true;
  if (IsConflict(sqlstate, dialect_)) conflict_ = true;
  if (record_ != nullptr && first && command.kind == Command::kOperation) {
    if (sqlstate == "23505" && dialect_ == ConcurrentDialect::kDsql &&
        command.operation.kind == Operation::kInsert) {
      Access access;
      access.kind = Access::kSawPresent;
      access.row = command.operation.row;
      record_->accesses.push_back(access);
      record_->snapshot.to = std::min(record_->snapshot.to, now);
    }
    if (conflict_) AddIntentions(command.operation, &record_->accesses);
  }
  if (command.kind == Command::kCommit) {
    EndAs(conflict_ ? TransactionRecord::kConflict
                    : TransactionRecord::kRolledBack,
          now);
    block_ = false;
  }
  if (!block_ && record_ == nullptr) failed_ = conflict_ = false;
  return expected ? ""
                  : absl::StrCat(sqlstate, " is not expected of ",
                                 command.ToString());
}

bool ConcurrentTransaction::IsExpected(const Command& command,
                                       const std::string& sqlstate) const {
  if (failed_) return sqlstate == "25P02" && command.kind != Command::kCommit;
  if (IsConflict(sqlstate, dialect_)) return MayConflict(command);
  if (command.kind != Command::kOperation) return false;
  const Operation& operation = command.operation;
  if (sqlstate == "23505")
    return operation.inserts() || operation.sets_unique();
  return sqlstate == "22012" && operation.kind == Operation::kDivide &&
         operation.number == 0;
}

bool ConcurrentTransaction::MayConflict(const Command& command) const {
  if (command.kind == Command::kCommit) return true;
  if (dialect_ == ConcurrentDialect::kPostgres)
    return command.kind == Command::kOperation;
  return record_ != nullptr && !begin_sent_;
}

std::string ConcurrentTransaction::OnReady(char status, Moment now) {
  if (record_ != nullptr && !block_) {
    TransactionRecord::Fate fate = TransactionRecord::kCommitted;
    if (failed_) fate = TransactionRecord::kRolledBack;
    if (conflict_) fate = TransactionRecord::kConflict;
    EndAs(fate, now);
  }
  const char expected = block_ ? (failed_ ? 'E' : 'T') : 'I';
  if (!block_) failed_ = conflict_ = begin_sent_ = false;
  if (status == expected) return "";
  return absl::StrCat("ReadyForQuery says ", std::string(1, status), ", not ",
                      std::string(1, expected));
}

void ConcurrentTransaction::OnLeave(const std::deque<Command>& pending,
                                    Moment now) {
  if (record_ != nullptr) {
    if (!failed_)
      for (const Command& command : pending)
        if (command.kind == Command::kOperation)
          AddIntentions(command.operation, &record_->accesses);
    TransactionRecord::Fate fate = TransactionRecord::kRolledBack;
    if (commit_sent_ && !failed_) fate = TransactionRecord::kUnknown;
    if (conflict_) fate = TransactionRecord::kConflict;
    EndAs(fate, fate == TransactionRecord::kUnknown ? kNever : now);
  }
  block_ = failed_ = conflict_ = begin_sent_ = false;
}

void ConcurrentTransaction::EndAs(TransactionRecord::Fate fate, Moment now) {
  if (record_ != nullptr) {
    record_->fate = fate;
    record_->commit.to = now;
  }
  record_ = nullptr;
  failed_ = conflict_ = commit_sent_ = begin_sent_ = false;
}

}  // namespace dsql_testing
