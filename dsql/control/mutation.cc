// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/mutation.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/lifecycle.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"
#include "dsql/v1/records.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace dsql {
namespace {

// A bound for what one request has to do.
constexpr int kPurgeAtOnce = 100;

std::string TokenKey(absl::string_view region, absl::string_view operation,
                     absl::string_view client_token) {
  return absl::StrCat(region, "/", operation, "/", client_token);
}

// Equal for equal messages: maps are written in the order of their keys.
std::string Fingerprint(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&output);
  output.Trim();
  return bytes;
}

bool HasExpired(const Environment& environment,
                const v1::ClientTokenRecord& token) {
  return ToEpochSeconds(environment.clock->Now()) >= token.expires_at();
}

}  // namespace

absl::StatusOr<KnownToken> FindToken(const Environment& environment,
                                     absl::string_view region,
                                     absl::string_view operation,
                                     absl::string_view client_token,
                                     const google::protobuf::Message& input) {
  DSQL_ASSIGN_OR_RETURN(auto stored,
                        ReadRecord<v1::ClientTokenRecord>(
                            environment.storage, tables::kClientTokens,
                            TokenKey(region, operation, client_token)));
  KnownToken token;
  if (stored == nullptr) return token;
  token.version = stored->version;
  if (HasExpired(environment, stored->record)) return token;
  if (stored->record.request() != Fingerprint(input)) {
    return ClientTokenReused(operation, client_token);
  }
  token.answer = stored->record.answer();
  return token;
}

void RememberAnswer(const Environment& environment, absl::string_view region,
                    absl::string_view operation, absl::string_view client_token,
                    const google::protobuf::Message& input,
                    const google::protobuf::Message& answer, int64_t version,
                    WriteBatch* batch) {
  const absl::Time expiry = environment.clock->Now() + kClientTokenLifetime;
  const std::string key = TokenKey(region, operation, client_token);
  Versioned<v1::ClientTokenRecord> token;
  token.version = version;
  token.record.set_request(Fingerprint(input));
  token.record.set_answer(answer.SerializeAsString());
  token.record.set_expires_at(ToEpochSeconds(expiry));
  WriteRecord(tables::kClientTokens, key, token, batch);
  batch->Put(tables::kClientTokenExpiries,
             absl::StrCat(TimeKey(expiry), "/", key), "");
}

absl::Status RemoveExpiredTokens(const Environment& environment) {
  ScanRange range;
  range.limit = kPurgeAtOnce;
  DSQL_ASSIGN_OR_RETURN(
      const auto expiries,
      environment.storage->Scan(tables::kClientTokenExpiries, range));
  const std::string now = TimeKey(environment.clock->Now());
  WriteBatch batch;
  std::set<absl::string_view> removed;
  for (const StorageRecord& expiry : expiries) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(expiry.key, absl::MaxSplits('/', 1));
    if (parts.first > now) break;
    batch.Delete(tables::kClientTokenExpiries, expiry.key, expiry.version);
    DSQL_ASSIGN_OR_RETURN(
        const auto token,
        ReadRecord<v1::ClientTokenRecord>(environment.storage,
                                          tables::kClientTokens, parts.second));
    // The token may be in use again, or have been several times.
    if (token != nullptr && HasExpired(environment, token->record) &&
        removed.insert(parts.second).second) {
      batch.Delete(tables::kClientTokens, parts.second, token->version);
    }
  }
  if (batch.writes().empty()) return absl::OkStatus();
  const absl::Status committed = environment.storage->Commit(batch);
  // Aborted: somebody else is removing them.
  return absl::IsAborted(committed) ? absl::OkStatus() : committed;
}

absl::Status GaveUp(absl::string_view operation, int attempts) {
  return InternalServerException(
      absl::StrCat(operation, " gave up after ", attempts,
                   " attempts: Storage::Commit() kept returning Aborted. Does "
                   "your Storage pass dsql/testing/storage_conformance.h?"));
}

}  // namespace dsql
