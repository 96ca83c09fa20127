// SPDX-License-Identifier: Apache-2.0

// Identifiers that are the same in every process.

#ifndef DSQL_STREAMS_RECORD_STABLE_IDENTIFIER_H_
#define DSQL_STREAMS_RECORD_STABLE_IDENTIFIER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dsql::streams {

// 26 lower-case characters, base32, that look random and follow from `name`.
std::string StableIdentifier(absl::string_view name);

}  // namespace dsql::streams

#endif  // DSQL_STREAMS_RECORD_STABLE_IDENTIFIER_H_
