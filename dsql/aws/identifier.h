// SPDX-License-Identifier: Apache-2.0

// Identifiers as DSQL writes them, from injected randomness or from a name.

#ifndef DSQL_AWS_IDENTIFIER_H_
#define DSQL_AWS_IDENTIFIER_H_

#include <string>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace dsql {

// 26 lower-case characters, RFC 4648 base32 without padding: a cluster's or
// stream's identifier ([a-z0-9]{26}), a job id.
std::string Base32Identifier(absl::uint128 id);

// A version 4 UUID: "8a71d298-c086-4fb4-a698-d7b4eeb657e6".
std::string UuidIdentifier(absl::uint128 id);

// A version 5 UUID that is always the same for the same name.
std::string UuidOfName(absl::string_view name);

}  // namespace dsql

#endif  // DSQL_AWS_IDENTIFIER_H_
