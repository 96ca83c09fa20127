// SPDX-License-Identifier: Apache-2.0

#include "dsql/occ/coordinator.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/session/internal_commands.h"
#include "dsql/occ/catalog_bloat.h"
#include "dsql/occ/key_rows.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

// A statement that takes longer may wait for another transaction.
constexpr std::chrono::milliseconds kFirstLook(2);
// One that does not, although it takes long, is looked at less often.
constexpr std::chrono::milliseconds kLongestPause(64);

// What is asked waits for no lock of a session. Should it, the others do not
// wait for it for ever.
constexpr char kLongestLock[] = "1s";
// What then cannot be told is not guessed: who has to know it ends.
constexpr int kMostTries = 3;

// Some more of one statement may be needed; many would not help.
constexpr int kMostInterruptions = 5;

}  // namespace

Coordinator::Coordinator(asio::any_io_executor executor, ServerAddress address,
                         Clock* clock)
    : executor_(executor),
      address_(std::move(address)),
      clock_(clock),
      asking_(std::move(executor)) {}

void Coordinator::Add(TransactionPeer* peer, std::weak_ptr<void> owner) {
  peers_[peer] = std::move(owner);
  StartWatching();
}

void Coordinator::Remove(TransactionPeer* peer) {
  peers_.erase(peer);
  running_.erase(peer);
  if (peers_.empty()) Forget();
}

// The database may become another one's.
void Coordinator::Forget() {
  if (!asking_.taken()) link_ = nullptr;
  has_keys_ = false;
}

Coordinator::Running::Running(Coordinator* coordinator, TransactionPeer* peer)
    : coordinator_(coordinator->shared_from_this()), peer_(peer) {
  coordinator_->running_[peer] = {++coordinator_->runs_,
                                  SteadyClock::now() + kFirstLook, kFirstLook};
  coordinator_->StartWatching();
  if (peer->changes_schema()) coordinator_->GetReadyToReadKeys();
}

Coordinator::Running::~Running() { coordinator_->running_.erase(peer_); }

void Coordinator::StartWatching() {
  const bool sessions_wait = !running_.empty() && has_company();
  if (watching_ || (!sessions_wait && foreign_ == 0)) return;
  watching_ = true;
  asio::co_spawn(
      executor_,
      [self = shared_from_this()]() -> asio::awaitable<void> {
        co_await self->Watch();
      },
      asio::detached);
}

void Coordinator::ExpectForeignWaits(bool expected) {
  foreign_ += expected ? 1 : -1;
  StartWatching();
}

void Coordinator::ChangeCatalog() {
  ++catalog_version_;
  catalog_changed_ = clock_->Now();
}

asio::awaitable<void> Coordinator::Watch() {
  asio::steady_timer timer(executor_);
  while (!running_.empty() || foreign_ > 0) {
    timer.expires_at(NextLook());
    co_await timer.async_wait(asio::use_awaitable);
    std::vector<TransactionPeer*> due = TakeDue();
    if (due.empty() && foreign_ == 0) continue;
    try {
      co_await Resolve(std::move(due));
    } catch (const std::exception&) {
      // The sessions will notice if the server is gone.
    }
  }
  watching_ = false;
}

// When the next statement is to be looked at that does not run yet, if none
// that does is to be earlier.
Coordinator::SteadyClock::time_point Coordinator::NextLook() const {
  SteadyClock::time_point next = SteadyClock::now() + kFirstLook;
  for (const auto& entry : running_)
    next = std::min(next, entry.second.look_at);
  return next;
}

std::vector<TransactionPeer*> Coordinator::TakeDue() {
  const SteadyClock::time_point now = SteadyClock::now();
  std::vector<TransactionPeer*> due;
  for (const auto& peer : peers_) {
    const auto running = running_.find(peer.first);
    if (running == running_.end() || running->second.look_at > now) continue;
    Run& run = running->second;
    run.look_at = now + run.pause;
    run.pause = std::min<SteadyClock::duration>(2 * run.pause, kLongestPause);
    due.push_back(peer.first);
  }
  return due;
}

asio::awaitable<void> Coordinator::Resolve(
    std::vector<TransactionPeer*> waiting) {
  const Seen seen = co_await FindWaits();
  for (TransactionPeer* peer : waiting) {
    // `peer` may have gone on, or gone, meanwhile: here and below.
    if (!StillRuns(peer, seen)) continue;
    const LockWaits::Wait* const wait = seen.waits.Find(peer->server_pid());
    if (wait == nullptr) continue;
    LookAgain(peer, kFirstLook);
    for (int32_t blocker : wait->blockers) {
      if (!StillRuns(peer, seen)) break;
      if (!co_await MoveAway(peer, blocker, seen)) continue;
      // Nobody may wait any more for whom others waited as well.
      for (TransactionPeer* other : waiting)
        if (other != peer) LookAgain(other, {});
      co_return;
    }
  }
  // A session that has left meanwhile is nobody to make way for.
  if (foreign_ == 0) co_return;
  for (const auto& wait : seen.waits.all()) {
    if (FindPeer(wait.first) != nullptr) continue;
    for (int32_t blocker : wait.second.blockers)
      if (co_await MoveAway(nullptr, blocker, seen)) co_return;
  }
}

bool Coordinator::StillRuns(const TransactionPeer* peer,
                            const Seen& seen) const {
  const auto then = seen.runs.find(peer);
  const auto now = running_.find(peer);
  return then != seen.runs.end() && now != running_.end() &&
         then->second == now->second.number;
}

void Coordinator::LookAgain(TransactionPeer* peer,
                            SteadyClock::duration after) {
  const auto running = running_.find(peer);
  if (running == running_.end()) return;
  Run& run = running->second;
  // A server that is slow has not got the signal yet.
  if (run.interrupted) after = kLongestPause;
  run.look_at = SteadyClock::now() + after;
  run.pause = kFirstLook;
}

asio::awaitable<Coordinator::Seen> Coordinator::FindWaits() {
  Seen seen;
  std::vector<int32_t> pids;
  for (const auto& entry : running_) {
    pids.push_back(entry.first->server_pid());
    seen.runs[entry.first] = entry.second.number;
  }
  for (const auto& entry : peers_)
    seen.ages[entry.first] = entry.first->age_order();
  seen.waits = LockWaits(co_await Ask(LockWaits::Query(pids, foreign_ > 0)));
  co_return seen;
}

TransactionPeer* Coordinator::FindPeer(int32_t pid) const {
  for (const auto& entry : peers_)
    if (entry.first->server_pid() == pid) return entry.first;
  return nullptr;
}

asio::awaitable<bool> Coordinator::MoveAway(TransactionPeer* waiting,
                                            int32_t blocker, const Seen& seen) {
  TransactionPeer* const peer = FindPeer(blocker);
  if (peer == nullptr || peer == waiting) co_return false;
  const std::shared_ptr<void> owner = peers_[peer].lock();
  if (owner == nullptr) co_return false;
  const auto age = seen.ages.find(peer);
  // It has ended what was waited for.
  if (age == seen.ages.end() || age->second != peer->age_order())
    co_return false;
  const bool for_schema =
      waiting == nullptr || seen.waits.Find(waiting->server_pid())->for_schema;
  // A lone statement will be over soon, unless it waits in its turn.
  const bool will_end =
      peer->busy() && !peer->yields() &&
      !seen.waits.Reaches(blocker,
                          waiting == nullptr ? 0 : waiting->server_pid());
  if (will_end) co_return false;
  if (!for_schema && waiting->yields())
    co_return co_await Interrupt(waiting, seen);
  co_return co_await LetThrough(waiting, peer, seen);
}

asio::awaitable<bool> Coordinator::LetThrough(TransactionPeer* waiting,
                                              TransactionPeer* blocker,
                                              const Seen& seen) {
  if (blocker->can_park()) {
    co_await blocker->Park();
    co_return true;
  }
  // PostgreSQL waits for the whole transaction where a savepoint of it was
  // released, even if its rows are free again by now.
  if (waiting != nullptr && blocker->has_no_rows() &&
      !seen.waits.Find(waiting->server_pid())->for_schema &&
      waiting->interruptions() < kMostInterruptions)
    co_return co_await Interrupt(waiting, seen);
  if (blocker->can_abort()) {
    // What it holds is no row: it read a table, or wrote before there was a
    // savepoint.
    const bool schema = waiting == nullptr || waiting->changes_schema();
    const v1::SqlErrorDetail error = schema ? SchemaConflict() : DataConflict();
    co_await blocker->Abort(error);
    co_return true;
  }
  // Of two that insist and wait for each other the younger starts again.
  if (waiting != nullptr && blocker->busy() && !blocker->yields() &&
      blocker->age_order() > waiting->age_order() &&
      seen.waits.Find(blocker->server_pid()) != nullptr)
    co_return co_await Interrupt(blocker, seen);
  co_return false;
}

asio::awaitable<bool> Coordinator::Interrupt(TransactionPeer* peer,
                                             const Seen& seen) {
  if (!StillRuns(peer, seen)) co_return false;
  // Outlives the interruption, which tells the session when it is over.
  const std::shared_ptr<void> owner = peers_[peer].lock();
  if (owner == nullptr) co_return false;
  running_[peer].interrupted = true;
  LookAgain(peer, kFirstLook);
  const std::shared_ptr<void> interruption = peer->BeginInterruption();
  co_await Ask(
      absl::StrCat("SELECT pg_cancel_backend(", peer->server_pid(), ")"));
  co_return true;
}

asio::awaitable<std::unique_ptr<ServerLink>> Coordinator::Connect() {
  auto link = std::make_unique<ServerLink>(executor_);
  Settings parameters = address_.internal;
  // For who looks at pg_stat_activity.
  parameters.emplace_back("application_name", "dsql_internal");
  parameters.emplace_back("lock_timeout", kLongestLock);
  co_await link->Open(address_, parameters);
  co_return link;
}

asio::awaitable<Coordinator::Rows> Coordinator::Ask(std::string sql) {
  const Turns::Turn turn = co_await asking_.Await();
  if (link_ == nullptr) link_ = co_await Connect();
  std::string request;
  pgwire::EncodeQuery(sql, &request);
  std::string answer;
  try {
    answer = co_await link_->Exchange(request);
  } catch (const std::exception&) {
    link_ = nullptr;
    throw;
  }
  ThrowIfError(StatusOf(answer));
  co_return TextRows(answer);
}

asio::awaitable<const KeyCatalog*> Coordinator::Keys() {
  for (int tries = 1; KnownKeys() == nullptr && tries <= kMostTries; ++tries) {
    try {
      co_await ReadKeys();
    } catch (const StatusError&) {
      // Somebody changed what was looked at, perhaps.
      if (tries == kMostTries) throw;
    } catch (const std::exception&) {
      // The sessions will notice if the server is gone.
      break;
    }
  }
  co_return &keys_;
}

void Coordinator::GetReadyToReadKeys() {
  if (link_ != nullptr || asking_.taken()) return;
  asio::co_spawn(
      executor_,
      [self = shared_from_this()]() -> asio::awaitable<void> {
        try {
          co_await self->ReadKeys();
        } catch (const std::exception&) {
          // As above.
        }
        if (self->peers_.empty()) self->Forget();
      },
      asio::detached);
}

asio::awaitable<void> Coordinator::ReadKeys() {
  const uint64_t version = catalog_version_;
  // One statement, so that it is one catalog.
  const Rows rows =
      co_await Ask("SELECT kind, a, b, c, d FROM dsql_internal.keys()");
  keys_ = dsql::ReadKeys(rows);
  has_keys_ = true;
  keys_version_ = version;
}

void Coordinator::CountCopy() {
  if (++copies_ < kCopiesUntilVacuum) return;
  copies_ = 0;
  asio::co_spawn(
      executor_,
      [self = shared_from_this()]() -> asio::awaitable<void> {
        try {
          // Its own connection: who waits for whom is asked meanwhile.
          const auto link = co_await self->Connect();
          std::string request;
          pgwire::EncodeQuery(kVacuumCatalogs, &request);
          co_await link->Exchange(request);
        } catch (const std::exception&) {
          // As above.
        }
      },
      asio::detached);
}

}  // namespace dsql
