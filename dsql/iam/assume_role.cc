// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/assume_role.h"

#include <memory>

#include "absl/algorithm/container.h"
#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "dsql/base/status_macros.h"
#include "dsql/iam/principal.h"
#include "dsql/iam/principal_arn.h"

namespace dsql {
namespace {

constexpr absl::Duration kShortest = absl::Minutes(15);
constexpr absl::Duration kLongest = absl::Hours(12);

bool IsSessionName(absl::string_view name) {
  return name.size() >= 2 && name.size() <= 64 &&
         absl::c_all_of(name, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("_+=,.@-", absl::string_view(&c, 1));
         });
}

absl::Status Check(const AssumeRoleInput& input, const PrincipalArn& role) {
  if (role.kind != PrincipalArn::Kind::kRole) {
    return absl::InvalidArgumentError(absl::StrCat(
        "role_arn must be arn:aws:iam::<account>:role/<name>, it is ",
        input.role_arn));
  }
  if (!IsSessionName(input.role_session_name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "role_session_name must be 2 to 64 letters, digits and _+=,.@-, it is ",
        absl::CHexEscape(input.role_session_name)));
  }
  if (input.duration < kShortest || input.duration > kLongest) {
    return absl::InvalidArgumentError(
        absl::StrCat("duration must be 15 minutes to 12 hours, it is ",
                     absl::FormatDuration(input.duration)));
  }
  return absl::OkStatus();
}

// Keys of tags have no case where they are compared.
bool HasTag(const std::map<std::string, std::string>& tags,
            const std::string& key) {
  return absl::c_any_of(tags, [&](const auto& tag) {
    return absl::EqualsIgnoreCase(tag.first, key);
  });
}

std::string Hex(absl::uint128 id) {
  return absl::StrFormat("%016X%016X", absl::Uint128High64(id),
                         absl::Uint128Low64(id));
}

}  // namespace

absl::StatusOr<Credentials> AssumeRole(const AssumeRoleInput& input,
                                       absl::Time now, IdGenerator* ids,
                                       CredentialStore* store) {
  const PrincipalArn role = PrincipalArn::Parse(input.role_arn);
  DSQL_RETURN_IF_ERROR(Check(input, role));
  const std::shared_ptr<const Principal> known =
      store->FindRole(input.role_arn);
  Credentials session;
  session.access_key_id =
      absl::StrCat("ASIA", Hex(ids->NextId()).substr(0, 16));
  session.secret_access_key = Hex(ids->NextId());
  session.session_token =
      absl::StrCat("IQoJ", Hex(ids->NextId()), Hex(ids->NextId()));
  session.principal_arn =
      absl::StrCat("arn:", role.partition, ":sts::", role.account_id,
                   ":assumed-role/", role.name, "/", input.role_session_name);
  session.expiration = now + input.duration;
  session.tags = input.tags;
  for (const auto& tag : known->credentials.tags) {
    if (!HasTag(input.tags, tag.first)) session.tags.insert(tag);
  }
  session.context = input.context;
  DSQL_RETURN_IF_ERROR(store->PutSession(session, *known, input.policies));
  return session;
}

}  // namespace dsql
