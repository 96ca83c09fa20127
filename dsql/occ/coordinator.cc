#include "dsql/occ/coordinator.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "dsql/gateway/session/internal_commands.h"
#include "dsql/occ/transaction_errors.h"
#include "dsql/pgwire/frontend.h"

namespace dsql {
namespace {

namespace asio = ::boost::asio;

// A statement that takes longer may wait for another transaction.
constexpr std::chrono::milliseconds kFirstLook(2);
// One that does not, although it takes long, is looked at less often.
constexpr std::chrono::milliseconds kLongestPause(64);

int32_t ToPid(absl::string_view text) {
  int32_t pid = 0;
  return absl::SimpleAtoi(text, &pid) ? pid : 0;
}

}  // namespace

Coordinator::Coordinator(
    asio::any_io_executor executor, ServerAddress address,
    std::vector<std::pair<std::string, std::string>> parameters)
    : executor_(std::move(executor)),
      address_(std::move(address)),
      parameters_(std::move(parameters)) {}

void Coordinator::Add(TransactionPeer* peer, std::weak_ptr<void> owner) {
  peers_[peer] = std::move(owner);
  StartWatching();
}

void Coordinator::Remove(TransactionPeer* peer) {
  peers_.erase(peer);
  running_.erase(peer);
  if (!peers_.empty()) return;
  // The database may become another one's.
  if (!asking_) link_ = nullptr;
  has_keys_ = false;
}

void Coordinator::Started(TransactionPeer* peer) {
  running_[peer] = {Clock::now() + kFirstLook, kFirstLook};
  StartWatching();
}

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

asio::awaitable<void> Coordinator::Watch() {
  asio::steady_timer timer(executor_);
  while (!running_.empty() || foreign_ > 0) {
    timer.expires_at(NextLook());
    co_await timer.async_wait(asio::use_awaitable);
    const std::vector<TransactionPeer*> due = TakeDue();
    if (due.empty() && foreign_ == 0) continue;
    try {
      co_await Resolve(due);
    } catch (const std::exception&) {
      // The server is gone, as the sessions will notice.
      link_ = nullptr;
    }
  }
  watching_ = false;
}

// When the next statement is to be looked at that does not run yet, if none
// that does is to be earlier.
Coordinator::Clock::time_point Coordinator::NextLook() const {
  Clock::time_point next = Clock::now() + kFirstLook;
  for (const auto& entry : running_)
    next = std::min(next, entry.second.look_at);
  return next;
}

std::vector<TransactionPeer*> Coordinator::TakeDue() {
  const Clock::time_point now = Clock::now();
  std::vector<TransactionPeer*> due;
  for (auto& entry : running_) {
    Running& running = entry.second;
    if (running.look_at > now) continue;
    running.look_at = now + running.pause;
    running.pause = std::min<Clock::duration>(2 * running.pause, kLongestPause);
    due.push_back(entry.first);
  }
  return due;
}

asio::awaitable<void> Coordinator::Resolve(
    const std::vector<TransactionPeer*>& waiting) {
  Ages ages;
  for (const auto& entry : peers_) ages[entry.first] = entry.first->age_order();
  const Waits waits = co_await FindWaits();
  for (TransactionPeer* peer : waiting) {
    // `peer` may have gone on, or gone, meanwhile: here and below.
    if (running_.count(peer) == 0) continue;
    const auto found = waits.find(peer->server_pid());
    if (found == waits.end()) continue;
    LookAgain(peer, kFirstLook);
    for (int32_t blocker : found->second) {
      if (running_.count(peer) == 0) break;
      if (!co_await MoveAway(peer, blocker, waits, ages)) continue;
      // Nobody may wait any more for whom others waited as well.
      for (TransactionPeer* other : waiting) LookAgain(other, {});
      co_return;
    }
  }
  for (const auto& wait : waits) {
    if (FindPeer(wait.first) != nullptr) continue;
    for (int32_t blocker : wait.second)
      if (co_await MoveAway(nullptr, blocker, waits, ages)) co_return;
  }
}

void Coordinator::LookAgain(TransactionPeer* peer, Clock::duration after) {
  const auto running = running_.find(peer);
  if (running == running_.end()) return;
  running->second = {Clock::now() + after, kFirstLook};
}

asio::awaitable<Coordinator::Waits> Coordinator::FindWaits() {
  std::vector<int32_t> pids;
  for (const auto& entry : running_) pids.push_back(entry.first->server_pid());
  const absl::string_view others =
      foreign_ > 0 ? " UNION SELECT pid FROM pg_locks WHERE NOT granted" : "";
  const auto rows = co_await Ask(absl::StrCat(
      "SELECT pid, array_to_string(pg_blocking_pids(pid), ',') "
      "FROM (SELECT unnest('{",
      absl::StrJoin(pids, ","), "}'::int4[]) AS pid", others, ") AS p"));
  Waits waits;
  for (const auto& row : rows)
    for (absl::string_view blocker :
         absl::StrSplit(row[1], ',', absl::SkipEmpty()))
      waits[ToPid(row[0])].push_back(ToPid(blocker));
  co_return waits;
}

TransactionPeer* Coordinator::FindPeer(int32_t pid) const {
  for (const auto& entry : peers_)
    if (entry.first->server_pid() == pid) return entry.first;
  return nullptr;
}

bool Coordinator::Reaches(const Waits& waits, int32_t from, int32_t to) {
  std::set<int32_t> seen;
  std::vector<int32_t> next = {from};
  while (!next.empty()) {
    const int32_t pid = next.back();
    next.pop_back();
    if (pid == to) return true;
    const auto found = waits.find(pid);
    if (found == waits.end() || !seen.insert(pid).second) continue;
    next.insert(next.end(), found->second.begin(), found->second.end());
  }
  return false;
}

asio::awaitable<bool> Coordinator::MoveAway(TransactionPeer* waiting,
                                            int32_t blocker, const Waits& waits,
                                            const Ages& ages) {
  TransactionPeer* const peer = FindPeer(blocker);
  if (peer == nullptr) co_return false;
  const std::shared_ptr<void> owner = peers_[peer].lock();
  if (owner == nullptr) co_return false;
  const auto age = ages.find(peer);
  // It has ended what was waited for.
  if (age == ages.end() || age->second != peer->age_order()) co_return false;
  if (peer->can_park()) {
    co_await peer->Park();
  } else if (peer->can_abort()) {
    // What it holds is no row: it read a table, or wrote before there was a
    // savepoint.
    const bool schema = waiting == nullptr || waiting->changes_schema();
    const v1::SqlErrorDetail error = schema ? SchemaConflict() : DataConflict();
    co_await peer->Abort(error);
  } else if (waiting != nullptr && peer->busy() &&
             Reaches(waits, blocker, waiting->server_pid()) &&
             peer->age_order() > waiting->age_order()) {
    co_await peer->Interrupt();
  } else {
    co_return false;
  }
  co_return true;
}

asio::awaitable<std::vector<std::vector<std::string>>> Coordinator::Ask(
    const std::string& sql) {
  asio::steady_timer pause(executor_);
  while (asking_) {
    pause.expires_after(kFirstLook);
    co_await pause.async_wait(asio::use_awaitable);
  }
  struct Asking {
    bool* flag;
    ~Asking() { *flag = false; }
  };
  asking_ = true;
  const Asking asking{&asking_};
  if (link_ == nullptr) {
    auto link = std::make_unique<ServerLink>(executor_);
    co_await link->Open(address_, parameters_);
    link_ = std::move(link);
  }
  std::string request;
  pgwire::EncodeQuery(sql, &request);
  std::string answer;
  try {
    answer = co_await link_->Exchange(request);
  } catch (const std::exception&) {
    link_ = nullptr;
    throw;
  }
  co_return TextRows(answer);
}

asio::awaitable<const KeyCatalog*> Coordinator::Keys() {
  if (has_keys_ && keys_version_ == catalog_version_) co_return &keys_;
  const uint64_t version = catalog_version_;
  const auto rows = co_await Ask("SELECT * FROM dsql_internal.key_columns()");
  keys_ = KeyCatalog();
  for (const auto& row : rows) keys_.Add(row[0], row[1], row[2]);
  has_keys_ = true;
  keys_version_ = version;
  co_return &keys_;
}

}  // namespace dsql
