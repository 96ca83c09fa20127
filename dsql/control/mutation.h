// An operation that writes: all of its effects or none, once for a client
// token, and safe against others that write at the same time.

#ifndef DSQL_CONTROL_MUTATION_H_
#define DSQL_CONTROL_MUTATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/storage/storage.h"
#include "google/protobuf/message.h"

namespace dsql {

// How often an operation starts again because another one wrote what it had
// read. Each time somebody else has succeeded, so only a Storage that never
// commits, or very many writers at once, get here.
constexpr int kMaxMutationAttempts = 1000;

// The answer that the request with this client token got; nullopt for a token
// that is new.
//
// Errors: ClientTokenReused where the parameters were others.
absl::StatusOr<absl::optional<std::string>> FindAnswer(
    Storage* storage, absl::string_view region, absl::string_view operation,
    absl::string_view client_token, const google::protobuf::Message& input);

// Adds to `batch` that this request got this answer.
void RememberAnswer(absl::string_view region, absl::string_view operation,
                    absl::string_view client_token,
                    const google::protobuf::Message& input,
                    const google::protobuf::Message& answer, WriteBatch* batch);

absl::Status GaveUp(absl::string_view operation);

// Reads, decides and writes by `body`, a StatusOr<Output>(WriteBatch*), which
// may be called several times and must have no effect but what it adds to the
// batch.
template <typename Output, typename Body>
absl::StatusOr<Output> Mutate(Storage* storage, absl::string_view operation,
                              Body body) {
  for (int attempt = 0; attempt < kMaxMutationAttempts; ++attempt) {
    WriteBatch batch;
    absl::StatusOr<Output> answer = body(&batch);
    if (!answer.ok() || batch.writes().empty()) return answer;
    const absl::Status committed = storage->Commit(batch);
    if (committed.ok()) return answer;
    if (!absl::IsAborted(committed)) return committed;
  }
  return GaveUp(operation);
}

// As FindAnswer(), taken apart.
template <typename Output>
absl::StatusOr<absl::optional<Output>> FindAnswerAs(
    Storage* storage, absl::string_view region, absl::string_view operation,
    absl::string_view client_token, const google::protobuf::Message& input) {
  auto known = FindAnswer(storage, region, operation, client_token, input);
  if (!known.ok()) return known.status();
  absl::optional<Output> answer;
  if (known->has_value()) answer.emplace().ParseFromString(**known);
  return answer;
}

// As Mutate(), for an input that may have a client token: the same request
// again gets the first answer without calling `body`.
template <typename Output, typename Input, typename Body>
absl::StatusOr<Output> MutateOnce(Storage* storage, absl::string_view region,
                                  absl::string_view operation,
                                  const Input& input, Body body) {
  return Mutate<Output>(
      storage, operation, [&](WriteBatch* batch) -> absl::StatusOr<Output> {
        if (!input.has_client_token()) return body(batch);
        const auto find_answer = [&] {
          return FindAnswerAs<Output>(storage, region, operation,
                                      input.client_token(), input);
        };
        auto known = find_answer();
        if (!known.ok()) return known.status();
        if (known->has_value()) return **known;
        absl::StatusOr<Output> fresh = body(batch);
        if (fresh.ok()) {
          RememberAnswer(region, operation, input.client_token(), input, *fresh,
                         batch);
          return fresh;
        }
        // The same request may have succeeded since, and be the very reason
        // for this failure: it used up the quota, say.
        known = find_answer();
        if (!known.ok() || !known->has_value()) return fresh;
        *batch = WriteBatch();
        return **known;
      });
}

}  // namespace dsql

#endif  // DSQL_CONTROL_MUTATION_H_
