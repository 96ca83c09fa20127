#include "dsql/control/operation_gate.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"

namespace dsql {

absl::Status OperationGate::Admit(absl::string_view operation,
                                  absl::string_view region,
                                  const google::protobuf::Message& input) {
  if (stopped_.load(std::memory_order_relaxed)) {
    return InternalServerException(absl::StrCat(
        operation,
        " was called after FakeDsql::Stop(). Stop FakeDsql only when "
        "the code under test is done with it"));
  }
  const FaultInjector::Hit fault = faults_->Next(operation);
  if (fault.latency > absl::ZeroDuration()) clock_->SleepFor(fault.latency);
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
