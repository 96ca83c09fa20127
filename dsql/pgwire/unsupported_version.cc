// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/unsupported_version.h"

#include "absl/strings/str_cat.h"
#include "dsql/base/sql_error.h"

namespace dsql::pgwire {

absl::Status UnsupportedVersion(int32_t version) {
  v1::SqlErrorDetail detail;
  detail.set_severity("FATAL");
  detail.set_sqlstate("0A000");
  detail.set_message(absl::StrCat(
      "unsupported frontend protocol ", static_cast<uint32_t>(version) >> 16,
      ".", version & 0xffff, ": server supports 3.0 to 3.2"));
  return SqlError(detail);
}

}  // namespace dsql::pgwire
