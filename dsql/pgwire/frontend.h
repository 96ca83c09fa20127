// SPDX-License-Identifier: Apache-2.0

// Messages that clients send, after the ones that open a connection.

#ifndef DSQL_PGWIRE_FRONTEND_H_
#define DSQL_PGWIRE_FRONTEND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::pgwire {

// Types of frontend messages.
struct FrontendType {
  static constexpr char kBind = 'B';
  static constexpr char kClose = 'C';
  static constexpr char kCopyData = 'd';
  static constexpr char kCopyDone = 'c';
  static constexpr char kCopyFail = 'f';
  static constexpr char kDescribe = 'D';
  static constexpr char kExecute = 'E';
  static constexpr char kFlush = 'H';
  static constexpr char kFunctionCall = 'F';
  static constexpr char kParse = 'P';
  static constexpr char kPassword = 'p';
  static constexpr char kQuery = 'Q';
  static constexpr char kSync = 'S';
  static constexpr char kTerminate = 'X';
};

// Decoded messages view the body that they were decoded from. Each Decode*()
// answers ProtocolError() for a body that is cut short, too long or malformed.

absl::StatusOr<absl::string_view> DecodeQuery(absl::string_view body);

struct Parse {
  absl::string_view statement;
  absl::string_view query;
  std::vector<int32_t> parameter_types;
};
absl::StatusOr<Parse> DecodeParse(absl::string_view body);

// Only the names: a gateway hands the rest on as it is.
struct BindNames {
  absl::string_view portal;
  absl::string_view statement;
  // What follows them.
  absl::string_view rest;
};
absl::StatusOr<BindNames> DecodeBindNames(absl::string_view body);
// The `rest` without parameters, with results as text.
inline constexpr absl::string_view kNoParameters("\0\0\0\0\0\0", 6);

struct Execute {
  absl::string_view portal;
  // 0 for all.
  int32_t max_rows = 0;
};
absl::StatusOr<Execute> DecodeExecute(absl::string_view body);

// Of Describe and Close: kStatement or kPortal, and a name.
struct Target {
  static constexpr char kStatement = 'S';
  static constexpr char kPortal = 'P';
  char kind;
  absl::string_view name;
};
absl::StatusOr<Target> DecodeTarget(absl::string_view body);

absl::StatusOr<absl::string_view> DecodePassword(absl::string_view body);

// Each Encode*() appends to `out`.
void EncodeQuery(absl::string_view query, std::string* out);
void EncodeParse(const Parse& parse, std::string* out);
void EncodeBind(const BindNames& bind, std::string* out);
void EncodeDescribe(const Target& target, std::string* out);
void EncodeExecute(const Execute& execute, std::string* out);
void EncodeClose(const Target& target, std::string* out);
void EncodeCopyFail(absl::string_view reason, std::string* out);
void EncodeFlush(std::string* out);
void EncodeSync(std::string* out);
void EncodeTerminate(std::string* out);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_FRONTEND_H_
