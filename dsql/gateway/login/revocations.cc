// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/revocations.h"

namespace dsql {

Revocations::UnderWay::UnderWay(Revocations* all) : all_(all) {
  absl::MutexLock lock(&all_->mutex_);
  ++all_->under_way_;
}

Revocations::UnderWay::~UnderWay() {
  if (abandoned_) return;
  absl::MutexLock lock(&all_->mutex_);
  --all_->under_way_;
  ++all_->ended_;
}

uint64_t Revocations::version() const {
  absl::MutexLock lock(&mutex_);
  return under_way_ > 0 ? kUnsettled : ended_ + 1;
}

}  // namespace dsql
