// SPDX-License-Identifier: Apache-2.0

// KMS's encryption contexts: what a text was encrypted for.

#ifndef DSQL_KMS_ENCRYPTION_CONTEXT_H_
#define DSQL_KMS_ENCRYPTION_CONTEXT_H_

#include <map>
#include <string>

namespace dsql::kms {

// The context as associated data of a cipher: different contexts have
// different ones.
std::string AssociatedData(const std::map<std::string, std::string>& context);

}  // namespace dsql::kms

#endif  // DSQL_KMS_ENCRYPTION_CONTEXT_H_
