// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_planner.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace dsql_testing {
namespace {

using Command = ConcurrentCommand;
using Operation = ConcurrentOperation;

constexpr int kUniqueKeys = 3;

ConcurrentBatch One(Command::Kind kind) {
  ConcurrentBatch batch;
  batch.commands.push_back(ControlCommand(kind));
  return batch;
}

}  // namespace

void ConcurrentPlanner::Begin(uint32_t seed, int base) {
  random_.seed(seed * 100u + static_cast<unsigned>(session_));
  base_ = base;
  operations_left_ = options_.operations;
  left_ = 0;
  scripted_ = false;
  prepared_.reset();
  transfer_.reset();
  known_.clear();
}

void ConcurrentPlanner::Script(std::vector<ConcurrentOperation> operations) {
  scripted_ = true;
  operations_left_ = static_cast<int>(operations.size());
  left_ = operations_left_;
  std::reverse(operations.begin(), operations.end());
  script_ = std::move(operations);
}

void ConcurrentPlanner::EndScript() {
  scripted_ = false;
  operations_left_ = options_.operations;
}

std::vector<Operation> ConcurrentPlanner::FirstWrites() {
  std::vector<Operation> operations;
  for (int i = 0; i < 3; ++i)
    operations.push_back(Write(Operation::kInsert, base_ + i));
  for (int i = 0; i < 2; ++i) {
    operations.push_back(Write(Operation::kInsertUnique, base_ + i));
    operations.back().u = 2 * base_ + i;
  }
  return operations;
}

std::vector<Operation> ConcurrentPlanner::LastReads() const {
  Operation read;
  read.kind = Operation::kReadRange;
  read.row = {'a', base_};
  read.last = base_ + options_.keys - 1;
  Operation unique = read;
  unique.row = {'q', base_};
  unique.last = base_ + kUniqueKeys - 1;
  return {read, unique};
}

ConcurrentBatch ConcurrentPlanner::Next(SessionPlace place,
                                        const StatementNames& names) {
  ConcurrentBatch batch;
  switch (place) {
    case SessionPlace::kOutside:
      transfer_.reset();
      if (operations_left_ > 0) batch = Outside(names);
      break;
    case SessionPlace::kBlock:
      batch = Block(names);
      break;
    case SessionPlace::kFailedBlock:
      batch = FailedBlock();
      break;
    case SessionPlace::kPipeline:
      if (Below(2) == 0) AddOperations(names, &batch);
      batch.sync = true;
      break;
  }
  const bool leaves = !scripted_ && Below(1000) < options_.drops;
  if (leaves && !batch.commands.empty()) batch.leaves_after = Below(4);
  return batch;
}

ConcurrentBatch ConcurrentPlanner::Outside(const StatementNames& names) {
  ConcurrentBatch batch;
  left_ = 1 + Below(5);
  if (scripted_) {
    left_ = operations_left_;
    return One(Command::kBegin);
  }
  const int choice = Below(100);
  if (choice < 5) return Housekeeping(names);
  if (choice < 30) left_ = 1;
  if (choice < 40) {
    AddOperations(names, &batch);
    batch.sync = !habits_.flushes || batch.commands.size() == 1;
    return batch;
  }
  batch = One(Command::kBegin);
  if (!habits_.begin_with_first) return batch;
  AddOperations(names, &batch);
  batch.sync = !habits_.flushes;
  return batch;
}

ConcurrentBatch ConcurrentPlanner::Housekeeping(const StatementNames& names) {
  const std::string name = names.Any(random_());
  if (habits_.simple || name.empty() || Below(2) == 0)
    return One(Command::kDeallocateAll);
  ConcurrentBatch batch = One(Command::kClose);
  batch.commands.front().statement = name;
  return batch;
}

ConcurrentBatch ConcurrentPlanner::Block(const StatementNames& names) {
  ConcurrentBatch batch;
  if (!scripted_ && !habits_.flushes && Below(40) == 0)
    return Housekeeping(names);
  if (left_ > 0) {
    AddOperations(names, &batch);
    batch.sync = !habits_.flushes || Below(5) == 0;
    const bool prepares = batch.commands.back().kind == Command::kPrepare;
    const bool last = left_ == 0 && !prepares && habits_.commit_with_last;
    if (!last || Below(2) == 0) return batch;
  }
  const bool commits = scripted_ || Below(100) < 85;
  batch.commands.push_back(
      ControlCommand(commits ? Command::kCommit : Command::kRollback));
  batch.sync = true;
  return batch;
}

ConcurrentBatch ConcurrentPlanner::FailedBlock() {
  transfer_.reset();
  prepared_.reset();
  if (Below(10) >= 4 || scripted_)
    return One(Below(2) == 0 ? Command::kCommit : Command::kRollback);
  ConcurrentBatch batch;
  batch.commands.push_back(OperationCommand(RandomOperation()));
  return batch;
}

void ConcurrentPlanner::AddOperations(const StatementNames& names,
                                      ConcurrentBatch* batch) {
  const int count = std::min(std::max(left_, 1), 1 + Below(habits_.max_batch));
  for (int i = 0; i < count; ++i) {
    const bool fresh = !prepared_.has_value();
    const Operation operation = fresh ? NextOperation() : *prepared_;
    prepared_.reset();
    batch->commands.push_back(OperationCommand(operation));
    Command& command = batch->commands.back();
    if (fresh && habits_.prepares_first && names.IsNew(command.sql.text)) {
      command.kind = Command::kPrepare;
      prepared_ = operation;
      return;
    }
    --left_;
    --operations_left_;
    // What a row holds after this is only known from the answer.
    known_.erase(operation.row);
  }
}

Operation ConcurrentPlanner::NextOperation() {
  if (scripted_ && !script_.empty()) {
    const Operation next = script_.back();
    script_.pop_back();
    return next;
  }
  if (transfer_.has_value()) {
    const Operation next = *transfer_;
    transfer_.reset();
    return next;
  }
  return RandomOperation();
}

std::string ConcurrentPlanner::NewElement(int64_t number) {
  return absl::StrCat("s", session_, "n", ++elements_, ":", number);
}

Operation ConcurrentPlanner::Write(Operation::Kind kind, int k) {
  Operation operation;
  operation.kind = kind;
  const bool unique =
      kind == Operation::kInsertUnique || kind == Operation::kUpdateUnique;
  operation.row = {unique ? 'q' : 'a', k};
  operation.number = 1;
  operation.element = NewElement(1);
  return operation;
}

Operation ConcurrentPlanner::RandomOperation() {
  static constexpr Operation::Kind kKinds[] = {
      Operation::kRead,         Operation::kRead,
      Operation::kReadRange,    Operation::kReadRange,
      Operation::kReadLocked,   Operation::kUpdate,
      Operation::kUpdate,       Operation::kUpdate,
      Operation::kBlindUpdate,  Operation::kRewrite,
      Operation::kRewrite,      Operation::kUpdateUnique,
      Operation::kInsertUnique, Operation::kDivide,
      Operation::kInsert,       Operation::kInsert,
      Operation::kDelete,       Operation::kDelete};
  // PostgreSQL lets a row in under a key that its snapshot still has.
  const bool deletes = options_.dialect == ConcurrentDialect::kDsql;
  Operation::Kind kind = kKinds[Below(deletes ? 18 : 16)];
  if (kind == Operation::kRewrite && known_.empty()) kind = Operation::kRead;
  const bool unique =
      kind == Operation::kInsertUnique || kind == Operation::kUpdateUnique;
  const int k = base_ + Below(unique ? kUniqueKeys : options_.keys);
  Operation operation;
  operation.kind = kind;
  operation.row = {unique ? 'q' : 'a', k};
  if (kind == Operation::kReadRange) return LastReads()[Below(4) == 0 ? 1 : 0];
  if (kind == Operation::kDivide) operation.number = Below(2);
  if (!operation.writes() || kind == Operation::kDelete) return operation;
  operation = Write(kind, k);
  operation.u = 2 * base_ + Below(2 * kUniqueKeys);
  if (kind == Operation::kRewrite) {
    auto known = known_.begin();
    std::advance(known, Below(static_cast<int>(known_.size())));
    operation.row = known->first;
    operation.before = known->second.first;
    operation.before_number = known->second.second;
  }
  if (kind == Operation::kUpdate && left_ > 1 && Below(3) == 0) {
    operation.number = -3;
    operation.element = NewElement(-3);
    transfer_ = Write(kind, base_ + (k - base_ + 1) % options_.keys);
    transfer_->number = 3;
    transfer_->element = NewElement(3);
  }
  return operation;
}

void ConcurrentPlanner::OnEnd() {
  known_.clear();
  prepared_.reset();
  transfer_.reset();
}

void ConcurrentPlanner::OnAnswer(const Operation& operation,
                                 const std::vector<Access>& accesses) {
  if (operation.writes()) known_.erase(operation.row);
  if (operation.kind == Operation::kDelete) return;
  for (const Access& access : accesses)
    if (access.kind == Access::kSaw && access.row.first == 'a')
      known_[access.row] = {access.elements, access.value};
}

}  // namespace dsql_testing
