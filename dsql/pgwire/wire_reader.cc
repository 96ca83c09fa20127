// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/wire_reader.h"

#include "boost/endian/conversion.hpp"

namespace dsql::pgwire {
namespace {

const unsigned char* Unsigned(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

void WireReader::Fail(absl::string_view complaint) {
  // The first one counts.
  if (ok_) complaint_ = complaint;
  ok_ = false;
}

absl::string_view WireReader::Bytes(size_t size) {
  if (!ok_ || size > rest_.size()) {
    Fail("insufficient data left in message");
    return {};
  }
  const absl::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

uint8_t WireReader::Byte() {
  if (rest_.empty()) Fail("no data left in message");
  const absl::string_view bytes = Bytes(1);
  return ok_ ? static_cast<uint8_t>(bytes[0]) : 0;
}

int16_t WireReader::Int16() {
  const absl::string_view bytes = Bytes(2);
  return ok_ ? boost::endian::load_big_s16(Unsigned(bytes)) : 0;
}

int32_t WireReader::Int32() {
  const absl::string_view bytes = Bytes(4);
  return ok_ ? boost::endian::load_big_s32(Unsigned(bytes)) : 0;
}

absl::string_view WireReader::CString() {
  const size_t end = rest_.find('\0');
  if (!ok_ || end == absl::string_view::npos) {
    Fail("invalid string in message");
    return {};
  }
  const absl::string_view text = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return text;
}

absl::string_view WireReader::Rest() { return Bytes(rest_.size()); }

}  // namespace dsql::pgwire
