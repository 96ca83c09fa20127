// SPDX-License-Identifier: Apache-2.0

// Policy variables: "${aws:username}" in a policy stands for what the request
// has for that key.

#ifndef DSQL_IAM_POLICY_VARIABLES_H_
#define DSQL_IAM_POLICY_VARIABLES_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/iam/request_context.h"
#include "dsql/iam/wildcard_pattern.h"

namespace dsql {

// Puts values in the place of the variables of `text`. "${key, 'value'}" has a
// default; ${*}, ${?} and ${$} are these characters and no wildcards, and nor
// are those that a value has. What has no closing brace is no variable.
//
// Returns nullopt where the request lacks a key, or has several values for it,
// and there is no default: then nothing equals the text.
//
// Fidelity: IAM User Guide, "IAM policy elements: Variables and tags".
absl::optional<WildcardPattern> ExpandPolicyVariables(
    absl::string_view text, const RequestContext& context);

}  // namespace dsql

#endif  // DSQL_IAM_POLICY_VARIABLES_H_
