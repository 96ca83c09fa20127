// Checks requests against what the service model says about their members.

#ifndef DSQL_CONTROL_MODEL_VALIDATOR_H_
#define DSQL_CONTROL_MODEL_VALIDATOR_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
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

  // Returns ValidationException(fieldValidationFailed) with one entry of
  // fieldList for each violation. Names are the model's:
  // "targetDefinition.kinesis.roleArn".
  absl::Status Validate(const google::protobuf::Message& input) const;

 private:
  struct MessagePlan;

  const MessagePlan& PlanFor(const google::protobuf::Descriptor* type) const;

  const IdentifierStyle style_;
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<const google::protobuf::Descriptor*,
                              std::unique_ptr<const MessagePlan>>
      plans_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dsql

#endif  // DSQL_CONTROL_MODEL_VALIDATOR_H_
