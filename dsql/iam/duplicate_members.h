// SPDX-License-Identifier: Apache-2.0

// Finds JSON members that occur twice in one object. Parsers into a tree keep
// one of them and say nothing; in a policy the other might have been a Deny.

#ifndef DSQL_IAM_DUPLICATE_MEMBERS_H_
#define DSQL_IAM_DUPLICATE_MEMBERS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsql {

// Returns the places of members that their object had already, such as
// "Statement[0].Effect", in the order of the text.
//
// Requires: `json` is well-formed and at most `max_depth` levels deep;
//   otherwise the result covers the text up to the fault.
std::vector<std::string> DuplicateMembers(absl::string_view json,
                                          size_t max_depth);

}  // namespace dsql

#endif  // DSQL_IAM_DUPLICATE_MEMBERS_H_
