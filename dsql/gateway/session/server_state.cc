// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/server_state.h"

#include <algorithm>

namespace dsql {
namespace {

constexpr char kEncoding[] = "client_encoding";

}  // namespace

void ServerState::Ready(char status) {
  status_ = status;
  skipping_ = false;
  unsynced_ = false;
  if (!in_block()) prepared_.ForgetPortals();
}

void ServerState::Failed(bool extended) {
  if (!extended) return;
  skipping_ = true;
  unsynced_ = false;
}

void ServerState::Done(const Action& action, absl::string_view message) {
  prepared_.Done(action, message);
}

void ServerState::Executed(absl::string_view tag) {
  if (!in_block()) unsynced_ = true;
  prepared_.Executed(tag);
}

void ServerState::Reported(absl::string_view name, absl::string_view value) {
  if (name == kEncoding) server_reads_ = sql::TextEncoding(value);
  const std::string key(name);
  if (fixed_.count(key) != 0) return;
  reported_[key] = std::string(value);
  changed_.erase(std::remove(changed_.begin(), changed_.end(), key),
                 changed_.end());
  changed_.push_back(key);
}

void ServerState::Told(absl::string_view name, absl::string_view value) {
  if (name == kEncoding)
    client_writes_ = server_reads_ = sql::TextEncoding(value);
  told_[std::string(name)] = std::string(value);
}

void ServerState::AppendChangedParameters(std::string* out) {
  for (const std::string& name : changed_) {
    const std::string& value = reported_[name];
    std::string& told = told_[name];
    if (told == value) continue;
    told = value;
    pgwire::EncodeParameterStatus({name, value}, out);
  }
  changed_.clear();
  client_writes_ = server_reads_;
}

}  // namespace dsql
