// SPDX-License-Identifier: Apache-2.0

#include "dsql/gateway/session/grant_check.h"

#include <functional>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "dsql/base/has_sqlstate.h"
#include "dsql/gateway/link/on_worker.h"
#include "dsql/gateway/link/status_error.h"
#include "dsql/gateway/login/refusals.h"
#include "dsql/sql/statement.h"

namespace dsql {
namespace {

bool MayRevoke(const Action& action) {
  return action.runs() && action.statement &&
         action.statement->kind == sql::StatementKind::kAwsIam &&
         action.statement->rewrite.has_value() &&
         action.statement->rewrite->command_tag == "AWS IAM REVOKE";
}

}  // namespace

GrantCheck::GrantCheck(std::shared_ptr<ClusterBackend> backend,
                       boost::asio::thread_pool* workers)
    : backend_(std::move(backend)),
      workers_(workers),
      revocations_(backend_->revocations()) {
  if (revocations_ != nullptr) version_ = revocations_->version();
}

GrantCheck::~GrantCheck() {
  if (under_way_ != nullptr) under_way_->Abandon();
}

boost::asio::awaitable<void> GrantCheck::Check() {
  if (is_known()) co_return;
  const uint64_t version = revocations_->version();
  const std::function<absl::Status()> ask = [this] {
    return backend_->CheckGrant(login_);
  };
  const absl::Status granted = co_await OnWorker(workers_, ask);
  if (HasSqlstate(granted, kAccessDeniedSqlstate)) throw StatusError(granted);
  if (granted.ok()) version_ = version;
}

void GrantCheck::BeginStep(const Step& step) {
  if (revocations_ == nullptr || under_way_ != nullptr) return;
  if (absl::c_any_of(step.actions, MayRevoke))
    under_way_ = std::make_unique<Revocations::UnderWay>(revocations_);
}

void GrantCheck::EndStep(bool open) {
  if (!open) under_way_ = nullptr;
}

}  // namespace dsql
