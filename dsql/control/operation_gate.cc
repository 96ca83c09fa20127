#include "dsql/control/operation_gate.h"

#include <algorithm>
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

absl::Status OperationGate::Admit(absl::string_view operation,
                                  absl::string_view region,
                                  const google::protobuf::Message& input) {
  DSQL_RETURN_IF_ERROR(CheckRunning(operation));
  const FaultInjector::Hit fault = faults_->Next(operation);
  if (fault.latency > absl::ZeroDuration()) {
    Delay(fault.latency);
    DSQL_RETURN_IF_ERROR(CheckRunning(operation));
  }
  DSQL_RETURN_IF_ERROR(fault.error);
  if (!IsRegionName(region)) {
    return ValidationException(
        v1::ValidationExceptionReason::other,
        absl::StrCat("\"", absl::CHexEscape(region.substr(0, 64)),
                     "\" is not the name of a Region"));
  }
  return validator_->Validate(input);
}

absl::Status OperationGate::ToAwsException(const absl::Status& status) {
  if (GetErrorDetail(status).has_value()) return status;
  return InternalServerException(status.ToString());
}

void OperationGate::Record(
    absl::string_view operation, absl::string_view region,
    std::shared_ptr<const google::protobuf::Message> request,
    const absl::Status& status) {
  Call call;
  call.operation = std::string(operation);
  call.region = std::string(region);
  call.request = std::move(request);
  call.status = status;
  call.time = clock_->Now();
  calls_->Add(std::move(call));
}

}  // namespace dsql
