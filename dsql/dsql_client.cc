// SPDX-License-Identifier: Apache-2.0

#include "dsql/dsql_client.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dsql/control/caller.h"
#include "dsql/control/control_plane.h"
#include "dsql/control/region_managers.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/principal.h"

namespace dsql {

DsqlClient::DsqlClient(ControlPlane* control,
                       const CredentialStore* credentials,
                       std::string access_key_id, std::string default_region)
    : control_(control),
      credentials_(credentials),
      access_key_id_(std::move(access_key_id)),
      default_region_(std::move(default_region)) {}

DsqlClient::~DsqlClient() = default;

RegionManagers& DsqlClient::Managers(absl::string_view region) {
  const std::string name(region.empty() ? default_region_ : region);
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<RegionManagers>& managers = managers_[name];
  if (managers == nullptr) {
    Caller caller;
    caller.access_key_id = access_key_id_;
    const auto principal = credentials_->FindPrincipal(access_key_id_);
    if (principal != nullptr)
      caller.principal_arn = principal->credentials.principal_arn;
    managers = control_->ManagersOf(name, caller);
  }
  return *managers;
}

ClusterManager& DsqlClient::clusters(absl::string_view region) {
  return Managers(region).clusters();
}

StreamManager& DsqlClient::streams(absl::string_view region) {
  return Managers(region).streams();
}

PolicyManager& DsqlClient::policies(absl::string_view region) {
  return Managers(region).policies();
}

TagManager& DsqlClient::tags(absl::string_view region) {
  return Managers(region).tags();
}

absl::StatusOr<Authorization> DsqlClient::SimulatePrincipalPolicy(
    absl::string_view action, absl::string_view resource_arn,
    const std::map<std::string, std::vector<std::string>>& context) {
  const auto principal = credentials_->FindPrincipal(access_key_id_);
  if (principal == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "FakeDsql::credentials() has no access key ", access_key_id_));
  }
  return control_->Simulate(*principal, action, resource_arn,
                            RequestContext(context));
}

}  // namespace dsql
