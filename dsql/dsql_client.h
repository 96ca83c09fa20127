// SPDX-License-Identifier: Apache-2.0

// The control plane as one principal calls it.

#ifndef DSQL_DSQL_CLIENT_H_
#define DSQL_DSQL_CLIENT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "dsql/iam/authorization.h"

namespace dsql {

class ClusterManager;
class ControlPlane;
class CredentialStore;
class PolicyManager;
class RegionManagers;
class StreamManager;
class TagManager;

// DsqlClient has the managers of a FakeDsql for the owner of an access key, of
// FakeDsql::As(): each operation needs the permissions that it needs on AWS, or
// answers AccessDeniedException with AWS's text. What CredentialStore says of
// the key counts at each call, its expiration included.
//
// Thread-safe. Must not outlive the FakeDsql.
class DsqlClient {
 public:
  // Made by FakeDsql::As(). Owns none of the pointers.
  DsqlClient(ControlPlane* control, const CredentialStore* credentials,
             std::string access_key_id, std::string default_region);
  ~DsqlClient();
  DsqlClient(const DsqlClient&) = delete;
  DsqlClient& operator=(const DsqlClient&) = delete;

  // As those of FakeDsql. They live as long as this object.
  ClusterManager& clusters(absl::string_view region = "");
  StreamManager& streams(absl::string_view region = "");
  PolicyManager& policies(absl::string_view region = "");
  TagManager& tags(absl::string_view region = "");

  // What IAM says of `action`, "dsql:GetCluster", on `resource_arn`: whether it
  // is allowed, and which statement of which policy decided. The tags and the
  // resource policy of a cluster that is there count; `context` has condition
  // keys that the request would have besides, "dsql:WitnessRegion" say.
  //
  // Errors: InvalidArgument for an access key that is not known; those of the
  //   Storage.
  absl::StatusOr<Authorization> SimulatePrincipalPolicy(
      absl::string_view action, absl::string_view resource_arn,
      const std::map<std::string, std::vector<std::string>>& context = {});

 private:
  RegionManagers& Managers(absl::string_view region);

  ControlPlane* const control_;
  const CredentialStore* const credentials_;
  const std::string access_key_id_;
  const std::string default_region_;
  absl::Mutex mutex_;
  std::map<std::string, std::unique_ptr<RegionManagers>> managers_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_DSQL_CLIENT_H_
