#include "dsql/gateway/refusal.h"

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/endian/conversion.hpp"
#include "dsql/base/sql_error.h"

namespace dsql {
namespace {

constexpr uint32_t kSslRequestCode = 80877103;
constexpr uint32_t kGssEncRequestCode = 80877104;
constexpr char kConnectionFailure[] = "08006";

void AppendField(char type, absl::string_view value, std::string* body) {
  absl::StrAppend(body, absl::string_view(&type, 1), value,
                  absl::string_view("\0", 1));
}

v1::SqlErrorDetail DetailOf(const absl::Status& status) {
  const absl::optional<v1::SqlErrorDetail> detail = GetSqlErrorDetail(status);
  if (detail.has_value()) return *detail;
  v1::SqlErrorDetail other;
  other.set_sqlstate(kConnectionFailure);
  other.set_message(std::string(status.message()));
  return other;
}

}  // namespace

StartupHeader StartupHeader::Decode(
    const unsigned char (&bytes)[kStartupHeaderSize]) {
  return {boost::endian::load_big_u32(bytes),
          boost::endian::load_big_u32(bytes + 4)};
}

bool StartupHeader::AsksForEncryption() const {
  return code == kSslRequestCode || code == kGssEncRequestCode;
}

std::string EncodeRefusal(const absl::Status& status) {
  const v1::SqlErrorDetail detail = DetailOf(status);
  std::string body;
  AppendField('S', "FATAL", &body);
  AppendField('V', "FATAL", &body);
  AppendField('C', detail.sqlstate(), &body);
  AppendField('M', detail.message(), &body);
  if (detail.has_detail()) AppendField('D', detail.detail(), &body);
  if (detail.has_hint()) AppendField('H', detail.hint(), &body);
  body.push_back('\0');
  unsigned char length[4];
  boost::endian::store_big_u32(length, sizeof(length) + body.size());
  return absl::StrCat(
      "E", absl::string_view(reinterpret_cast<const char*>(length), 4), body);
}

}  // namespace dsql
