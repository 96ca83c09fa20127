// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/credentials.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/iam/principal.h"
#include "dsql/iam/principal_arn.h"

namespace dsql {

void CredentialStore::Put(const Credentials& credentials) {
  auto principal = std::make_shared<Principal>();
  principal->credentials = credentials;
  absl::MutexLock lock(&mutex_);
  by_access_key_id_[credentials.access_key_id] = std::move(principal);
}

absl::Status CredentialStore::Put(const Credentials& credentials,
                                  const PrincipalPolicies& policies) {
  DSQL_ASSIGN_OR_RETURN(auto principal,
                        Principal::Parse(credentials, policies));
  absl::MutexLock lock(&mutex_);
  by_access_key_id_[credentials.access_key_id] = std::move(principal);
  return absl::OkStatus();
}

absl::Status CredentialStore::PutRole(
    absl::string_view role_arn, const PrincipalPolicies& policies,
    const std::map<std::string, std::string>& tags) {
  if (PrincipalArn::Parse(role_arn).kind != PrincipalArn::Kind::kRole) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Not the ARN of a role, arn:aws:iam::<account>:role/<name>: ",
        role_arn));
  }
  Credentials role;
  role.principal_arn = std::string(role_arn);
  role.tags = tags;
  DSQL_ASSIGN_OR_RETURN(auto principal, Principal::Parse(role, policies));
  absl::MutexLock lock(&mutex_);
  by_role_arn_[role.principal_arn] = std::move(principal);
  return absl::OkStatus();
}

absl::Status CredentialStore::PutSession(
    const Credentials& credentials, const Principal& role,
    const std::vector<std::string>& session_policies) {
  PrincipalPolicies policies;
  policies.session = session_policies;
  DSQL_ASSIGN_OR_RETURN(const auto parsed,
                        Principal::Parse(credentials, policies));
  auto principal = std::make_shared<Principal>(role);
  principal->role_arn = role.credentials.principal_arn;
  principal->credentials = credentials;
  principal->session.insert(principal->session.end(), parsed->session.begin(),
                            parsed->session.end());
  absl::MutexLock lock(&mutex_);
  by_access_key_id_[credentials.access_key_id] = std::move(principal);
  return absl::OkStatus();
}

void CredentialStore::Remove(absl::string_view access_key_id) {
  absl::MutexLock lock(&mutex_);
  by_access_key_id_.erase(access_key_id);
}

absl::optional<Credentials> CredentialStore::Find(
    absl::string_view access_key_id) const {
  const auto found = FindPrincipal(access_key_id);
  if (found == nullptr) return absl::nullopt;
  return found->credentials;
}

std::shared_ptr<const Principal> CredentialStore::FindPrincipal(
    absl::string_view access_key_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_access_key_id_.find(access_key_id);
  return found == by_access_key_id_.end() ? nullptr : found->second;
}

std::shared_ptr<const Principal> CredentialStore::FindRole(
    absl::string_view role_arn) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = by_role_arn_.find(role_arn);
  if (found != by_role_arn_.end()) return found->second;
  auto role = std::make_shared<Principal>();
  role->credentials.principal_arn = std::string(role_arn);
  return role;
}

}  // namespace dsql
