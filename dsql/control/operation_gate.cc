// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/operation_gate.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"

namespace dsql {
namespace {

// How long a delayed call may keep Stop() waiting.
constexpr absl::Duration kDelaySlice = absl::Milliseconds(50);

constexpr int kHttpOk = 200;

}  // namespace

absl::Status OperationGate::CheckRunning(absl::string_view operation) const {
  if (!stopped_.load(std::memory_order_relaxed)) return absl::OkStatus();
  return InternalServerException(absl::StrCat(
      operation,
      " was called after FakeDsql::Stop(). Stop FakeDsql only when "
      "the code under test is done with it"));
}

void OperationGate::Delay(absl::Duration latency) {
  for (; latency > absl::ZeroDuration() && !stopped_.load();
       latency -= kDelaySlice) {
    clock_->SleepFor(std::min(latency, kDelaySlice));
  }
}

absl::Status OperationGate::ApplyFault(Fault::When when, const Invocation& call,
                                       const google::protobuf::Message& input) {
  const FaultInjector::Hit fault =
      faults_->Next(when, call.operation, call.region, input);
  if (fault.latency > absl::ZeroDuration()) {
    Delay(fault.latency);
    DSQL_RETURN_IF_ERROR(CheckRunning(call.operation));
  }
  return fault.error;
}

absl::Status OperationGate::Admit(const Invocation& call,
                                  const google::protobuf::Message& input) {
  DSQL_RETURN_IF_ERROR(CheckRunning(call.operation));
  DSQL_RETURN_IF_ERROR(ApplyFault(Fault::When::kBefore, call, input));
  if (!IsRegionName(call.region)) {
    return ValidationException(
        v1::ValidationExceptionReason::other,
        absl::StrCat("\"", absl::CHexEscape(call.region.substr(0, 64)),
                     "\" is not the name of a Region"));
  }
  DSQL_RETURN_IF_ERROR(validator_->Validate(input));
  return authorize_ == nullptr ? absl::OkStatus() : authorize_(call, input);
}

absl::Status OperationGate::Release(const Invocation& call,
                                    const google::protobuf::Message& input) {
  return ApplyFault(Fault::When::kAfter, call, input);
}

absl::Status OperationGate::Translate(const absl::Status& status) {
  if (GetErrorDetail(status).has_value()) return status;
  return InternalServerException(status.ToString());
}

void OperationGate::Record(const Invocation& call, SharedMessage request,
                           SharedMessage answer, const absl::Status& status) {
  Call record;
  record.operation = std::string(call.operation);
  record.region = std::string(call.region);
  record.request = std::move(request);
  record.answer = std::move(answer);
  record.status = status;
  record.time = clock_->Now();
  record.caller = call.caller;
  if (call.caller.transport == Transport::kHttp) {
    record.http_status =
        status.ok() ? kHttpOk : HttpStatusOf(GetErrorDetail(status)->shape());
  }
  // Before a test can find it in `calls_`.
  if (log_ != nullptr && call.caller.transport == Transport::kCpp) {
    std::ostringstream line;
    line << record;
    log_(line.str());
  }
  calls_->Add(std::move(record));
}

}  // namespace dsql
