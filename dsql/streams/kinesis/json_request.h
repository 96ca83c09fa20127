// SPDX-License-Identifier: Apache-2.0

// Members of a request in JSON, with Kinesis's exceptions for those that are
// not there or of another type.

#ifndef DSQL_STREAMS_KINESIS_JSON_REQUEST_H_
#define DSQL_STREAMS_KINESIS_JSON_REQUEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::kinesis {

// JsonRequest is a JSON object. A null is a member that is not there.
//
// Errors: SerializationException for a member of another type than is asked
//   for; of the Required functions also ValidationException for one that is not
//   there.
// Thread-safety: const methods are safe.
class JsonRequest {
 public:
  // Errors: SerializationException for what is no JSON object.
  static absl::StatusOr<JsonRequest> Parse(absl::string_view json);

  JsonRequest(JsonRequest&&) noexcept;
  JsonRequest& operator=(JsonRequest&&) noexcept;
  ~JsonRequest();

  absl::StatusOr<absl::optional<std::string>> Text(
      absl::string_view name) const;
  absl::StatusOr<std::string> RequiredText(absl::string_view name) const;
  absl::StatusOr<absl::optional<int64_t>> Integer(absl::string_view name) const;
  // Seconds since the epoch, as AWS's clients send a time.
  absl::StatusOr<absl::optional<double>> Number(absl::string_view name) const;
  // What base64 stands for.
  absl::StatusOr<std::string> RequiredBytes(absl::string_view name) const;
  // An object within; empty where it is not there.
  absl::StatusOr<JsonRequest> Object(absl::string_view name) const;
  // A list of objects.
  absl::StatusOr<std::vector<JsonRequest>> RequiredObjects(
      absl::string_view name) const;

 private:
  struct Members;
  explicit JsonRequest(std::unique_ptr<Members> members);

  std::unique_ptr<Members> members_;
};

}  // namespace dsql::kinesis

#endif  // DSQL_STREAMS_KINESIS_JSON_REQUEST_H_
