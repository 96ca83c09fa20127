// What every call of an operation passes on its way in and out, whatever it
// does: scripted faults, validation, the call log, and the shape of its errors.

#ifndef DSQL_CONTROL_OPERATION_GATE_H_
#define DSQL_CONTROL_OPERATION_GATE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/control/call_log.h"
#include "dsql/control/fault_injector.h"
#include "dsql/control/model_validator.h"
#include "google/protobuf/message.h"

namespace dsql {

// Thread-safe.
class OperationGate {
 public:
  // Owns none of its parameters.
  OperationGate(Clock* clock, const ModelValidator* validator,
                FaultInjector* faults, CallLog* calls)
      : clock_(clock), validator_(validator), faults_(faults), calls_(calls) {}

  // Calls `body`, a StatusOr<Output>(), unless a fault or a violation of the
  // model answers first. An error that is no AWS exception, such as one of
  // Storage, becomes an InternalServerException with its text.
  template <typename Output, typename Input, typename Body>
  absl::StatusOr<Output> Run(absl::string_view operation,
                             absl::string_view region, const Input& input,
                             Body body) {
    const absl::Status admitted = Admit(operation, region, input);
    absl::StatusOr<Output> answer =
        admitted.ok() ? body() : absl::StatusOr<Output>(admitted);
    if (!answer.ok()) answer = ToAwsException(answer.status());
    Record(operation, region, std::make_shared<const Input>(input),
           answer.status());
    return answer;
  }

  // Every call from now on answers InternalServerException, and so does one
  // that a fault delays.
  void Stop() { stopped_.store(true); }

 private:
  absl::Status Admit(absl::string_view operation, absl::string_view region,
                     const google::protobuf::Message& input);
  absl::Status CheckRunning(absl::string_view operation) const;
  // Sleeps for `latency`, or until Stop().
  void Delay(absl::Duration latency);
  static absl::Status ToAwsException(const absl::Status& status);
  void Record(absl::string_view operation, absl::string_view region,
              std::shared_ptr<const google::protobuf::Message> request,
              const absl::Status& status);

  Clock* const clock_;
  const ModelValidator* const validator_;
  FaultInjector* const faults_;
  CallLog* const calls_;
  std::atomic<bool> stopped_{false};
};

}  // namespace dsql

#endif  // DSQL_CONTROL_OPERATION_GATE_H_
