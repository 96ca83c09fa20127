// SPDX-License-Identifier: Apache-2.0

// What every call of an operation passes on its way in and out, whatever it
// does: scripted faults, validation, authorisation, the call log, and the shape
// of its errors.

#ifndef DSQL_CONTROL_OPERATION_GATE_H_
#define DSQL_CONTROL_OPERATION_GATE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "dsql/base/clock.h"
#include "dsql/control/call_log.h"
#include "dsql/control/caller.h"
#include "dsql/control/fault_injector.h"
#include "dsql/control/model_validator.h"
#include "google/protobuf/message.h"

namespace dsql {

// One call of an operation. Refers to what it is made of.
struct Invocation {
  absl::string_view operation;
  absl::string_view region;
  const Caller& caller;
};

// Lets calls of operations in and out. Thread-safe.
class OperationGate {
 public:
  // Says whether the caller may, with the error that he gets.
  using Authorize = std::function<absl::Status(
      const Invocation& call, const google::protobuf::Message& input)>;

  // Gets each call of C++, printed; who calls over HTTP has a log of his own.
  using Log = std::function<void(absl::string_view line)>;

  // Owns none of its parameters. Without `authorize` everybody may.
  OperationGate(Clock* clock, const ModelValidator* validator,
                FaultInjector* faults, CallLog* calls,
                Authorize authorize = nullptr, Log log = nullptr)
      : clock_(clock),
        validator_(validator),
        faults_(faults),
        calls_(calls),
        authorize_(std::move(authorize)),
        log_(std::move(log)) {}

  // Calls `body`, a StatusOr<Output>(), unless a fault, a violation of the
  // model or a permission that is missing answers first; a fault may also
  // answer in the place of a `body` that succeeded. An error that is no AWS
  // exception, such as one of Storage, becomes an InternalServerException with
  // its text.
  template <typename Output, typename Input, typename Body>
  absl::StatusOr<Output> Run(const Invocation& call, const Input& input,
                             Body body) {
    absl::Status status = Admit(call, input);
    absl::StatusOr<Output> answer =
        status.ok() ? body() : absl::StatusOr<Output>(status);
    status = answer.ok() ? Release(call, input) : Translate(answer.status());
    if (!status.ok()) answer = status;
    Record(call, std::make_shared<const Input>(input),
           answer.ok() ? std::make_shared<const Output>(*answer) : nullptr,
           status);
    return answer;
  }

  // Every call from now on answers InternalServerException, and so does one
  // that a fault delays.
  void Stop() { stopped_.store(true); }

 private:
  using SharedMessage = std::shared_ptr<const google::protobuf::Message>;

  absl::Status Admit(const Invocation& call,
                     const google::protobuf::Message& input);
  // What a call answers whose operation succeeded.
  absl::Status Release(const Invocation& call,
                       const google::protobuf::Message& input);
  // Lets the fault that hits the call, if one does, take its time; returns its
  // error.
  absl::Status ApplyFault(Fault::When when, const Invocation& call,
                          const google::protobuf::Message& input);
  absl::Status CheckRunning(absl::string_view operation) const;
  // Sleeps for `latency`, or until Stop().
  void Delay(absl::Duration latency);
  // Makes an AWS exception of `status`.
  static absl::Status Translate(const absl::Status& status);
  void Record(const Invocation& call, SharedMessage request,
              SharedMessage answer, const absl::Status& status);

  Clock* const clock_;
  const ModelValidator* const validator_;
  FaultInjector* const faults_;
  CallLog* const calls_;
  const Authorize authorize_;
  const Log log_;
  std::atomic<bool> stopped_{false};
};

}  // namespace dsql

#endif  // DSQL_CONTROL_OPERATION_GATE_H_
