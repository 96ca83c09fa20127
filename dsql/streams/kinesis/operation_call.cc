// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/operation_call.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/streams/kinesis/kinesis_error.h"

namespace dsql::kinesis {

double EpochSeconds(absl::Time time) {
  return static_cast<double>(absl::ToUnixMillis(time)) / 1000;
}

absl::StatusOr<absl::optional<std::string>> StreamName(
    const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(absl::optional<std::string> name,
                        call.request.Text("StreamName"));
  if (name.has_value()) return name;
  DSQL_ASSIGN_OR_RETURN(const absl::optional<std::string> arn,
                        call.request.Text("StreamARN"));
  if (!arn.has_value()) return absl::optional<std::string>();
  const absl::optional<ArnParts> parts = ArnParts::Parse(*arn);
  if (!parts.has_value() || parts->service != "kinesis" ||
      !absl::StartsWith(parts->resource, "stream/")) {
    return InvalidValue(*arn, "streamARN",
                        "Member must satisfy regular expression pattern: "
                        "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");
  }
  name = std::string(absl::StripPrefix(parts->resource, "stream/"));
  if (parts->region != call.region ||
      parts->account_id != call.kinesis->account_id()) {
    return KinesisException(
        kResourceNotFound,
        absl::StrCat("Stream ", *name, " under account ", parts->account_id,
                     " not found in ", call.region, ": its ARN is ", *arn));
  }
  return name;
}

absl::StatusOr<std::string> RequiredStreamName(const OperationCall& call) {
  DSQL_ASSIGN_OR_RETURN(absl::optional<std::string> name, StreamName(call));
  if (name.has_value()) return *std::move(name);
  return KinesisException(kInvalidArgument,
                          "Either StreamName or StreamARN must be specified.");
}

absl::StatusOr<int64_t> LimitOf(const OperationCall& call,
                                absl::string_view member,
                                absl::string_view name, int64_t usual,
                                int64_t most) {
  DSQL_ASSIGN_OR_RETURN(const absl::optional<int64_t> limit,
                        call.request.Integer(member));
  if (!limit.has_value()) return usual;
  if (*limit < 1) {
    return InvalidValue(absl::StrCat(*limit), name,
                        "Member must have value greater than or equal to 1");
  }
  if (*limit > most) {
    return InvalidValue(
        absl::StrCat(*limit), name,
        absl::StrCat("Member must have value less than or equal to ", most));
  }
  return *limit;
}

}  // namespace dsql::kinesis
