// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/protocol_error.h"

#include <string>

#include "dsql/base/sql_error.h"

namespace dsql::pgwire {

absl::Status ProtocolError(absl::string_view message) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("08P01");
  detail.set_message(std::string(message));
  return SqlError(detail);
}

}  // namespace dsql::pgwire
