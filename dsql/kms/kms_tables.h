// SPDX-License-Identifier: Apache-2.0

// Where KMS keeps its records in Storage.

#ifndef DSQL_KMS_KMS_TABLES_H_
#define DSQL_KMS_KMS_TABLES_H_

namespace dsql::kms::tables {

// v1::KmsKeyRecord by the key's ARN.
constexpr char kKeys[] = "kms_keys";
// v1::KmsAliasRecord by the alias's ARN.
constexpr char kAliases[] = "kms_aliases";

}  // namespace dsql::kms::tables

#endif  // DSQL_KMS_KMS_TABLES_H_
