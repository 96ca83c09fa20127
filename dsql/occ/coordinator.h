// SPDX-License-Identifier: Apache-2.0

// What makes transactions of one database wait for nobody.

#ifndef DSQL_OCC_COORDINATOR_H_
#define DSQL_OCC_COORDINATOR_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "dsql/base/clock.h"
#include "dsql/gateway/link/server_address.h"
#include "dsql/gateway/link/server_link.h"
#include "dsql/occ/commit_history.h"
#include "dsql/occ/key_catalog.h"
#include "dsql/occ/lock_waits.h"
#include "dsql/occ/transaction_peer.h"
#include "dsql/occ/turn.h"

namespace dsql {

// Looks, while statements run, whether PostgreSQL makes one wait for another
// session's transaction. Who waits steps aside; but where a commit waits, the
// other gives its locks up. Knows the order of commits and the version of the
// catalog.
//
// Used on the gateway's thread alone.
class Coordinator : public std::enable_shared_from_this<Coordinator> {
 public:
  // Asks by `address.internal`, so that no limit of a role of users is in its
  // way. The clock is not owned.
  Coordinator(boost::asio::any_io_executor executor, ServerAddress address,
              Clock* clock);

  // `owner` keeps `peer` and its connection alive while it can be locked.
  void Add(TransactionPeer* peer, std::weak_ptr<void> owner);
  void Remove(TransactionPeer* peer);

  // A statement of `peer` runs while this lives.
  class Running {
   public:
    Running(Coordinator* coordinator, TransactionPeer* peer);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    const std::shared_ptr<Coordinator> coordinator_;
    TransactionPeer* const peer_;
  };

  // Connections that are not sessions change schemas, or do so no longer; what
  // they wait for is moved out of their way as well.
  void ExpectForeignWaits(bool expected);

  // There is more than one session.
  bool has_company() const { return peers_.size() > 1; }

  CommitHistory& history() { return history_; }

  uint64_t catalog_version() const { return catalog_version_; }
  // When the catalog changed last, by the clock.
  absl::Time catalog_changed() const { return catalog_changed_; }
  void ChangeCatalog();
  uint64_t NextAge() { return ++ages_; }
  // Of the catalog as it is now; null where the server has to be asked.
  const KeyCatalog* KnownKeys() const {
    return has_keys_ && keys_version_ == catalog_version_ ? &keys_ : nullptr;
  }
  // The same, after asking; as it was known last, where the server cannot be
  // asked.
  boost::asio::awaitable<const KeyCatalog*> Keys();
  // A private copy was made, which leaves dead rows in the catalogs.
  void CountCopy();

 private:
  using SteadyClock = std::chrono::steady_clock;
  struct Run {
    // Another one for each statement.
    uint64_t number = 0;
    SteadyClock::time_point look_at;
    SteadyClock::duration pause;
    bool interrupted = false;
  };
  // What ran, and in which transaction, when it was asked who waits.
  struct Seen {
    LockWaits waits;
    std::map<const TransactionPeer*, uint64_t> runs;
    std::map<const TransactionPeer*, uint64_t> ages;
  };

  void StartWatching();
  // Looks at what runs until nothing does.
  boost::asio::awaitable<void> Watch();
  SteadyClock::time_point NextLook() const;
  std::vector<TransactionPeer*> TakeDue();
  boost::asio::awaitable<void> Resolve(std::vector<TransactionPeer*> waiting);
  boost::asio::awaitable<Seen> FindWaits();
  // Whether something was done, after which `seen` is not true any more.
  // `waiting` is null where it is no session.
  boost::asio::awaitable<bool> MoveAway(TransactionPeer* waiting,
                                        int32_t blocker, const Seen& seen);
  boost::asio::awaitable<bool> LetThrough(TransactionPeer* waiting,
                                          TransactionPeer* blocker,
                                          const Seen& seen);
  boost::asio::awaitable<bool> Interrupt(TransactionPeer* peer,
                                         const Seen& seen);
  bool StillRuns(const TransactionPeer* peer, const Seen& seen) const;
  // At `peer`, if it still runs.
  void LookAgain(TransactionPeer* peer, SteadyClock::duration after);
  TransactionPeer* FindPeer(int32_t pid) const;

  using Rows = std::vector<std::vector<std::string>>;
  boost::asio::awaitable<std::unique_ptr<ServerLink>> Connect();
  // Asks on the coordinator's own connection: rows of text.
  boost::asio::awaitable<Rows> Ask(std::string sql);
  boost::asio::awaitable<void> ReadKeys();
  // While the schema changes: who writes next will ask for keys, which takes a
  // connection, and a process whose caches are filled, ten times as long as the
  // question itself.
  void GetReadyToReadKeys();
  void Forget();

  const boost::asio::any_io_executor executor_;
  const ServerAddress address_;
  Clock* const clock_;
  std::map<TransactionPeer*, std::weak_ptr<void>> peers_;
  std::map<const TransactionPeer*, Run> running_;
  uint64_t runs_ = 0;
  bool watching_ = false;
  int foreign_ = 0;
  std::unique_ptr<ServerLink> link_;
  Turns asking_;
  CommitHistory history_;
  uint64_t ages_ = 0;
  uint64_t catalog_version_ = 0;
  absl::Time catalog_changed_ = absl::InfinitePast();
  KeyCatalog keys_;
  bool has_keys_ = false;
  uint64_t keys_version_ = 0;
  int copies_ = 0;
};

}  // namespace dsql

#endif  // DSQL_OCC_COORDINATOR_H_
