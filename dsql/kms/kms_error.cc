// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/kms_error.h"

#include "absl/strings/cord.h"
#include "absl/types/optional.h"

namespace dsql::kms {
namespace {

constexpr char kPayload[] = "type.fakedsql/kms.exception";

absl::StatusCode CodeOf(absl::string_view name) {
  if (name == kNotFound) return absl::StatusCode::kNotFound;
  if (name == kAlreadyExists) return absl::StatusCode::kAlreadyExists;
  if (name == kInternal) return absl::StatusCode::kInternal;
  if (name == kDisabled || name == kInvalidState)
    return absl::StatusCode::kFailedPrecondition;
  return absl::StatusCode::kInvalidArgument;
}

}  // namespace

absl::Status KmsException(absl::string_view name, absl::string_view message) {
  absl::Status status(CodeOf(name), message);
  status.SetPayload(kPayload, absl::Cord(name));
  return status;
}

std::string ExceptionNameOf(const absl::Status& status) {
  const absl::optional<absl::Cord> name = status.GetPayload(kPayload);
  return name.has_value() ? std::string(*name) : std::string();
}

}  // namespace dsql::kms
