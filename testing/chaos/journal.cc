// SPDX-License-Identifier: Apache-2.0

#include "testing/chaos/journal.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace dsql_testing {
namespace {

constexpr size_t kMostViolations = 100;

}  // namespace

void Journal::Violate(absl::string_view who, absl::string_view what) {
  const std::string text = absl::StrCat(
      absl::FormatTime("%H:%M:%E3S ", absl::Now(), absl::UTCTimeZone()), who,
      ": ", what);
  absl::MutexLock lock(&mutex_);
  if (violations_.size() >= kMostViolations) return;
  violations_.push_back(text);
  std::cerr << "VIOLATION " << text << std::endl;
}

void Journal::Count(absl::string_view what, int64_t number) {
  absl::MutexLock lock(&mutex_);
  counts_[std::string(what)] += number;
}

std::vector<std::string> Journal::violations() const {
  absl::MutexLock lock(&mutex_);
  return violations_;
}

int64_t Journal::count(const std::string& what) const {
  absl::MutexLock lock(&mutex_);
  const auto found = counts_.find(what);
  return found == counts_.end() ? 0 : found->second;
}

std::string Journal::Summary() const {
  absl::MutexLock lock(&mutex_);
  std::string text;
  for (const auto& [what, number] : counts_)
    absl::StrAppend(&text, text.empty() ? "" : ", ", what, " ", number);
  return text;
}

}  // namespace dsql_testing
