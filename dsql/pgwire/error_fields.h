// SPDX-License-Identifier: Apache-2.0

// The fields of ErrorResponse and NoticeResponse.

#ifndef DSQL_PGWIRE_ERROR_FIELDS_H_
#define DSQL_PGWIRE_ERROR_FIELDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/framing.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::pgwire {

// The value of one field of an ErrorResponse's body, without copying: 'C' is
// the SQLSTATE, 'M' the message. Empty where it is absent or the body is
// malformed.
absl::string_view FindErrorField(absl::string_view body, char code);

// All fields that a SqlErrorDetail has.
//
// Errors: ProtocolError() for a malformed body.
absl::StatusOr<v1::SqlErrorDetail> DecodeErrorFields(absl::string_view body);

// Appends an ErrorResponse to `out`.
void EncodeErrorResponse(const v1::SqlErrorDetail& detail, std::string* out);

// Appends the ErrorResponse or NoticeResponse `message` without the fields
// whose codes are in `codes`. Malformed ones are appended as they are.
void CopyWithoutFields(const Message& message, absl::string_view codes,
                       std::string* out);

// The same with this field, the last one, in the place of what it has.
void CopyWithField(const Message& message, char code, absl::string_view value,
                   std::string* out);

// An ErrorResponse or NoticeResponse that points at another character of the
// text, or at none. Malformed ones are appended as they are.
void CopyWithPosition(const Message& message, absl::optional<int> position,
                      std::string* out);

// What a client is told of `status`: its SqlErrorDetail, if it carries one;
// else its message with `sqlstate`.
v1::SqlErrorDetail ErrorDetailOf(const absl::Status& status,
                                 absl::string_view sqlstate);

}  // namespace dsql::pgwire

#endif  // DSQL_PGWIRE_ERROR_FIELDS_H_
