// SPDX-License-Identifier: Apache-2.0

// Writing messages: a type, a length, fields.

#ifndef DSQL_PGWIRE_WIRE_WRITER_H_
#define DSQL_PGWIRE_WIRE_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace dsql::pgwire {

// Appends one message to a string; its length is known when the writer ends.
class WireWriter {
 public:
  // `out` is not owned. A type of 0 is for the messages without one, which open
  // a connection.
  WireWriter(char type, std::string* out);
  // Stores the length.
  ~WireWriter();
  WireWriter(const WireWriter&) = delete;
  WireWriter& operator=(const WireWriter&) = delete;

  WireWriter& Byte(uint8_t value);
  WireWriter& Int16(int16_t value);
  WireWriter& Int32(int32_t value);
  // With a terminating zero. Text ends at a zero of its own, lest what follows
  // it is taken for another field.
  WireWriter& CString(absl::string_view text);
  WireWriter& Bytes(absl::string_view bytes);

 private:
  std::string* const out_;
  size_t length_at_;
};

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_WIRE_WRITER_H_
