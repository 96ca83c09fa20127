#include "dsql/control/kms_key.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/identifier.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/service_errors.h"
#include "re2/re2.h"

namespace dsql {
namespace {

constexpr char kAwsOwnedKey[] = "AWS_OWNED_KMS_KEY";

absl::Status InvalidKey(absl::string_view message) {
  return InvalidMember("kmsEncryptionKey", message);
}

bool Matches(absl::string_view text, const re2::LazyRE2& pattern) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *pattern);
}

// "key/<id>" for a resource of the form key/<id>, alias/<name> or <id>.
absl::StatusOr<std::string> KeyResource(absl::string_view resource,
                                        absl::string_view region,
                                        absl::string_view account_id) {
  // A UUID, or the id of a multi-Region key.
  static const re2::LazyRE2 kKeyId = {
      "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"
      "mrk-[0-9a-f]{32}"};
  // Tests like to name a key by an ARN such as ...:key/my-key.
  static const re2::LazyRE2 kKey = {"key/[A-Za-z0-9-]+"};
  absl::string_view alias = resource;
  if (absl::ConsumePrefix(&alias, "alias/") && !alias.empty()) {
    return absl::StrCat(
        "key/", UuidOfName(absl::StrCat(region, "/", account_id, "/", alias)));
  }
  if (Matches(resource, kKey)) return std::string(resource);
  if (Matches(resource, kKeyId)) return absl::StrCat("key/", resource);
  return InvalidKey(
      "The KMS key must be a key ARN, a key id, an alias (alias/<name>), an "
      "alias ARN, or AWS_OWNED_KMS_KEY.");
}

absl::StatusOr<std::string> KeyArn(absl::string_view key,
                                   absl::string_view region,
                                   absl::string_view account_id) {
  ArnParts arn;
  if (absl::StartsWith(key, "arn:")) {
    const absl::optional<ArnParts> given = ArnParts::Parse(key);
    if (!given.has_value() || given->service != "kms" ||
        !IsAccountId(given->account_id)) {
      return InvalidKey("The KMS key's ARN is not the ARN of a KMS key.");
    }
    if (given->region != region) {
      return InvalidKey(absl::StrCat("The KMS key is in Region ", given->region,
                                     ", the cluster is in ", region,
                                     "; both must be in the same Region."));
    }
    arn = *given;
  } else {
    arn.partition = std::string(PartitionOf(region));
    arn.account_id = std::string(account_id);
    arn.resource = std::string(key);
  }
  DSQL_ASSIGN_OR_RETURN(const std::string resource,
                        KeyResource(arn.resource, region, arn.account_id));
  return absl::StrCat("arn:", arn.partition, ":kms:", region, ":",
                      arn.account_id, ":", resource);
}

}  // namespace

absl::StatusOr<v1::EncryptionDetails> ResolveKmsKey(
    absl::string_view key, absl::string_view region,
    absl::string_view account_id) {
  v1::EncryptionDetails details;
  details.set_encryption_status(v1::EncryptionStatus::ENABLED);
  if (key.empty() || key == kAwsOwnedKey) {
    details.set_encryption_type(v1::EncryptionType::AWS_OWNED_KMS_KEY);
    return details;
  }
  DSQL_ASSIGN_OR_RETURN(std::string arn, KeyArn(key, region, account_id));
  details.set_encryption_type(v1::EncryptionType::CUSTOMER_MANAGED_KMS_KEY);
  details.set_kms_key_arn(std::move(arn));
  return details;
}

}  // namespace dsql
