// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fault_injector.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/aws/service_model.h"
#include "dsql/v1/annotations.pb.h"
#include "google/protobuf/descriptor.h"

namespace dsql {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MethodDescriptor;

// The members by which requests name a cluster or stream.
constexpr absl::string_view kIdentifiers[] = {
    "identifier", "cluster_identifier", "stream_identifier"};
constexpr char kArn[] = "resource_arn";

absl::Status CheckError(const MethodDescriptor& operation,
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

absl::Status CheckNumbers(const Fault& fault) {
  if (fault.skip < 0 || fault.latency < absl::ZeroDuration() ||
      fault.times < Fault::kAlways || fault.times == 0) {
    return absl::InvalidArgumentError(
        "A fault needs times >= 1 or kAlways, skip >= 0 and latency >= 0");
  }
  if (!(fault.probability > 0 && fault.probability <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("A fault's probability must be more than 0 and at most 1, "
                     "it is ",
                     fault.probability));
  }
  return absl::OkStatus();
}

bool NamesAResource(const MethodDescriptor& operation) {
  const auto* input = operation.input_type();
  return input->FindFieldByName(kArn) != nullptr ||
         absl::c_any_of(kIdentifiers, [input](absl::string_view name) {
           return input->FindFieldByName(std::string(name)) != nullptr;
         });
}

// Where `fault` may hit; gives `identifier` that of its resource.
absl::Status ReadScope(const MethodDescriptor& operation, const Fault& fault,
                       std::string* identifier) {
  if (!fault.region.empty() && !IsRegionName(fault.region)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "A fault's region must be the name of one, e.g. us-east-1, not \"",
        fault.region, "\""));
  }
  if (fault.resource.empty()) return absl::OkStatus();
  if (!NamesAResource(operation)) {
    return absl::InvalidArgumentError(absl::StrCat(
        operation.name(),
        " names no cluster or stream, so a fault with a resource would never "
        "hit it; leave Fault::resource empty"));
  }
  *identifier = fault.resource;
  if (!absl::StartsWith(fault.resource, "arn:")) return absl::OkStatus();
  const absl::optional<DsqlArn> arn = DsqlArn::Parse(fault.resource);
  if (!arn.has_value() ||
      (!fault.region.empty() && arn->region != fault.region)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "A fault's resource must be an identifier, or the ARN of a cluster or "
        "stream of its Region; it is ",
        fault.resource));
  }
  *identifier = arn->stream_identifier.empty() ? arn->cluster_identifier
                                               : arn->stream_identifier;
  return absl::OkStatus();
}

std::string TextOf(const Message& input, absl::string_view member) {
  const FieldDescriptor* field =
      input.GetDescriptor()->FindFieldByName(std::string(member));
  return field == nullptr ? "" : input.GetReflection()->GetString(input, field);
}

bool Names(const Message& input, const std::string& identifier) {
  const auto is_named = [&](absl::string_view member) {
    return TextOf(input, member) == identifier;
  };
  if (absl::c_any_of(kIdentifiers, is_named)) return true;
  const absl::optional<DsqlArn> arn = DsqlArn::Parse(TextOf(input, kArn));
  return arn.has_value() && (arn->cluster_identifier == identifier ||
                             arn->stream_identifier == identifier);
}

// std::uniform_real_distribution differs from library to library.
double UniformBelowOne(std::mt19937_64* random) {
  return static_cast<double>((*random)() >> 11) / (uint64_t{1} << 53);
}

}  // namespace

constexpr int Fault::kAlways;

absl::Status FaultInjector::Add(Fault fault) {
  const MethodDescriptor* operation =
      ServiceModel().FindMethodByName(fault.operation);
  if (operation == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("DSQL has no operation \"", fault.operation,
                     "\"; the operations are the rpcs of dsql/v1/dsql.proto"));
  }
  Entry entry;
  absl::Status valid = CheckNumbers(fault);
  valid.Update(CheckError(*operation, fault.error));
  valid.Update(ReadScope(*operation, fault, &entry.identifier));
  if (!valid.ok()) return valid;
  if (absl::StartsWith(fault.resource, "arn:")) {
    fault.region = DsqlArn::Parse(fault.resource)->region;
  }
  entry.random.seed(fault.seed);
  entry.fault = std::move(fault);
  absl::MutexLock lock(&mutex_);
  faults_.push_back(std::move(entry));
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

absl::Status FaultInjector::FailNextAfterEffect(absl::string_view operation,
                                                absl::Status error, int times) {
  Fault fault;
  fault.operation = std::string(operation);
  fault.error = std::move(error);
  fault.times = times;
  fault.when = Fault::When::kAfter;
  return Add(std::move(fault));
}

void FaultInjector::Clear() {
  absl::MutexLock lock(&mutex_);
  faults_.clear();
  any_.store(false);
}

FaultInjector::Hit FaultInjector::Next(Fault::When when,
                                       absl::string_view operation,
                                       absl::string_view region,
                                       const Message& input) {
  if (!any_.load()) return Hit();
  absl::MutexLock lock(&mutex_);
  for (auto entry = faults_.begin(); entry != faults_.end(); ++entry) {
    Fault& fault = entry->fault;
    if (fault.when != when || fault.operation != operation ||
        (!fault.region.empty() && fault.region != region) ||
        (!fault.resource.empty() && !Names(input, entry->identifier))) {
      continue;
    }
    if (fault.skip > 0) {
      --fault.skip;
      return Hit();
    }
    if (fault.probability < 1 &&
        UniformBelowOne(&entry->random) >= fault.probability) {
      continue;
    }
    const Hit hit{fault.error, fault.latency};
    if (fault.times != Fault::kAlways && --fault.times == 0) {
      faults_.erase(entry);
      any_.store(!faults_.empty());
    }
    return hit;
  }
  return Hit();
}

}  // namespace dsql
