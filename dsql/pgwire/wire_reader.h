// SPDX-License-Identifier: Apache-2.0

// Reading the fields of a message's body.

#ifndef DSQL_PGWIRE_WIRE_READER_H_
#define DSQL_PGWIRE_WIRE_READER_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace dsql::pgwire {

// Takes fields off the front of a body. Once one is missing, ok() is false and
// every further field is empty or 0; so a decoder reads all and asks once.
class WireReader {
 public:
  explicit WireReader(absl::string_view body) : rest_(body) {}

  uint8_t Byte();
  int16_t Int16();
  int32_t Int32();
  // Up to its terminating zero, which is not part of the result.
  absl::string_view CString();
  absl::string_view Bytes(size_t size);
  // Whatever is left.
  absl::string_view Rest();

  bool ok() const { return ok_; }
  // All was read and nothing is left.
  bool done() const { return ok_ && rest_.empty(); }
  // What PostgreSQL says where done() is false.
  absl::string_view complaint() const { return complaint_; }

 private:
  void Fail(absl::string_view complaint);

  absl::string_view rest_;
  bool ok_ = true;
  absl::string_view complaint_ = "invalid message format";
};

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_WIRE_READER_H_
