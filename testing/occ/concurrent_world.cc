// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_world.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"

namespace dsql_testing {

absl::Status ConcurrentWorld::Begin(int number) {
  const uint32_t seed = options_.seed + static_cast<uint32_t>(number);
  title_ = absl::StrCat("seed ", seed);
  log_ = ConcurrentLog();
  phase_ = kFirstWrites;
  if (sessions_.empty()) DSQL_RETURN_IF_ERROR(Connect(seed));
  for (const auto& session : sessions_) {
    session->set_log(&log_);
    session->planner().Begin(seed, (number + 1) * 2 * options_.keys);
  }
  ConcurrentPlanner& first = sessions_.front()->planner();
  first.Script(first.FirstWrites());
  sessions_.front()->Resume();
  return absl::OkStatus();
}

absl::Status ConcurrentWorld::Connect(uint32_t seed) {
  std::vector<const DriverHabits*> habits;
  for (const DriverHabits& known : KnownDriverHabits())
    if (options_.habits.empty() || options_.habits == known.name)
      habits.push_back(&known);
  if (habits.empty()) return absl::NotFoundError(options_.habits);
  std::mt19937 random(seed);
  for (size_t i = 0; i < static_cast<size_t>(options_.sessions); ++i) {
    const size_t choice = i < habits.size() ? i : random() % habits.size();
    sessions_.push_back(std::make_unique<ConcurrentSession>(
        options_, *habits[choice], static_cast<int>(i)));
    DSQL_RETURN_IF_ERROR(sessions_.back()->Connect());
  }
  return absl::OkStatus();
}

absl::optional<ConcurrentResult> ConcurrentWorld::Step(Moment now) {
  const size_t active = phase_ == kRandom ? sessions_.size() : 1;
  for (size_t i = 0; i < active; ++i) {
    ConcurrentSession& session = *sessions_[i];
    if (session.overdue_at() < now) session.TellOverdue();
    if (log_.violations.empty()) session.Act(now);
  }
  if (!log_.violations.empty()) return Finish();
  if (!AllFinished()) return absl::nullopt;
  if (phase_ == kLastReads) return Finish();
  EnterNextPhase();
  return absl::nullopt;
}

bool ConcurrentWorld::AllFinished() const {
  const size_t active = phase_ == kRandom ? sessions_.size() : 1;
  for (size_t i = 0; i < active; ++i)
    if (!sessions_[i]->finished()) return false;
  return true;
}

void ConcurrentWorld::EnterNextPhase() {
  ConcurrentPlanner& first = sessions_.front()->planner();
  if (phase_ == kFirstWrites) {
    phase_ = kRandom;
    first.EndScript();
    for (const auto& session : sessions_) session->Resume();
  } else {
    phase_ = kLastReads;
    first.Script(first.LastReads());
    sessions_.front()->Resume();
  }
}

ConcurrentResult ConcurrentWorld::Finish() {
  ConcurrentResult result;
  const std::vector<TransactionRecord> transactions(log_.transactions.begin(),
                                                    log_.transactions.end());
  if (log_.violations.empty()) {
    result.verdict = JudgeHistory(transactions, options_.dialect);
    if (transactions.back().fate != TransactionRecord::kCommitted)
      result.verdict.violations = {"the last read failed"};
  } else {
    result.verdict.violations = log_.violations;
  }
  std::vector<std::string>& violations = result.verdict.violations;
  violations.erase(std::unique(violations.begin(), violations.end()),
                   violations.end());
  result.transactions = static_cast<int>(transactions.size());
  result.statements = log_.statements;
  result.commits = log_.commits;
  result.drops = log_.drops;
  if (result.verdict.violations.empty()) return result;
  result.trace =
      absl::StrCat(title_, "\n", absl::StrJoin(log_.trace, "\n"), "\n");
  sessions_.clear();
  return result;
}

}  // namespace dsql_testing
