// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/sql_log.h"

#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "re2/re2.h"

namespace dsql {
namespace {

// Of a password, which is a literal of any form, only that it was there.
void Redact(std::string* text) {
  static const re2::RE2* const password =
      new re2::RE2(R"((?is)(\bpassword\s+)(e?'(?:[^'\\]|''|\\.)*'|\$\w*\$.*))");
  re2::RE2::GlobalReplace(text, *password, R"(\1'***')");
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const SqlLogEntry& entry) {
  out << "[" << entry.session << "." << entry.transaction << "] " << entry.text
      << " -> ";
  if (!entry.sqlstate.empty()) {
    out << "ERROR " << entry.sqlstate << ": " << entry.message;
  } else if (!entry.command_tag.empty()) {
    out << entry.command_tag;
  } else {
    out << "no answer";
  }
  return out << " (" << absl::FormatDuration(entry.duration) << ")";
}

SqlLog::SqlLog(bool enabled, std::function<void(absl::string_view line)> sink)
    : enabled_(enabled), sink_(std::move(sink)) {}

std::vector<SqlLogEntry> SqlLog::entries() const {
  absl::MutexLock lock(&mutex_);
  return {entries_.begin(), entries_.end()};
}

void SqlLog::Clear() {
  absl::MutexLock lock(&mutex_);
  entries_.clear();
}

void SqlLog::Add(SqlLogEntry entry) {
  Redact(&entry.text);
  if (sink_ != nullptr) {
    std::ostringstream line;
    line << entry;
    sink_(line.str());
  }
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
  if (entries_.size() > kCapacity) entries_.pop_front();
}

int64_t SqlLog::NextSession() {
  absl::MutexLock lock(&mutex_);
  return ++sessions_;
}

}  // namespace dsql
