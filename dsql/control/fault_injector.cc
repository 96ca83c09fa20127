#include "dsql/control/fault_injector.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/aws/errors.h"
#include "dsql/v1/annotations.pb.h"
#include "dsql/v1/dsql.pb.h"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace {

const google::protobuf::MethodDescriptor* FindOperation(
    absl::string_view name) {
  return v1::CreateClusterInput::descriptor()
      ->file()
      ->FindServiceByName("Dsql")
      ->FindMethodByName(std::string(name));
}

absl::Status CheckError(const google::protobuf::MethodDescriptor& operation,
                        const absl::Status& error) {
  if (error.ok()) return absl::OkStatus();
  const absl::optional<v1::ErrorDetail> detail = GetErrorDetail(error);
  if (!detail.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "A fault's error must be an AWS exception; build it with a factory of "
        "dsql/aws/errors.h, e.g. ThrottlingException(\"...\"), not as: ",
        error.ToString()));
  }
  const auto& allowed =
      operation.options().GetExtension(v1::operation).errors();
  if (absl::c_linear_search(allowed, detail->shape())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      operation.name(), " never answers ",
      v1::AwsError::Shape_Name(detail->shape()),
      " on AWS; its errors are listed at its rpc in dsql/v1/dsql.proto"));
}

}  // namespace

constexpr int Fault::kAlways;

absl::Status FaultInjector::Add(Fault fault) {
  const google::protobuf::MethodDescriptor* operation =
      FindOperation(fault.operation);
  if (operation == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("DSQL has no operation \"", fault.operation,
                     "\"; the operations are the rpcs of dsql/v1/dsql.proto"));
  }
  if (fault.skip < 0 || fault.latency < absl::ZeroDuration() ||
      fault.times < Fault::kAlways || fault.times == 0) {
    return absl::InvalidArgumentError(
        "A fault needs times >= 1 or kAlways, skip >= 0 and latency >= 0");
  }
  const absl::Status error = CheckError(*operation, fault.error);
  if (!error.ok()) return error;
  absl::MutexLock lock(&mutex_);
  faults_.push_back(std::move(fault));
  any_.store(true);
  return absl::OkStatus();
}

absl::Status FaultInjector::FailNext(absl::string_view operation,
                                     absl::Status error, int times) {
  Fault fault;
  fault.operation = std::string(operation);
  fault.error = std::move(error);
  fault.times = times;
  return Add(std::move(fault));
}

void FaultInjector::Clear() {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
  any_.store(false);
}

FaultInjector::Hit FaultInjector::Next(absl::string_view operation) {
  if (!any_.load()) return Hit();
  absl::MutexLock lock(&mutex_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->operation != operation) continue;
    if (fault->skip > 0) {
      --fault->skip;
      return Hit();
    }
    const Hit hit{fault->error, fault->latency};
    if (fault->times != Fault::kAlways && --fault->times == 0) {
      faults_.erase(fault);
      any_.store(!faults_.empty());
    }
    return hit;
  }
  return Hit();
}

}  // namespace dsql
