// SPDX-License-Identifier: Apache-2.0

// Percent-encoding as SigV4 wants it (RFC 3986).

#ifndef DSQL_IAM_URI_ENCODING_H_
#define DSQL_IAM_URI_ENCODING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace dsql {

// Encodes every byte but A-Z a-z 0-9 - _ . ~ as %XX, upper case.
std::string UriEncode(absl::string_view text);

// As UriEncode(), but leaves slashes.
std::string UriEncodePath(absl::string_view path);

// Decodes %XX; a percent sign that no two hex digits follow stands for itself,
// and so does a plus sign.
std::string UriDecode(absl::string_view text);

}  // namespace dsql

#endif  // DSQL_IAM_URI_ENCODING_H_
