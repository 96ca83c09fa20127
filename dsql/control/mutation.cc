#include "dsql/control/mutation.h"

#include "absl/strings/str_cat.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"
#include "dsql/v1/records.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace dsql {
namespace {

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

}  // namespace

absl::StatusOr<absl::optional<std::string>> FindAnswer(
    Storage* storage, absl::string_view region, absl::string_view operation,
    absl::string_view client_token, const google::protobuf::Message& input) {
  DSQL_ASSIGN_OR_RETURN(auto known,
                        ReadRecord<v1::ClientTokenRecord>(
                            storage, tables::kClientTokens,
                            TokenKey(region, operation, client_token)));
  absl::optional<std::string> answer;
  if (known == nullptr) return answer;
  if (known->record.request() != Fingerprint(input)) {
    return ClientTokenReused(operation, client_token);
  }
  answer = known->record.answer();
  return answer;
}

void RememberAnswer(absl::string_view region, absl::string_view operation,
                    absl::string_view client_token,
                    const google::protobuf::Message& input,
                    const google::protobuf::Message& answer,
                    WriteBatch* batch) {
  Versioned<v1::ClientTokenRecord> token;
  token.record.set_request(Fingerprint(input));
  token.record.set_answer(answer.SerializeAsString());
  WriteRecord(tables::kClientTokens, TokenKey(region, operation, client_token),
              token, batch);
}

absl::Status GaveUp(absl::string_view operation) {
  return InternalServerException(
      absl::StrCat(operation, " gave up after ", kMaxMutationAttempts,
                   " attempts: Storage::Commit() kept returning Aborted. Does "
                   "your Storage pass testing/storage_conformance.h?"));
}

}  // namespace dsql
