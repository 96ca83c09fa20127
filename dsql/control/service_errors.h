// SPDX-License-Identifier: Apache-2.0

// The exceptions that the control plane answers with in more than one place, or
// with members of their own; texts about one member of one request are where
// they are found, made by InvalidMember().

#ifndef DSQL_CONTROL_SERVICE_ERRORS_H_
#define DSQL_CONTROL_SERVICE_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql {

// ResourceNotFoundException.
absl::Status ClusterNotFound(absl::string_view region,
                             absl::string_view account_id,
                             absl::string_view identifier);
absl::Status StreamNotFound(absl::string_view region,
                            absl::string_view account_id,
                            absl::string_view cluster_identifier,
                            absl::string_view stream_identifier);
absl::Status PolicyNotFound(absl::string_view cluster_identifier);

// ValidationException, reason deletionProtectionEnabled.
absl::Status DeletionProtectionIsEnabled(absl::string_view cluster_identifier);

// ValidationException, reason fieldValidationFailed, for one member.
absl::Status InvalidMember(absl::string_view member, absl::string_view message);

// ConflictException: `operation` is not possible in the present status.
absl::Status ClusterIsBusy(absl::string_view operation,
                           const v1::GetClusterOutput& cluster);
absl::Status StreamIsBusy(absl::string_view operation,
                          const v1::GetStreamOutput& stream);
// ConflictException: the cluster's data cannot be read, so `operation` is not
// possible.
absl::Status KmsKeyIsInaccessible(absl::string_view operation,
                                  const v1::GetClusterOutput& cluster);
absl::Status PolicyVersionMismatch(absl::string_view cluster_identifier,
                                   absl::string_view expected,
                                   absl::string_view actual);
absl::Status ClientTokenReused(absl::string_view operation,
                               absl::string_view client_token);

// ServiceQuotaExceededException.
absl::Status ClusterLimitReached(absl::string_view cluster_identifier,
                                 bool multi_region);
absl::Status StreamLimitReached(absl::string_view cluster_identifier);
absl::Status TagLimitReached(absl::string_view resource_arn, int limit);

// DataLoss: a record that FakeDsql cannot have written. No exception by itself;
// OperationGate makes it InternalServerException.
absl::Status StorageIsCorrupt();

}  // namespace dsql

#endif  // DSQL_CONTROL_SERVICE_ERRORS_H_
