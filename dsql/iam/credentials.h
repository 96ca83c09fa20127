// SPDX-License-Identifier: Apache-2.0

// Access keys, and whom they stand for.

#ifndef DSQL_IAM_CREDENTIALS_H_
#define DSQL_IAM_CREDENTIALS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace dsql {

struct Principal;

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  // Empty for the long-term key of a user.
  std::string session_token;
  // Whom a policy sees: "arn:aws:iam::000000000000:root".
  std::string principal_arn;
  // When a session ends; from then on a request gets ExpiredTokenException.
  absl::Time expiration = absl::InfiniteFuture();
  // Of the user or role, and of the session: aws:PrincipalTag/<key>.
  std::map<std::string, std::string> tags = {};
  // Other condition keys that its requests have, "aws:PrincipalOrgID" or
  // "aws:SourceVpc" say, with their values. They replace what a request has by
  // itself.
  std::map<std::string, std::vector<std::string>> context = {};
};

// The policies that say what a principal may do, as JSON documents.
struct PrincipalPolicies {
  // Of the user or role. Empty: an administrator, who may do everything that no
  // other policy denies. To permit nothing, attach one that permits nothing of
  // use.
  std::vector<std::string> identity;
  // What follows limits those; empty: not at all. One of each list must allow a
  // request.
  std::vector<std::string> permissions_boundary;
  // Passed to AssumeRole.
  std::vector<std::string> session;
  // Of the organization.
  std::vector<std::string> service_control;
};

// The credentials that a fake accepts. Starts empty. Thread-safe.
class CredentialStore {
 public:
  // Replaces those with the same access key id. They are an administrator's.
  void Put(const Credentials& credentials);

  // The same, with policies.
  //
  // Errors: InvalidArgument for a document that is no policy of this kind, with
  //   each fault and its place; then nothing has changed.
  absl::Status Put(const Credentials& credentials,
                   const PrincipalPolicies& policies);

  // What sessions of a role may do, and the tags that they inherit; see
  // FakeDsql::AssumeRole(). Replaces what was known of the role. Sessions that
  // there are keep what they have.
  //
  // Errors: InvalidArgument for a bad policy, and for what is no role's ARN.
  absl::Status PutRole(absl::string_view role_arn,
                       const PrincipalPolicies& policies,
                       const std::map<std::string, std::string>& tags = {});

  // Puts the credentials of a session, which has the policies of `role` and,
  // besides, session policies.
  //
  // Errors: InvalidArgument for a bad policy.
  absl::Status PutSession(const Credentials& credentials, const Principal& role,
                          const std::vector<std::string>& session_policies);

  // Does nothing where there are none.
  void Remove(absl::string_view access_key_id);

  // Returns a copy, or nullopt where there are none. Expired ones are found.
  absl::optional<Credentials> Find(absl::string_view access_key_id) const;

  // The same with its policies, parsed; null where there are none.
  std::shared_ptr<const Principal> FindPrincipal(
      absl::string_view access_key_id) const;

  // What PutRole() said; an administrator without tags where it said nothing.
  // Its credentials have no keys.
  std::shared_ptr<const Principal> FindRole(absl::string_view role_arn) const;

 private:
  using Principals =
      absl::flat_hash_map<std::string, std::shared_ptr<const Principal>>;

  mutable absl::Mutex mutex_;
  Principals by_access_key_id_ ABSL_GUARDED_BY(mutex_);
  Principals by_role_arn_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_IAM_CREDENTIALS_H_
