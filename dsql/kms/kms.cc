// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/kms.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsql/aws/identifier.h"
#include "dsql/base/aes_gcm.h"
#include "dsql/base/status_macros.h"
#include "dsql/kms/key_policy.h"
#include "dsql/kms/key_spec.h"
#include "dsql/kms/kms_error.h"
#include "dsql/kms/kms_tables.h"
#include "dsql/storage/backoff.h"

namespace dsql::kms {
namespace {

using Record = v1::KmsKeyRecord;

constexpr int kShortestWindow = 7;
constexpr int kLongestWindow = 30;

double ToSeconds(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

absl::Time FromSeconds(double seconds) {
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

absl::Status Corrupt() {
  return KmsException(kInternal, "A record of KMS in Storage cannot be read");
}

absl::Status NoKey(absl::string_view arn) {
  return KmsException(kNotFound,
                      absl::StrCat("Key '", arn, "' does not exist"));
}

absl::Status NoAlias(absl::string_view arn) {
  return KmsException(kNotFound, absl::StrCat("Alias ", arn, " is not found."));
}

absl::Status CheckNotPending(const Record& key) {
  if (key.state() != Record::PENDING_DELETION) return absl::OkStatus();
  return KmsException(kInvalidState,
                      absl::StrCat(key.arn(), " is pending deletion."));
}

KeyState StateOf(const Record& key) {
  switch (key.state()) {
    case Record::DISABLED:
      return KeyState::kDisabled;
    case Record::PENDING_DELETION:
      return KeyState::kPendingDeletion;
    default:
      return KeyState::kEnabled;
  }
}

KeyMetadata MetadataOf(const Record& key) {
  KeyMetadata metadata;
  metadata.arn = key.arn();
  metadata.key_id = key.arn().substr(key.arn().find(":key/") + 5);
  metadata.description = key.description();
  metadata.multi_region = absl::StartsWith(metadata.key_id, "mrk-");
  metadata.key_spec = key.key_spec();
  metadata.key_usage = key.key_usage();
  metadata.state = StateOf(key);
  metadata.creation_date = FromSeconds(key.creation_date());
  if (key.state() == Record::PENDING_DELETION)
    metadata.deletion_date = FromSeconds(key.deletion_date());
  return metadata;
}

std::string NewKeyId(bool multi_region, absl::uint128 id) {
  if (!multi_region) return UuidIdentifier(id);
  return absl::StrFormat("mrk-%016x%016x", absl::Uint128High64(id),
                         absl::Uint128Low64(id));
}

}  // namespace

Kms::Kms(std::string account_id, KmsOptions options, Storage* storage,
         Clock* clock, IdGenerator* ids, KeyListener* listener)
    : account_id_(std::move(account_id)),
      options_(std::move(options)),
      storage_(storage),
      clock_(clock),
      ids_(ids),
      listener_(listener) {}

absl::StatusOr<KeyName> Kms::ParseName(absl::string_view name,
                                       absl::string_view region) const {
  return KeyName::Parse(
      name,
      region.empty() ? absl::string_view(options_.default_region) : region,
      account_id_);
}

absl::StatusOr<std::string> Kms::Resolve(const KeyName& name) {
  if (!name.is_alias()) return name.arn();
  DSQL_ASSIGN_OR_RETURN(const auto stored,
                        storage_->Get(tables::kAliases, name.arn()));
  if (!stored.has_value()) return NoAlias(name.arn());
  v1::KmsAliasRecord alias;
  if (!alias.ParseFromString(stored->value)) return Corrupt();
  return alias.key_arn();
}

absl::StatusOr<std::string> Kms::Resolve(absl::string_view name,
                                         absl::string_view region) {
  DSQL_ASSIGN_OR_RETURN(const KeyName parsed, ParseName(name, region));
  return Resolve(parsed);
}

absl::StatusOr<Kms::StoredKey> Kms::Read(absl::string_view arn) {
  DSQL_ASSIGN_OR_RETURN(const auto stored, storage_->Get(tables::kKeys, arn));
  StoredKey key;
  if (!stored.has_value()) return key;
  key.version = stored->version;
  if (!key.record.ParseFromString(stored->value)) return Corrupt();
  return key;
}

absl::StatusOr<Kms::StoredKey> Kms::ReadPresent(absl::string_view arn) {
  DSQL_ASSIGN_OR_RETURN(StoredKey key, Read(arn));
  const bool deleted = key.record.state() == Record::PENDING_DELETION &&
                       key.record.deletion_date() <= ToSeconds(clock_->Now());
  if (key.version == WriteBatch::kAbsent || deleted) return NoKey(arn);
  return key;
}

absl::StatusOr<Record> Kms::NewRecord(absl::string_view arn) {
  Record key;
  key.set_arn(std::string(arn));
  key.set_key_spec(kSymmetricDefault);
  key.set_key_usage(kEncryptDecrypt);
  key.set_creation_date(ToSeconds(clock_->Now()));
  key.set_policy(DefaultKeyPolicy(arn));
  DSQL_ASSIGN_OR_RETURN(*key.mutable_material(), RandomBytes(kAesKeySize));
  return key;
}

absl::StatusOr<KeyMetadata> Kms::CreateKey(const KeySpecification& key) {
  DSQL_RETURN_IF_ERROR(CheckKeySpec(key.key_spec, key.key_usage));
  if (!key.policy.empty()) DSQL_RETURN_IF_ERROR(CheckKeyPolicy(key.policy));
  DSQL_ASSIGN_OR_RETURN(
      const KeyName name,
      ParseName(NewKeyId(key.multi_region, ids_->NextId()), key.region));
  DSQL_ASSIGN_OR_RETURN(Record record, NewRecord(name.arn()));
  record.set_description(key.description);
  record.set_key_spec(key.key_spec);
  record.set_key_usage(key.key_usage);
  if (!key.policy.empty()) record.set_policy(key.policy);
  WriteBatch batch;
  batch.Put(tables::kKeys, record.arn(), record.SerializeAsString(),
            WriteBatch::kAbsent);
  DSQL_RETURN_IF_ERROR(storage_->Commit(batch));
  return MetadataOf(record);
}

absl::StatusOr<KeyMetadata> Kms::DescribeKey(absl::string_view key,
                                             absl::string_view region) {
  DSQL_ASSIGN_OR_RETURN(const std::string arn, Resolve(key, region));
  DSQL_ASSIGN_OR_RETURN(const StoredKey found, ReadPresent(arn));
  return MetadataOf(found.record);
}

absl::Status Kms::ChangeKey(absl::string_view name, absl::string_view region,
                            const Change& change) {
  DSQL_ASSIGN_OR_RETURN(const std::string arn, Resolve(name, region));
  Backoff backoff;
  while (true) {
    DSQL_ASSIGN_OR_RETURN(StoredKey key, ReadPresent(arn));
    DSQL_RETURN_IF_ERROR(change(&key.record));
    WriteBatch batch;
    batch.Put(tables::kKeys, arn, key.record.SerializeAsString(), key.version);
    const absl::Status committed = storage_->Commit(batch);
    if (committed.ok()) break;
    // Else somebody was faster.
    if (!absl::IsAborted(committed) || !backoff.Wait()) return committed;
  }
  return listener_ == nullptr ? absl::OkStatus() : listener_->KeyChanged(arn);
}

absl::Status Kms::EnableKey(absl::string_view key, absl::string_view region) {
  return ChangeKey(key, region, [](Record* record) {
    const absl::Status status = CheckNotPending(*record);
    if (status.ok()) record->set_state(Record::ENABLED);
    return status;
  });
}

absl::Status Kms::DisableKey(absl::string_view key, absl::string_view region) {
  return ChangeKey(key, region, [](Record* record) {
    const absl::Status status = CheckNotPending(*record);
    if (status.ok()) record->set_state(Record::DISABLED);
    return status;
  });
}

absl::Status Kms::ScheduleKeyDeletion(absl::string_view key,
                                      int pending_window_days,
                                      absl::string_view region) {
  if (pending_window_days < kShortestWindow ||
      pending_window_days > kLongestWindow) {
    return KmsException(
        kValidation,
        absl::StrCat("1 validation error detected: Value '",
                     pending_window_days,
                     "' at 'pendingWindowInDays' failed to satisfy constraint: "
                     "Member must be between ",
                     kShortestWindow, " and ", kLongestWindow));
  }
  const absl::Time due = clock_->Now() + absl::Hours(24) * pending_window_days;
  return ChangeKey(key, region, [due](Record* record) {
    const absl::Status status = CheckNotPending(*record);
    if (!status.ok()) return status;
    record->set_state(Record::PENDING_DELETION);
    record->set_deletion_date(ToSeconds(due));
    return absl::OkStatus();
  });
}

absl::Status Kms::CancelKeyDeletion(absl::string_view key,
                                    absl::string_view region) {
  return ChangeKey(key, region, [](Record* record) -> absl::Status {
    if (record->state() != Record::PENDING_DELETION) {
      return KmsException(
          kInvalidState,
          absl::StrCat(record->arn(), " is not pending deletion."));
    }
    record->set_state(Record::DISABLED);
    record->clear_deletion_date();
    return absl::OkStatus();
  });
}

absl::Status Kms::PutKeyPolicy(absl::string_view key, absl::string_view policy,
                               absl::string_view region) {
  DSQL_RETURN_IF_ERROR(CheckKeyPolicy(policy));
  return ChangeKey(key, region, [policy](Record* record) {
    const absl::Status status = CheckNotPending(*record);
    if (status.ok()) record->set_policy(std::string(policy));
    return status;
  });
}

absl::StatusOr<std::string> Kms::GetKeyPolicy(absl::string_view key,
                                              absl::string_view region) {
  DSQL_ASSIGN_OR_RETURN(const std::string arn, Resolve(key, region));
  DSQL_ASSIGN_OR_RETURN(const StoredKey found, ReadPresent(arn));
  return found.record.policy();
}

absl::Status Kms::Propagate() {
  return listener_ == nullptr ? absl::OkStatus() : listener_->Propagate();
}

}  // namespace dsql::kms
