// SPDX-License-Identifier: Apache-2.0

// What the tests of this folder share.

#ifndef DSQL_PGWIRE_WIRE_TESTING_H_
#define DSQL_PGWIRE_WIRE_TESTING_H_

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "dsql/base/sql_error.h"
#include "gtest/gtest.h"

namespace dsql_testing {

// Bytes from hexadecimal digits, with spaces wherever they help.
inline std::string Hex(absl::string_view digits) {
  return absl::HexStringToBytes(absl::StrReplaceAll(digits, {{" ", ""}}));
}

// A copy of `bytes` in memory of just that size, so that AddressSanitizer sees
// who reads past its end.
class ExactBuffer {
 public:
  explicit ExactBuffer(absl::string_view bytes)
      : size_(bytes.size()), data_(new char[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), data_.get());
  }
  absl::string_view view() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> data_;
};

inline std::string SqlStateOf(const absl::Status& status) {
  const auto detail = dsql::GetSqlErrorDetail(status);
  return detail.has_value() ? detail->sqlstate() : "";
}

// `decode` takes `body`, but refuses it with a byte more and with any number of
// bytes less.
template <typename Decode>
void ExpectOnlyWholeBody(absl::string_view body, Decode decode) {
  for (size_t size = 0; size < body.size(); ++size) {
    const ExactBuffer cut(body.substr(0, size));
    EXPECT_EQ(SqlStateOf(decode(cut.view()).status()), "08P01")
        << size << " of " << absl::CHexEscape(body);
  }
  const ExactBuffer whole(body);
  EXPECT_TRUE(decode(whole.view()).ok()) << absl::CHexEscape(body);
  const ExactBuffer longer(std::string(body) + '\0');
  EXPECT_EQ(SqlStateOf(decode(longer.view()).status()), "08P01")
      << absl::CHexEscape(body);
}

}  // namespace dsql_testing

#endif  // DSQL_PGWIRE_WIRE_TESTING_H_
