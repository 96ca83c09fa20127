// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/login/revocations.h"

namespace dsql {

Revocations::UnderWay::UnderWay(Revocations* all) : all_(all) {
  all_->Count(1, 0);
}

Revocations::UnderWay::~UnderWay() {
  if (!abandoned_) all_->Count(-1, 1);
}

void Revocations::Count(int under_way, int ended) {
  absl::MutexLock lock(&mutex_);
  under_way_ += under_way;
  ended_ += ended;
  version_ = under_way_ > 0 ? kUnsettled : ended_ + 1;
}

}  // namespace dsql
