// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/kinesis/json_request.h"

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/value.hpp"
#include "boost/json/value_to.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/streams/kinesis/kinesis_error.h"

namespace dsql::kinesis {
namespace {

using boost::json::value;

absl::Status WrongType(absl::string_view name, absl::string_view expected) {
  return KinesisException(kSerialization,
                          absl::StrCat(name, " must be ", expected));
}

// As exceptions name members: "streamName" for StreamName.
std::string MemberName(absl::string_view name) {
  std::string member(name);
  member[0] = absl::ascii_tolower(static_cast<unsigned char>(member[0]));
  return member;
}

}  // namespace

struct JsonRequest::Members {
  boost::json::object object;

  // Null where it is not there.
  const value* Find(absl::string_view name) const {
    const value* found =
        object.if_contains(boost::json::string_view(name.data(), name.size()));
    return found == nullptr || found->is_null() ? nullptr : found;
  }
};

JsonRequest::JsonRequest(std::unique_ptr<Members> members)
    : members_(std::move(members)) {}
JsonRequest::JsonRequest(JsonRequest&&) noexcept = default;
JsonRequest& JsonRequest::operator=(JsonRequest&&) noexcept = default;
JsonRequest::~JsonRequest() = default;

absl::StatusOr<JsonRequest> JsonRequest::Parse(absl::string_view json) {
  boost::json::error_code error;
  value parsed = boost::json::parse(
      boost::json::string_view(json.data(), json.size()), error);
  if (error || !parsed.is_object()) {
    return KinesisException(
        kSerialization,
        absl::StrCat("The body of the request is no JSON object",
                     error ? absl::StrCat(": ", error.message()) : "", "."));
  }
  auto members = std::make_unique<Members>();
  members->object = std::move(parsed.as_object());
  return JsonRequest(std::move(members));
}

absl::StatusOr<absl::optional<std::string>> JsonRequest::Text(
    absl::string_view name) const {
  const value* found = members_->Find(name);
  if (found == nullptr) return absl::optional<std::string>();
  if (!found->is_string()) return WrongType(name, "a string");
  return absl::make_optional(
      std::string(found->get_string().data(), found->get_string().size()));
}

absl::StatusOr<std::string> JsonRequest::RequiredText(
    absl::string_view name) const {
  DSQL_ASSIGN_OR_RETURN(absl::optional<std::string> text, Text(name));
  if (!text.has_value()) return MissingValue(MemberName(name));
  return *std::move(text);
}

absl::StatusOr<absl::optional<int64_t>> JsonRequest::Integer(
    absl::string_view name) const {
  const value* found = members_->Find(name);
  if (found == nullptr) return absl::optional<int64_t>();
  if (!found->is_int64()) return WrongType(name, "an integer");
  return absl::make_optional(found->get_int64());
}

absl::StatusOr<absl::optional<double>> JsonRequest::Number(
    absl::string_view name) const {
  const value* found = members_->Find(name);
  if (found == nullptr) return absl::optional<double>();
  if (!found->is_number()) return WrongType(name, "a number");
  return absl::make_optional(found->to_number<double>());
}

absl::StatusOr<std::string> JsonRequest::RequiredBytes(
    absl::string_view name) const {
  DSQL_ASSIGN_OR_RETURN(const std::string text, RequiredText(name));
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return WrongType(name, "base64");
  return bytes;
}

absl::StatusOr<JsonRequest> JsonRequest::Object(absl::string_view name) const {
  auto members = std::make_unique<Members>();
  const value* found = members_->Find(name);
  if (found != nullptr) {
    if (!found->is_object()) return WrongType(name, "an object");
    members->object = found->get_object();
  }
  return JsonRequest(std::move(members));
}

absl::StatusOr<std::vector<JsonRequest>> JsonRequest::RequiredObjects(
    absl::string_view name) const {
  const value* found = members_->Find(name);
  if (found == nullptr) return MissingValue(MemberName(name));
  if (!found->is_array()) return WrongType(name, "a list");
  std::vector<JsonRequest> objects;
  for (const value& element : found->get_array()) {
    if (!element.is_object()) return WrongType(name, "a list of objects");
    auto members = std::make_unique<Members>();
    members->object = element.get_object();
    objects.push_back(JsonRequest(std::move(members)));
  }
  return objects;
}

}  // namespace dsql::kinesis
