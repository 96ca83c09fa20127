// SPDX-License-Identifier: Apache-2.0

// Whether who calls an operation may.

#ifndef DSQL_CONTROL_AUTHORIZER_H_
#define DSQL_CONTROL_AUTHORIZER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/arn.h"
#include "dsql/base/clock.h"
#include "dsql/control/caller.h"
#include "dsql/control/environment.h"
#include "dsql/control/required_permissions.h"
#include "dsql/control/tags.h"
#include "dsql/iam/authorization.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/policy_resource.h"
#include "dsql/iam/principal.h"
#include "dsql/iam/request_context.h"
#include "google/protobuf/message.h"

namespace dsql {

// Authorizer asks IAM about the operations of the control plane. Thread-safe.
class Authorizer {
 public:
  // Owns none of its parameters. Without credentials nobody needs permissions.
  Authorizer(const Environment* environment, const CredentialStore* credentials,
             Clock* signature_clock)
      : environment_(*environment),
        credentials_(credentials),
        clock_(signature_clock) {}

  // Whether `caller` has each of RequiredPermissions(). Who has no access key
  // has.
  //
  // Errors: AccessDeniedException with AWS's text, for the first that is
  //   missing, and for credentials that are not known or have expired; those of
  //   the Storage.
  absl::Status Check(absl::string_view operation, absl::string_view region,
                     const Caller& caller,
                     const google::protobuf::Message& input) const;

  // What IAM says of one permission.
  absl::StatusOr<Authorization> Ask(const Principal& principal,
                                    const Permission& permission,
                                    absl::string_view region,
                                    absl::string_view source_ip) const;

  // Whether a resource policy would deny `caller` to change it again: the
  // action that it would, and empty where it would not. `tags` are the
  // cluster's.
  std::string LockedOutOf(const Caller& caller, const PolicyDocument& policy,
                          const DsqlArn& cluster, const TagMap& tags) const;

 private:
  // An administrator for who is not known.
  std::shared_ptr<const Principal> PrincipalOf(const Caller& caller) const;
  std::shared_ptr<const Principal> Root() const;
  absl::StatusOr<std::shared_ptr<const Principal>> FindPrincipal(
      const std::string& access_key_id) const;
  // Of a cluster, stream or key; nothing where it is not there.
  absl::StatusOr<PolicyResource> FindResource(
      absl::string_view resource_arn) const;
  absl::StatusOr<PolicyResource> FindKey(absl::string_view key_arn) const;
  // Without condition keys.
  PolicyRequest RequestOf(const Permission& permission) const;
  RequestContext KeysOf(const Permission& permission,
                        const PolicyResource& resource,
                        absl::string_view region,
                        absl::string_view source_ip) const;

  const Environment& environment_;
  const CredentialStore* const credentials_;
  Clock* const clock_;
};

// What policies may ask about a cluster; nothing where there is none.
//
// Errors: those of the Storage.
absl::StatusOr<PolicyResource> FindPolicyResource(
    const Environment& environment, absl::string_view region,
    absl::string_view cluster_identifier);

}  // namespace dsql

#endif  // DSQL_CONTROL_AUTHORIZER_H_
