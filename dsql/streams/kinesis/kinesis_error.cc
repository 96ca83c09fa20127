// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/kinesis_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace dsql::kinesis {
namespace {

constexpr char kPayload[] = "type.fakedsql/kinesis.exception";

absl::StatusCode CodeOf(absl::string_view name) {
  if (name == kResourceNotFound) return absl::StatusCode::kNotFound;
  if (name == kResourceInUse) return absl::StatusCode::kAlreadyExists;
  if (name == kThroughputExceeded) return absl::StatusCode::kResourceExhausted;
  if (name == kAccessDenied || name == kKmsAccessDenied)
    return absl::StatusCode::kPermissionDenied;
  return absl::StatusCode::kInvalidArgument;
}

absl::Status Invalid(absl::string_view value, absl::string_view member,
                     absl::string_view constraint) {
  return KinesisException(
      kValidation,
      absl::StrCat("1 validation error detected: Value ", value, " at '",
                   member, "' failed to satisfy constraint: ", constraint));
}

}  // namespace

absl::Status KinesisException(absl::string_view name,
                              absl::string_view message) {
  absl::Status status(CodeOf(name), message);
  status.SetPayload(kPayload, absl::Cord(name));
  return status;
}

absl::Status InvalidValue(absl::string_view value, absl::string_view member,
                          absl::string_view constraint) {
  return Invalid(absl::StrCat("'", value, "'"), member, constraint);
}

absl::Status MissingValue(absl::string_view member) {
  return Invalid("null", member, "Member must not be null");
}

std::string ExceptionNameOf(const absl::Status& status) {
  const absl::optional<absl::Cord> name = status.GetPayload(kPayload);
  return name.has_value() ? std::string(*name) : "InternalFailure";
}

}  // namespace dsql::kinesis
