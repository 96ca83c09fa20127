// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/key_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/identifier.h"
#include "dsql/kms/kms_error.h"
#include "re2/re2.h"

namespace dsql::kms {
namespace {

bool Matches(absl::string_view text, const re2::LazyRE2& pattern) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern);
}

// "key/<id>" or "alias/<name>" of either, or of an id alone; empty where it is
// none.
std::string Resource(absl::string_view text) {
  // A UUID, or the id of a multi-Region key.
  static const re2::LazyRE2 kKeyId = {
      "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"
      "mrk-[0-9a-f]{32}"};
  // Tests like to name a key by an ARN such as ...:key/my-key.
  static const re2::LazyRE2 kKeyOrAlias = {
      "key/[A-Za-z0-9-]+|alias/[a-zA-Z0-9/_-]+"};
  if (Matches(text, kKeyOrAlias)) return std::string(text);
  return Matches(text, kKeyId) ? absl::StrCat("key/", text) : std::string();
}

}  // namespace

absl::StatusOr<KeyName> KeyName::Parse(absl::string_view name,
                                       absl::string_view region,
                                       absl::string_view account_id) {
  KeyName key;
  if (absl::StartsWith(name, "arn:")) {
    const absl::optional<ArnParts> arn = ArnParts::Parse(name);
    if (!arn.has_value() || arn->service != "kms" ||
        !IsAccountId(arn->account_id) || Resource(arn->resource).empty()) {
      return KmsException(kInvalidArn, absl::StrCat("Invalid arn ", name));
    }
    key.partition_ = arn->partition;
    key.region_ = arn->region;
    key.account_id_ = arn->account_id;
    key.resource_ = Resource(arn->resource);
    return key;
  }
  key.partition_ = std::string(PartitionOf(region));
  key.region_ = std::string(region);
  key.account_id_ = std::string(account_id);
  key.resource_ = Resource(name);
  if (key.resource_.empty())
    return KmsException(kNotFound, absl::StrCat("Invalid keyId '", name, "'"));
  return key;
}

std::string KeyName::arn() const {
  return absl::StrCat("arn:", partition_, ":kms:", region_, ":", account_id_,
                      ":", resource_);
}

bool KeyName::is_alias() const { return absl::StartsWith(resource_, "alias/"); }

KeyName KeyName::MadeUpKey() const {
  KeyName key = *this;
  key.resource_ = absl::StrCat(
      "key/", UuidOfName(absl::StrCat(
                  region_, "/", account_id_, "/",
                  absl::StripPrefix(absl::string_view(resource_), "alias/"))));
  return key;
}

}  // namespace dsql::kms
