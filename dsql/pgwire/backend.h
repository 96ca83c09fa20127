// SPDX-License-Identifier: Apache-2.0

// Messages that servers send.

#ifndef DSQL_PGWIRE_BACKEND_H_
#define DSQL_PGWIRE_BACKEND_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/startup.h"

namespace dsql::pgwire {

// Types of backend messages.
struct BackendType {
  static constexpr char kAuthentication = 'R';
  static constexpr char kBackendKeyData = 'K';
  static constexpr char kBindComplete = '2';
  static constexpr char kCloseComplete = '3';
  static constexpr char kCommandComplete = 'C';
  static constexpr char kCopyBothResponse = 'W';
  static constexpr char kCopyData = 'd';
  static constexpr char kCopyDone = 'c';
  static constexpr char kCopyInResponse = 'G';
  static constexpr char kCopyOutResponse = 'H';
  static constexpr char kDataRow = 'D';
  static constexpr char kEmptyQueryResponse = 'I';
  static constexpr char kErrorResponse = 'E';
  static constexpr char kFunctionCallResponse = 'V';
  static constexpr char kNegotiateProtocolVersion = 'v';
  static constexpr char kNoData = 'n';
  static constexpr char kNoticeResponse = 'N';
  static constexpr char kNotificationResponse = 'A';
  static constexpr char kParameterDescription = 't';
  static constexpr char kParameterStatus = 'S';
  static constexpr char kParseComplete = '1';
  static constexpr char kPortalSuspended = 's';
  static constexpr char kReadyForQuery = 'Z';
  static constexpr char kRowDescription = 'T';
};

// What ReadyForQuery says of the session.
struct TransactionStatus {
  static constexpr char kIdle = 'I';
  static constexpr char kInTransaction = 'T';
  static constexpr char kFailed = 'E';
};

// Each Decode*() answers ProtocolError() for a malformed body and views it.

// kIdle, kInTransaction or kFailed.
absl::StatusOr<char> DecodeReadyForQuery(absl::string_view body);
// The command tag.
absl::StatusOr<absl::string_view> DecodeCommandComplete(absl::string_view body);
// 0 is AuthenticationOk, 3 asks for a password in clear.
absl::StatusOr<int32_t> DecodeAuthentication(absl::string_view body);
absl::StatusOr<BackendKey> DecodeBackendKeyData(absl::string_view body);
struct Parameter {
  absl::string_view name;
  absl::string_view value;
};
absl::StatusOr<Parameter> DecodeParameterStatus(absl::string_view body);
// The columns of a row, nullopt for NULL.
absl::StatusOr<std::vector<absl::optional<absl::string_view>>> DecodeDataRow(
    absl::string_view body);

// The number of rows that a command tag tells: "INSERT 0 3" tells 3. 0 where it
// tells none.
int64_t RowsOf(absl::string_view command_tag);

// Each Encode*() appends to `out`.
void EncodeAuthenticationOk(std::string* out);
void EncodeAuthenticationCleartextPassword(std::string* out);
void EncodeBackendKeyData(const BackendKey& key, std::string* out);
void EncodeParameterStatus(const Parameter& parameter, std::string* out);
void EncodeReadyForQuery(char status, std::string* out);
void EncodeCommandComplete(absl::string_view tag, std::string* out);
// Tells a client that asked for more than this server speaks: the newest minor
// version, and the options (_pq_.*) that it does not know.
void EncodeNegotiateProtocolVersion(uint16_t minor,
                                    const std::vector<std::string>& options,
                                    std::string* out);
// Columns of type text.
void EncodeTextRowDescription(const std::vector<std::string>& columns,
                              std::string* out);
void EncodeDataRow(const std::vector<absl::optional<std::string>>& values,
                   std::string* out);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_BACKEND_H_
