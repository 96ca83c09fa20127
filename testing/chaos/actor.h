// SPDX-License-Identifier: Apache-2.0

// One of those who use a FakeDsql at the same time.

#ifndef TESTING_CHAOS_ACTOR_H_
#define TESTING_CHAOS_ACTOR_H_

#include <memory>
#include <random>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "testing/chaos/journal.h"
#include "testing/chaos/ledger.h"
#include "testing/chaos/watchdog.h"
#include "testing/chaos/world.h"

namespace dsql_testing {

// What an actor is given. Nothing is owned.
struct Part {
  // "writer 3", the same in each round.
  std::string name;
  // By which ledgers, tables and client tokens are told apart: from 0.
  int number = 0;
  // Of the world: "main", say. For those who use one.
  std::string cluster;
  World* world = nullptr;
  Journal* journal = nullptr;
  Station* station = nullptr;
  Ledgers* ledgers = nullptr;
  // Of the world's rounds, from 0.
  int round = 0;
  unsigned seed = 0;
  // The round is over.
  const absl::Notification* over = nullptr;
};

// Actor does one kind of thing, in a thread of its own, for one round. What it
// knows beyond that is in ledgers.
class Actor {
 public:
  explicit Actor(const Part& part) : part_(part), random_(part.seed) {}
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  // Before anything goes wrong, one actor after the other.
  virtual absl::Status Prepare() { return absl::OkStatus(); }
  // Again and again.
  virtual void Step() = 0;
  // Looks whether what there is is what was acknowledged: one actor after the
  // other, when nothing goes wrong any more.
  virtual absl::Status Judge() { return absl::OkStatus(); }

  const Part& part() const { return part_; }

 protected:
  Station& station() { return *part_.station; }
  void Violate(absl::string_view what) {
    part_.journal->Violate(part_.name, what);
  }
  void Count(absl::string_view what) { part_.journal->Count(what); }
  // The same for all actors of that name's kind; `name` may be shared.
  Ledger* ledger(const std::string& name) {
    return part_.ledgers->Get(absl::StrCat(part_.cluster, "/", name));
  }
  // 0 to `below` - 1.
  int Random(int below) { return static_cast<int>(random_() % below); }
  std::mt19937* random() { return &random_; }
  // Until the round is over, `most` at most.
  void Pause(absl::Duration most) {
    part_.station->Rest();
    part_.over->WaitForNotificationWithTimeout(most);
  }
  void PauseRandomly(absl::Duration most) {
    Pause(most * (Random(1000) / 1000.0));
  }

 private:
  const Part part_;
  std::mt19937 random_;
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_ACTOR_H_
