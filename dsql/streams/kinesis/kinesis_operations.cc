// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/kinesis_operations.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/serialize.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/streams/kinesis/json_request.h"
#include "dsql/streams/kinesis/kinesis_error.h"
#include "dsql/streams/kinesis/operation_call.h"

namespace dsql::kinesis {
namespace {

using Operation = Answer (*)(const OperationCall& call);

const std::map<absl::string_view, Operation>& Operations() {
  static const auto* const operations =
      new std::map<absl::string_view, Operation>({
          {"CreateStream", CreateStream},
          {"DeleteStream", DeleteStream},
          {"DescribeStream", DescribeStream},
          {"DescribeStreamSummary", DescribeStreamSummary},
          {"GetRecords", GetRecords},
          {"GetShardIterator", GetShardIterator},
          {"ListShards", ListShards},
          {"ListStreams", ListStreams},
          {"PutRecord", PutRecord},
          {"PutRecords", PutRecords},
          {"UpdateMaxRecordSize", UpdateMaxRecordSize},
      });
  return *operations;
}

}  // namespace

absl::StatusOr<std::string> CallKinesis(Kinesis* kinesis,
                                        absl::string_view operation,
                                        absl::string_view region,
                                        absl::string_view request) {
  const auto found = Operations().find(operation);
  if (found == Operations().end()) {
    return KinesisException(
        kUnknownOperation,
        absl::StrCat("Kinesis in this process has no operation ", operation));
  }
  DSQL_ASSIGN_OR_RETURN(JsonRequest members, JsonRequest::Parse(request));
  const OperationCall call{kinesis, std::string(region), std::move(members)};
  DSQL_ASSIGN_OR_RETURN(const boost::json::object answer, found->second(call));
  return answer.empty() ? "" : boost::json::serialize(answer);
}

}  // namespace dsql::kinesis
