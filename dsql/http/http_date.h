// SPDX-License-Identifier: Apache-2.0

// The header Date.

#ifndef DSQL_HTTP_HTTP_DATE_H_
#define DSQL_HTTP_HTTP_DATE_H_

#include <string>

#include "absl/time/time.h"

namespace dsql {
namespace http {

// "Thu, 01 Jan 2026 00:00:00 GMT" (RFC 9110, 5.6.7).
std::string HttpDate(absl::Time time);

}  // namespace http
}  // namespace dsql

#endif  // DSQL_HTTP_HTTP_DATE_H_
