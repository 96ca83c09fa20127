// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/delivery_error.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/streams/kinesis/kinesis_error.h"

namespace dsql::streams {
namespace {

using Code = v1::StreamFailureErrorCode;

constexpr char kPayload[] = "type.fakedsql/stream.failure";

}  // namespace

absl::Status DeliveryError(Code::Value code) {
  absl::Status status = absl::UnavailableError(
      absl::StrCat("A test lets deliveries fail: ", Code::Value_Name(code)));
  status.SetPayload(kPayload, absl::Cord(Code::Value_Name(code)));
  return status;
}

Code::Value FailureCodeOf(const absl::Status& status) {
  const absl::optional<absl::Cord> scripted = status.GetPayload(kPayload);
  Code::Value code = Code::INTERNAL_ERROR;
  if (scripted.has_value() &&
      Code::Value_Parse(std::string(*scripted), &code)) {
    return code;
  }
  const std::string name = kinesis::ExceptionNameOf(status);
  if (name == kinesis::kResourceNotFound) return Code::KINESIS_STREAM_NOT_FOUND;
  if (name == kinesis::kThroughputExceeded)
    return Code::KINESIS_THROUGHPUT_EXCEEDED;
  if (name == kinesis::kAccessDenied) return Code::KINESIS_ACCESS_DENIED;
  if (name == kinesis::kKmsAccessDenied) return Code::KINESIS_KMS_ACCESS_DENIED;
  if (name == kinesis::kValidation) return Code::KINESIS_OVERSIZE_RECORD;
  return Code::INTERNAL_ERROR;
}

}  // namespace dsql::streams
