// SPDX-License-Identifier: Apache-2.0

// What is answered to who asks for another protocol.

#ifndef DSQL_PGWIRE_UNSUPPORTED_VERSION_H_
#define DSQL_PGWIRE_UNSUPPORTED_VERSION_H_

#include <cstdint>

#include "absl/status/status.h"

namespace dsql::pgwire {

// SqlError() 0A000, FATAL. `version`: as a startup packet has it; a request for
// encryption that is not to be there is one, too.
absl::Status UnsupportedVersion(int32_t version);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_UNSUPPORTED_VERSION_H_
