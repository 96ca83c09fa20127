// SPDX-License-Identifier: Apache-2.0

#include "dsql/pgwire/wire_writer.h"

#include "boost/endian/conversion.hpp"

namespace dsql::pgwire {

WireWriter::WireWriter(char type, std::string* out) : out_(out) {
  if (type != '\0') out_->push_back(type);
  length_at_ = out_->size();
  out_->append(4, '\0');
}

WireWriter::~WireWriter() {
  boost::endian::store_big_u32(
      reinterpret_cast<unsigned char*>(&(*out_)[length_at_]),
      static_cast<uint32_t>(out_->size() - length_at_));
}

WireWriter& WireWriter::Byte(uint8_t value) {
  out_->push_back(static_cast<char>(value));
  return *this;
}

WireWriter& WireWriter::Int16(int16_t value) {
  unsigned char bytes[2];
  boost::endian::store_big_s16(bytes, value);
  out_->append(reinterpret_cast<const char*>(bytes), sizeof(bytes));
  return *this;
}

WireWriter& WireWriter::Int32(int32_t value) {
  unsigned char bytes[4];
  boost::endian::store_big_s32(bytes, value);
  out_->append(reinterpret_cast<const char*>(bytes), sizeof(bytes));
  return *this;
}

WireWriter& WireWriter::CString(absl::string_view text) {
  text = text.substr(0, text.find('\0'));
  out_->append(text.data(), text.size());
  out_->push_back('\0');
  return *this;
}

WireWriter& WireWriter::Bytes(absl::string_view bytes) {
  out_->append(bytes.data(), bytes.size());
  return *this;
}

}  // namespace dsql::pgwire
