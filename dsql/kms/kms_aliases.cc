// SPDX-License-Identifier: Apache-2.0

// The aliases of a Kms, and the keys that are made because they are named.

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/base/status_macros.h"
#include "dsql/kms/kms.h"
#include "dsql/kms/kms_error.h"
#include "dsql/kms/kms_tables.h"

namespace dsql::kms {
namespace {

// Those that AWS keeps for itself.
constexpr char kReserved[] = "alias/aws/";

absl::Status CheckAlias(absl::string_view alias) {
  if (absl::StartsWith(alias, "alias/") && !absl::StartsWith(alias, kReserved))
    return absl::OkStatus();
  return KmsException(kValidation,
                      absl::StrCat("An alias is alias/<name>, and not one of ",
                                   kReserved, "; it is ", alias));
}

std::string AliasOf(absl::string_view key_arn) {
  v1::KmsAliasRecord alias;
  alias.set_key_arn(std::string(key_arn));
  return alias.SerializeAsString();
}

}  // namespace

absl::Status Kms::CreateAlias(absl::string_view alias, absl::string_view key,
                              absl::string_view region) {
  DSQL_RETURN_IF_ERROR(CheckAlias(alias));
  DSQL_ASSIGN_OR_RETURN(const KeyName target, ParseName(key, region));
  DSQL_ASSIGN_OR_RETURN(const std::string arn, Resolve(target));
  DSQL_ASSIGN_OR_RETURN(const StoredKey stored, ReadPresent(arn));
  if (stored.record.state() == v1::KmsKeyRecord::PENDING_DELETION) {
    return KmsException(kInvalidState,
                        absl::StrCat(arn, " is pending deletion."));
  }
  DSQL_ASSIGN_OR_RETURN(const KeyName name, ParseName(alias, target.region()));
  WriteBatch batch;
  batch.Put(tables::kAliases, name.arn(), AliasOf(arn), WriteBatch::kAbsent);
  const absl::Status committed = storage_->Commit(batch);
  if (!absl::IsAborted(committed)) return committed;
  return KmsException(
      kAlreadyExists,
      absl::StrCat("An alias with the name ", name.arn(), " already exists"));
}

absl::Status Kms::DeleteAlias(absl::string_view alias,
                              absl::string_view region) {
  DSQL_RETURN_IF_ERROR(CheckAlias(alias));
  DSQL_ASSIGN_OR_RETURN(const KeyName name, ParseName(alias, region));
  DSQL_RETURN_IF_ERROR(Resolve(name).status());
  WriteBatch batch;
  batch.Delete(tables::kAliases, name.arn());
  return storage_->Commit(batch);
}

absl::StatusOr<std::string> Kms::ArnForUse(absl::string_view name,
                                           absl::string_view region) {
  DSQL_ASSIGN_OR_RETURN(const KeyName parsed, ParseName(name, region));
  absl::StatusOr<std::string> arn = Resolve(parsed);
  if (arn.ok() || options_.strict ||
      ExceptionNameOf(arn.status()) != kNotFound) {
    return arn;
  }
  return parsed.MadeUpKey().arn();
}

absl::StatusOr<v1::KmsKeyRecord> Kms::FindForUse(const KeyName& name,
                                                 WriteBatch* batch) {
  absl::StatusOr<std::string> arn = Resolve(name);
  const bool unknown_alias =
      !arn.ok() && ExceptionNameOf(arn.status()) == kNotFound;
  if (unknown_alias && !options_.strict) {
    arn = name.MadeUpKey().arn();
    batch->Put(tables::kAliases, name.arn(), AliasOf(*arn),
               WriteBatch::kAbsent);
  }
  DSQL_RETURN_IF_ERROR(arn.status());
  DSQL_ASSIGN_OR_RETURN(const StoredKey stored, Read(*arn));
  if (stored.version != WriteBatch::kAbsent || options_.strict) {
    DSQL_ASSIGN_OR_RETURN(StoredKey present, ReadPresent(*arn));
    batch->Expect(tables::kKeys, *arn, present.version);
    return std::move(present.record);
  }
  DSQL_ASSIGN_OR_RETURN(v1::KmsKeyRecord made, NewRecord(*arn));
  batch->Put(tables::kKeys, *arn, made.SerializeAsString(),
             WriteBatch::kAbsent);
  return made;
}

}  // namespace dsql::kms
