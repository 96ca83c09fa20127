// SPDX-License-Identifier: Apache-2.0

#include "dsql/change_stream.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "dsql/aws/arn.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/service_errors.h"
#include "dsql/fake_dsql_core.h"
#include "dsql/streams/delivery_error.h"
#include "dsql/wait_for_status.h"

namespace dsql {
namespace {

// Requires: `arn` is that of a stream.
//
// Errors: ResourceNotFoundException.
absl::StatusOr<v1::StreamStatus::Value> StatusOf(ControlPlane& control,
                                                 const std::string& arn) {
  const absl::optional<DsqlArn> parsed = DsqlArn::Parse(arn);
  DSQL_ASSIGN_OR_RETURN(
      const auto streams,
      control.StreamsOf(parsed->region, parsed->cluster_identifier));
  for (const v1::GetStreamOutput& stream : streams) {
    if (stream.arn() == arn) return stream.status();
  }
  return StreamNotFound(parsed->region, parsed->account_id,
                        parsed->cluster_identifier, parsed->stream_identifier);
}

}  // namespace

absl::StatusOr<std::shared_ptr<FakeDsqlCore>> ChangeStream::core() const {
  std::shared_ptr<FakeDsqlCore> core = core_.lock();
  if (core == nullptr) {
    return absl::FailedPreconditionError(
        "This ChangeStream is of a FakeDsql that was destroyed");
  }
  return core;
}

absl::StatusOr<std::vector<ChangeRecord>> ChangeStream::Records() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  return delivery->Records();
}

absl::StatusOr<std::vector<ChangeRecord>> ChangeStream::WaitForRecords(
    size_t count, absl::Duration timeout) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  return delivery->WaitForRecords(count, absl::Now() + timeout);
}

absl::Status ChangeStream::Hold() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  delivery->Hold();
  return absl::OkStatus();
}

absl::Status ChangeStream::Release() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  delivery->Release();
  return absl::OkStatus();
}

absl::Status ChangeStream::DropNext(int count) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  delivery->DropNext(count);
  return absl::OkStatus();
}

absl::Status ChangeStream::FailNext(
    int count, v1::StreamFailureErrorCode_Value code) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  delivery->FailNext(count, streams::DeliveryError(code));
  return absl::OkStatus();
}

absl::Status ChangeStream::SetDelay(absl::Duration delay) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  delivery->SetDelay(delay);
  return absl::OkStatus();
}

absl::StatusOr<ChangeStream::Metrics> ChangeStream::metrics() const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  DSQL_ASSIGN_OR_RETURN(const auto delivery, core->Delivery(arn_));
  DSQL_ASSIGN_OR_RETURN(const v1::StreamStatus::Value status,
                        StatusOf(core->control(), arn_));
  Metrics metrics;
  metrics.is_impaired = status == v1::StreamStatus::IMPAIRED;
  metrics.behind_source_lag = delivery->Lag();
  metrics.pending_records = delivery->pending();
  return metrics;
}

absl::Status ChangeStream::WaitUntilActive(absl::Duration timeout) const {
  DSQL_ASSIGN_OR_RETURN(const auto core, this->core());
  return WaitForStatus(
      core->options().clock, timeout, [&]() -> absl::StatusOr<std::string> {
        DSQL_ASSIGN_OR_RETURN(const v1::StreamStatus::Value now,
                              StatusOf(core->control(), arn_));
        if (now == v1::StreamStatus::ACTIVE) return "";
        const std::string text = absl::StrCat(
            "Stream ", arn_, " is ", v1::StreamStatus::Value_Name(now));
        if (now == v1::StreamStatus::CREATING) return text;
        return absl::FailedPreconditionError(
            absl::StrCat(text, ", which time alone does not make ACTIVE"));
      });
}

}  // namespace dsql
