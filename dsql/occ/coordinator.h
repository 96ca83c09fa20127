// What makes transactions of one database wait for nobody.

#ifndef DSQL_OCC_COORDINATOR_H_
#define DSQL_OCC_COORDINATOR_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/steady_timer.hpp"
#include "dsql/gateway/link/server_link.h"
#include "dsql/gateway/login/cluster_backend.h"
#include "dsql/occ/commit_history.h"
#include "dsql/occ/key_catalog.h"
#include "dsql/occ/transaction_peer.h"

namespace dsql {

// Looks, while statements run, whether PostgreSQL makes one wait for another
// session's transaction, and moves that one out of the way. Knows the order of
// commits and the version of the catalog.
//
// Used on the gateway's thread alone.
class Coordinator : public std::enable_shared_from_this<Coordinator> {
 public:
  // `parameters` are those of a startup message: a role and a database.
  Coordinator(boost::asio::any_io_executor executor, ServerAddress address,
              std::vector<std::pair<std::string, std::string>> parameters);

  // `owner` keeps `peer` and its connection alive while it can be locked.
  void Add(TransactionPeer* peer, std::weak_ptr<void> owner);
  void Remove(TransactionPeer* peer);

  // A statement of `peer` runs, until Finished().
  void Started(TransactionPeer* peer);
  void Finished(TransactionPeer* peer) { running_.erase(peer); }

  // Connections that are not sessions change schemas, or do so no longer; what
  // they wait for is moved out of their way as well.
  void ExpectForeignWaits(bool expected);

  // There is more than one session.
  bool has_company() const { return peers_.size() > 1; }

  CommitHistory& history() { return history_; }

  uint64_t catalog_version() const { return catalog_version_; }
  uint64_t NextAge() { return ++ages_; }
  void ChangeCatalog() { ++catalog_version_; }
  // Of the catalog as it is now. Where the server cannot be asked, empty.
  boost::asio::awaitable<const KeyCatalog*> Keys();

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    Clock::time_point look_at;
    Clock::duration pause;
  };
  // Who waits, by process id, and for whom.
  using Waits = std::map<int32_t, std::vector<int32_t>>;

  void StartWatching();
  // Looks at what runs until nothing does.
  boost::asio::awaitable<void> Watch();
  Clock::time_point NextLook() const;
  std::vector<TransactionPeer*> TakeDue();
  boost::asio::awaitable<void> Resolve(
      const std::vector<TransactionPeer*>& waiting);
  boost::asio::awaitable<Waits> FindWaits();
  // The transactions of all sessions when `waits` was asked for.
  using Ages = std::map<const TransactionPeer*, uint64_t>;
  // Whether something was done, after which `waits` is not true any more.
  // `waiting` is null where it is no session.
  boost::asio::awaitable<bool> MoveAway(TransactionPeer* waiting,
                                        int32_t blocker, const Waits& waits,
                                        const Ages& ages);
  // At `peer`, if it still runs.
  void LookAgain(TransactionPeer* peer, Clock::duration after);
  TransactionPeer* FindPeer(int32_t pid) const;
  static bool Reaches(const Waits& waits, int32_t from, int32_t to);

  // Asks on the coordinator's own connection: rows of text.
  boost::asio::awaitable<std::vector<std::vector<std::string>>> Ask(
      const std::string& sql);

  const boost::asio::any_io_executor executor_;
  const ServerAddress address_;
  const std::vector<std::pair<std::string, std::string>> parameters_;
  std::map<TransactionPeer*, std::weak_ptr<void>> peers_;
  std::map<TransactionPeer*, Running> running_;
  bool watching_ = false;
  int foreign_ = 0;
  std::unique_ptr<ServerLink> link_;
  bool asking_ = false;
  CommitHistory history_;
  uint64_t ages_ = 0;
  uint64_t catalog_version_ = 0;
  KeyCatalog keys_;
  bool has_keys_ = false;
  uint64_t keys_version_ = 0;
};

}  // namespace dsql

#endif  // DSQL_OCC_COORDINATOR_H_
