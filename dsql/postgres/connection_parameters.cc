// SPDX-License-Identifier: Apache-2.0

#include "dsql/postgres/connection_parameters.h"

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "dsql/postgres/libpq.h"

namespace dsql::postgres {

std::string QuoteConninfoValue(absl::string_view value) {
  return absl::StrCat(
      "'", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

namespace {

// What an object without any member connects to: nothing. The name shows in
// libpq's error. The empty hostaddr keeps PGHOSTADDR from taking its place.
constexpr char kNowhere[] =
    "host='/nonexistent/fakedsql-without-connection-info' hostaddr=''";

}  // namespace

std::string ConnectionParameters::ToConninfo() const {
  std::vector<std::string> parts;
  auto add = [&parts](absl::string_view key, absl::string_view value) {
    if (value.empty()) return;
    parts.push_back(absl::StrCat(key, "=", QuoteConninfoValue(value)));
  };
  add("host", host);
  add("port", port);
  add("user", user);
  add("password", password);
  add("dbname", database);
  for (const auto& [key, value] : others) add(key, value);
  return parts.empty() ? kNowhere : absl::StrJoin(parts, " ");
}

absl::StatusOr<ConnectionParameters> ParseConninfo(
    const std::string& conninfo) {
  char* error = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(conninfo.c_str(), &error), PQconninfoFree);
  if (options == nullptr) {
    std::string message = error == nullptr ? "out of memory" : error;
    PQfreemem(error);
    absl::StripAsciiWhitespace(&message);
    return absl::InvalidArgumentError(
        absl::StrCat("Not a conninfo string: ", message));
  }
  ConnectionParameters parameters;
  std::map<std::string, std::string*> known = {
      {"host", &parameters.host},
      {"port", &parameters.port},
      {"user", &parameters.user},
      {"password", &parameters.password},
      {"dbname", &parameters.database}};
  for (const PQconninfoOption* option = options.get();
       option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    auto found = known.find(option->keyword);
    if (found != known.end()) {
      *found->second = option->val;
    } else {
      parameters.others[option->keyword] = option->val;
    }
  }
  return parameters;
}

}  // namespace dsql::postgres
