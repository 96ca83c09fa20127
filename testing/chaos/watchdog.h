// SPDX-License-Identifier: Apache-2.0

// Who does what, and since when: hangs are found while they last.

#ifndef TESTING_CHAOS_WATCHDOG_H_
#define TESTING_CHAOS_WATCHDOG_H_

#include <functional>
#include <list>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace dsql_testing {

// Station is where a thread says what it does. Thread-safe.
class Station {
 public:
  explicit Station(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  // It begins `what`, which has to end.
  void Do(absl::string_view what);
  // It does nothing that could hang.
  void Rest();

  // How long it has been doing what it does; nothing where it rests.
  absl::Duration age() const;
  // "writer 3: COMMIT, for 12s".
  std::string ToString() const;

 private:
  const std::string name_;
  mutable absl::Mutex mutex_;
  std::string what_ ABSL_GUARDED_BY(mutex_);
  absl::Time since_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
};

// Watchdog looks after stations, in a thread of its own, and calls `bark`, once
// at most, where one of them has been at the same thing for `patience`, with
// what all of them do.
class Watchdog {
 public:
  Watchdog(absl::Duration patience,
           std::function<void(const std::string& report)> bark);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // A station that lives as long as this.
  Station* NewStation(const std::string& name);

 private:
  void Watch();
  // "" where nobody hangs.
  std::string Report();

  const absl::Duration patience_;
  const std::function<void(const std::string& report)> bark_;
  absl::Notification over_;
  absl::Mutex mutex_;
  std::list<Station> stations_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_WATCHDOG_H_
