// SPDX-License-Identifier: Apache-2.0

#include "testing/occ/concurrent_runner.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/base/status_macros.h"
#include "testing/occ/concurrent_world.h"

namespace dsql_testing {
namespace {

class Runner {
 public:
  explicit Runner(const ConcurrentOptions& options) : options_(options) {}

  absl::StatusOr<ConcurrentReport> Run() {
    while (begun_ < std::min(options_.worlds, options_.histories)) {
      worlds_.push_back(std::make_unique<ConcurrentWorld>(options_));
      DSQL_RETURN_IF_ERROR(worlds_.back()->Begin(begun_++));
    }
    while (!worlds_.empty()) {
      DSQL_RETURN_IF_ERROR(Step());
      if (!worlds_.empty()) Poll();
    }
    return report_;
  }

 private:
  absl::Status Step() {
    for (size_t i = 0; i < worlds_.size(); ++i) {
      auto result = worlds_[i]->Step(MonotonicNow());
      if (!result.has_value()) continue;
      Add(*result);
      if (begun_ < options_.histories && !over()) {
        DSQL_RETURN_IF_ERROR(worlds_[i]->Begin(begun_++));
      } else {
        worlds_.erase(worlds_.begin() + static_cast<long>(i--));
      }
    }
    if (over()) worlds_.clear();
    return absl::OkStatus();
  }

  bool over() const {
    return static_cast<int>(report_.violations.size()) >=
           options_.max_violations;
  }

  void Add(const ConcurrentResult& result) {
    ++report_.histories;
    report_.transactions += result.transactions;
    report_.statements += result.statements;
    report_.commits += result.commits;
    report_.conflicts += result.verdict.conflicts;
    report_.needless += result.verdict.needless;
    report_.unknown += result.verdict.unknown;
    report_.drops += result.drops;
    if (!result.verdict.violations.empty())
      report_.violations.push_back(absl::StrCat(
          absl::StrJoin(result.verdict.violations, "\n"), "\n", result.trace));
  }

  // Until something is heard, or a session's pause or patience is over.
  void Poll() {
    std::vector<pollfd> sockets;
    std::vector<ConcurrentSession*> owners;
    Moment until = kNever;
    for (const auto& world : worlds_) {
      for (const auto& session : world->sessions()) {
        const short events =
            session->wants_to_write() ? POLLIN | POLLOUT : POLLIN;
        sockets.push_back({session->fd(), events, 0});
        owners.push_back(session.get());
        until = std::min({until, session->next_act(), session->overdue_at()});
      }
    }
    const Moment left = std::max<Moment>(until - MonotonicNow(), 0);
    const timespec timeout = {static_cast<time_t>(left / 1'000'000'000),
                              static_cast<long>(left % 1'000'000'000)};
    if (ppoll(sockets.data(), sockets.size(), &timeout, nullptr) <= 0) return;
    for (size_t i = 0; i < sockets.size(); ++i) {
      if ((sockets[i].revents & POLLOUT) != 0) owners[i]->Write();
      if ((sockets[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        owners[i]->Read(MonotonicNow());
    }
  }

  const ConcurrentOptions& options_;
  std::vector<std::unique_ptr<ConcurrentWorld>> worlds_;
  int begun_ = 0;
  ConcurrentReport report_;
};

}  // namespace

std::string ConcurrentReport::ToString() const {
  return absl::StrCat(
      histories, " histories, ", transactions, " transactions, ", statements,
      " statements, ", commits, " COMMITs, ", conflicts, " conflicts, ",
      needless, " of them needless, ", drops, " connections left, ", unknown,
      " unknown outcomes, ", violations.size(), " violations");
}

absl::StatusOr<ConcurrentReport> RunConcurrentHistories(
    const ConcurrentOptions& options) {
  return Runner(options).Run();
}

}  // namespace dsql_testing
