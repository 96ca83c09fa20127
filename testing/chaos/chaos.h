// SPDX-License-Identifier: Apache-2.0

// Everything at once: both planes from many threads, with faults, killed
// sessions and servers, rude clients, snapshots and streams.

#ifndef TESTING_CHAOS_CHAOS_H_
#define TESTING_CHAOS_CHAOS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "dsql/storage/in_memory_storage.h"
#include "testing/chaos/actor.h"
#include "testing/chaos/cast.h"
#include "testing/chaos/journal.h"
#include "testing/chaos/ledger.h"
#include "testing/chaos/resources.h"
#include "testing/chaos/stream_actors.h"
#include "testing/chaos/watchdog.h"
#include "testing/chaos/world.h"

namespace dsql_testing {

struct ChaosOptions {
  // What actors do follows from it, as far as threads are not in it.
  unsigned seed = 1;
  // By the clock, in rounds: at the end of each all is closed, counted, and
  // opened again.
  absl::Duration duration = absl::Seconds(60);
  // It goes on until each of these was counted, three times as long at most: a
  // slow machine does little in a minute.
  std::vector<std::string> wanted;
  int threads = 50;
  // Nobody may take longer to do one thing. Aborts the process.
  absl::Duration patience = absl::Seconds(100);
  // Only roles whose name begins so; empty: all. To narrow down what was found.
  std::string only;
  // Where its own directory is made.
  std::string parent;
};

// Chaos plays rounds in two worlds, one that lasts and one in memory.
class Chaos {
 public:
  explicit Chaos(const ChaosOptions& options);
  ~Chaos();
  Chaos(const Chaos&) = delete;
  Chaos& operator=(const Chaos&) = delete;

  // What was found is in journal().
  //
  // Errors: where it could not be played.
  absl::Status Run();

  Journal& journal() { return journal_; }

 private:
  struct Stage;

  bool HasCountedAll() const;
  absl::Status Open(Stage* stage);
  absl::Status PlayRound(int round, absl::Duration length);
  // Who plays in `stage`, by roles.
  std::vector<std::unique_ptr<Actor>> Cast(int round, Stage* stage);
  absl::Status Prepare(const std::vector<std::unique_ptr<Actor>>& actors);
  void Play(const std::vector<std::unique_ptr<Actor>>& actors,
            absl::Duration length, absl::Notification* over);
  void Judge(const std::vector<std::unique_ptr<Actor>>& actors);
  // To a snapshot of all of `world`, whose actors then see what they saw.
  void GoBack(World* world, const std::vector<std::unique_ptr<Actor>>& actors);
  absl::Status Close(Stage* stage, std::vector<std::unique_ptr<Actor>> actors);
  void CompareResources();
  // Rows of clusters that are deleted.
  void CheckDatabases(Stage* stage);

  const ChaosOptions options_;
  const std::string directory_;
  Journal journal_;
  Watchdog watchdog_;
  Station* const station_;
  Consumer consumer_;
  // Of the world that lasts.
  Ledgers ledgers_;
  Resources before_;
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_CHAOS_H_
