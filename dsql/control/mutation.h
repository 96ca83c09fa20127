// SPDX-License-Identifier: Apache-2.0

// An operation that writes: all of its effects or none, once for a client
// token, and safe against others that write at the same time.

#ifndef DSQL_CONTROL_MUTATION_H_
#define DSQL_CONTROL_MUTATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "dsql/control/environment.h"
#include "dsql/storage/backoff.h"
#include "dsql/storage/storage.h"
#include "google/protobuf/message.h"

namespace dsql {

// How long a client token is remembered, by the injected clock; the same token
// later is a new one. AWS documents no time for DSQL.
constexpr absl::Duration kClientTokenLifetime = absl::Hours(24);

// What is known of a client token.
struct KnownToken {
  // The answer that the request with the token got; nullopt for one that is
  // new or has expired.
  absl::optional<std::string> answer;
  // Of the record, for RememberAnswer().
  int64_t version = WriteBatch::kAbsent;
};

// Errors: ClientTokenReused where the parameters were others.
absl::StatusOr<KnownToken> FindToken(const Environment& environment,
                                     absl::string_view region,
                                     absl::string_view operation,
                                     absl::string_view client_token,
                                     const google::protobuf::Message& input);

// Adds to `batch` that the request with this token got this answer. `version`
// is that of FindToken().
void RememberAnswer(const Environment& environment, absl::string_view region,
                    absl::string_view operation, absl::string_view client_token,
                    const google::protobuf::Message& input,
                    const google::protobuf::Message& answer, int64_t version,
                    WriteBatch* batch);

// Forgets the client tokens that have expired.
absl::Status RemoveExpiredTokens(const Environment& environment);

absl::Status GaveUp(absl::string_view operation, int attempts);

// Reads, decides and writes by `body`, a StatusOr<Output>(WriteBatch*), which
// may be called several times and must have no effect but what it adds to the
// batch. Where another operation wrote what it had read it starts again, after
// a pause and not for ever, as `retries` says. Each time somebody else has
// succeeded, so only a Storage that never commits, or very many writers at
// once, make it give up.
template <typename Output, typename Body>
absl::StatusOr<Output> Mutate(Storage* storage, absl::string_view operation,
                              Body body, const BackoffOptions& retries = {}) {
  Backoff backoff(retries);
  while (true) {
    WriteBatch batch;
    absl::StatusOr<Output> answer = body(&batch);
    if (!answer.ok() || batch.empty()) return answer;
    const absl::Status committed = storage->Commit(batch);
    if (committed.ok()) return answer;
    if (!absl::IsAborted(committed)) return committed;
    if (!backoff.Wait()) return GaveUp(operation, backoff.attempts());
  }
}

// As Mutate(), for an input that may have a client token: the same request
// again gets the first answer without calling `body`.
template <typename Output, typename Input, typename Body>
absl::StatusOr<Output> MutateOnce(const Environment& environment,
                                  absl::string_view region,
                                  absl::string_view operation,
                                  const Input& input, Body body) {
  if (!input.has_client_token()) {
    return Mutate<Output>(environment.storage, operation, body);
  }
  const absl::Status purged = RemoveExpiredTokens(environment);
  if (!purged.ok()) return purged;
  const auto find_token = [&] {
    return FindToken(environment, region, operation, input.client_token(),
                     input);
  };
  const auto first_answer = [](const KnownToken& token) {
    Output answer;
    answer.ParseFromString(*token.answer);
    return answer;
  };
  return Mutate<Output>(environment.storage, operation,
                        [&](WriteBatch* batch) -> absl::StatusOr<Output> {
                          auto token = find_token();
                          if (!token.ok()) return token.status();
                          if (token->answer.has_value())
                            return first_answer(*token);
                          absl::StatusOr<Output> fresh = body(batch);
                          if (fresh.ok()) {
                            RememberAnswer(environment, region, operation,
                                           input.client_token(), input, *fresh,
                                           token->version, batch);
                            return fresh;
                          }
                          // The same request may have succeeded since, and be
                          // the very reason for this failure: it used up the
                          // quota, say.
                          token = find_token();
                          if (!token.ok() || !token->answer.has_value())
                            return fresh;
                          *batch = WriteBatch();
                          return first_answer(*token);
                        });
}

}  // namespace dsql

#endif  // DSQL_CONTROL_MUTATION_H_
