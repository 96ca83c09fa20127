// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/session_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dsql {

void SessionSet::Add(std::weak_ptr<OpenSession> session) {
  if (sessions_.size() >= sweep_at_) ForgetEnded();
  sessions_.insert(std::move(session));
}

void SessionSet::WatchAll() {
  ForgetEnded();
  for (const std::weak_ptr<OpenSession>& session : sessions_) {
    if (const auto open = session.lock()) open->Watch();
  }
}

void SessionSet::CloseAll() {
  for (const std::weak_ptr<OpenSession>& session : sessions_) {
    if (const auto open = session.lock()) open->Close();
  }
  sessions_.clear();
}

void SessionSet::EndAll() {
  for (const std::weak_ptr<OpenSession>& session : sessions_) {
    if (const auto open = session.lock()) open->End();
  }
}

void SessionSet::ForgetEnded() {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    it = it->expired() ? sessions_.erase(it) : std::next(it);
  }
  sweep_at_ = std::max<size_t>(64, 2 * sessions_.size());
}

}  // namespace dsql
