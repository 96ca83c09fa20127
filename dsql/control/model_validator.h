// SPDX-License-Identifier: Apache-2.0

// Checks requests against what the service model says about their members.

#ifndef DSQL_CONTROL_MODEL_VALIDATOR_H_
#define DSQL_CONTROL_MODEL_VALIDATOR_H_

#include <memory>
#include <vector>

#include "absl/base/call_once.h"
#include "absl/status/status.h"
#include "dsql/control/identifier_style.h"
#include "google/protobuf/message.h"

namespace dsql {

// Works from the descriptors' options (dsql/v1/annotations.proto); knows no
// operation. What it learned about a message type is kept, so that a second
// request of a type is checked without looking at options or compiling
// patterns.
//
// Thread-safe.
class ModelValidator {
 public:
  explicit ModelValidator(IdentifierStyle style);
  ~ModelValidator();

  // `input` is a message of dsql.proto. Returns
  // ValidationException(fieldValidationFailed) with one entry of
  // fieldList for each violation. Names are the model's:
  // "targetDefinition.kinesis.roleArn".
  //
  // A list or map that is empty counts as present: who reads a request from a
  // form that tells the difference answers MissingMember().
  absl::Status Validate(const google::protobuf::Message& input) const;

  // The same exception, for one required member that is not there.
  static absl::Status MissingMember(absl::string_view name);

 private:
  struct MessagePlan;

  const MessagePlan& PlanFor(const google::protobuf::Descriptor* type) const;

  // The plan of one type, made when the type is first seen.
  struct LazyPlan {
    absl::once_flag once;
    std::unique_ptr<const MessagePlan> plan;
  };

  const IdentifierStyle style_;
  // By the index of the type in dsql.proto.
  mutable std::vector<LazyPlan> plans_;
};

}  // namespace dsql

#endif  // DSQL_CONTROL_MODEL_VALIDATOR_H_
