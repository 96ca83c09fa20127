// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/watchdog.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace dsql_testing {
namespace {

constexpr int kLooks = 20;

}  // namespace

void Station::Do(absl::string_view what) {
  absl::MutexLock lock(&mutex_);
  what_ = std::string(what.substr(0, 200));
  since_ = absl::Now();
}

void Station::Rest() {
  absl::MutexLock lock(&mutex_);
  what_ = "";
  since_ = absl::InfiniteFuture();
}

absl::Duration Station::age() const {
  absl::MutexLock lock(&mutex_);
  return since_ == absl::InfiniteFuture() ? absl::ZeroDuration()
                                          : absl::Now() - since_;
}

std::string Station::ToString() const {
  absl::MutexLock lock(&mutex_);
  if (since_ == absl::InfiniteFuture()) return absl::StrCat(name_, ": rests");
  return absl::StrCat(name_, ": ", what_, ", for ",
                      absl::FormatDuration(absl::Trunc(absl::Now() - since_,
                                                       absl::Milliseconds(1))));
}

Watchdog::Watchdog(absl::Duration patience,
                   std::function<void(const std::string& report)> bark)
    : patience_(patience),
      bark_(std::move(bark)),
      thread_([this] { Watch(); }) {}

Watchdog::~Watchdog() {
  over_.Notify();
  thread_.join();
}

Station* Watchdog::NewStation(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  return &stations_.emplace_back(name);
}

void Watchdog::Watch() {
  while (!over_.WaitForNotificationWithTimeout(patience_ / kLooks)) {
    const std::string report = Report();
    if (report.empty()) continue;
    bark_(report);
    return;
  }
}

std::string Watchdog::Report() {
  absl::MutexLock lock(&mutex_);
  std::string who;
  std::string others;
  for (const Station& station : stations_) {
    // Those that rest, of rounds that are over too, say nothing.
    if (station.age() == absl::ZeroDuration()) continue;
    absl::StrAppend(station.age() > patience_ ? &who : &others,
                    station.ToString(), "\n");
  }
  if (who.empty()) return "";
  return absl::StrCat("No progress:\n", who, "The others:\n", others);
}

}  // namespace dsql_testing
