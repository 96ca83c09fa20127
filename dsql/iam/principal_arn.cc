// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/principal_arn.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/iam/sigv4_signature.h"

namespace dsql {
namespace {

using Kind = PrincipalArn::Kind;

// The form of IAM's unique ids, "AIDAJQABLZS4A3QDU576Q".
std::string UniqueId(absl::string_view prefix, absl::string_view arn) {
  return absl::StrCat(prefix,
                      absl::AsciiStrToUpper(Sha256Hex(arn).substr(0, 17)));
}

std::string UserId(const PrincipalArn& principal) {
  switch (principal.kind) {
    case Kind::kUser:
      return UniqueId("AIDA", principal.text);
    case Kind::kRole:
      return UniqueId("AROA", principal.text);
    case Kind::kAssumedRole:
      return absl::StrCat(UniqueId("AROA", principal.ConditionArn()), ":",
                          principal.session);
    case Kind::kFederatedUser:
      return absl::StrCat(principal.account_id, ":", principal.name);
    case Kind::kRoot:
    case Kind::kOther:
      break;
  }
  return principal.account_id;
}

const char* PrincipalType(Kind kind) {
  switch (kind) {
    case Kind::kRoot:
      return "Account";
    case Kind::kUser:
      return "User";
    case Kind::kFederatedUser:
      return "FederatedUser";
    case Kind::kRole:
    case Kind::kAssumedRole:
      return "AssumedRole";
    case Kind::kOther:
      break;
  }
  return "Anonymous";
}

void ParseIamResource(const std::string& resource, PrincipalArn* principal) {
  if (resource == "root") {
    principal->kind = Kind::kRoot;
    return;
  }
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(resource, absl::MaxSplits('/', 1));
  if (parts.second.empty()) return;
  if (parts.first == "user") principal->kind = Kind::kUser;
  if (parts.first == "role") principal->kind = Kind::kRole;
  principal->name = parts.second.substr(parts.second.rfind('/') + 1);
}

void ParseStsResource(const std::string& resource, PrincipalArn* principal) {
  const std::vector<std::string> path = absl::StrSplit(resource, '/');
  if (path.size() == 3 && path[0] == "assumed-role") {
    principal->kind = Kind::kAssumedRole;
    principal->name = path[1];
    principal->session = path[2];
  } else if (path.size() == 2 && path[0] == "federated-user") {
    principal->kind = Kind::kFederatedUser;
    principal->name = path[1];
  }
}

}  // namespace

PrincipalArn PrincipalArn::Parse(absl::string_view arn) {
  PrincipalArn principal;
  principal.text = std::string(arn);
  const absl::optional<ArnParts> parts = ArnParts::Parse(arn);
  if (!parts.has_value()) return principal;
  principal.partition = parts->partition;
  principal.account_id = parts->account_id;
  if (parts->service == "iam") ParseIamResource(parts->resource, &principal);
  if (parts->service == "sts") ParseStsResource(parts->resource, &principal);
  return principal;
}

bool PrincipalArn::IsSessionOf(absl::string_view role_arn) const {
  if (kind != Kind::kAssumedRole) return false;
  const PrincipalArn role = Parse(role_arn);
  return role.kind == Kind::kRole && role.account_id == account_id &&
         role.name == name;
}

bool PrincipalArn::IsOfAccount(absl::string_view id_or_arn) const {
  if (account_id.empty()) return false;
  if (id_or_arn == account_id) return true;
  const PrincipalArn other = Parse(id_or_arn);
  return other.kind == Kind::kRoot && other.account_id == account_id;
}

std::string PrincipalArn::ConditionArn() const {
  if (kind != Kind::kAssumedRole) return text;
  return absl::StrCat("arn:", partition, ":iam::", account_id, ":role/", name);
}

RequestContext PrincipalArn::Keys() const {
  RequestContext keys;
  keys.Set("aws:PrincipalArn", {ConditionArn()});
  keys.Set("aws:PrincipalAccount", {account_id});
  keys.Set("aws:PrincipalType", {PrincipalType(kind)});
  keys.Set("aws:PrincipalIsAWSService", {"false"});
  keys.Set("aws:userid", {UserId(*this)});
  if (kind == Kind::kUser) keys.Set("aws:username", {name});
  return keys;
}

}  // namespace dsql
