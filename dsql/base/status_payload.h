// SPDX-License-Identifier: Apache-2.0

// A protobuf message as the payload of an absl::Status.

#ifndef DSQL_BASE_STATUS_PAYLOAD_H_
#define DSQL_BASE_STATUS_PAYLOAD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// The payload's type URL: "type.googleapis.com/dsql.v1.ErrorDetail".
template <typename Message>
std::string PayloadTypeUrl() {
  return absl::StrCat("type.googleapis.com/",
                      Message::descriptor()->full_name());
}

// Requires: `status` is not OK (an OK status carries no payload).
template <typename Message>
void SetStatusPayload(const Message& message, absl::Status* status) {
  status->SetPayload(PayloadTypeUrl<Message>(),
                     absl::Cord(message.SerializeAsString()));
}

// Returns nullopt where `status` has no payload of this type.
template <typename Message>
absl::optional<Message> GetStatusPayload(const absl::Status& status) {
  absl::optional<absl::Cord> payload =
      status.GetPayload(PayloadTypeUrl<Message>());
  if (!payload.has_value()) return absl::nullopt;
  Message message;
  if (!message.ParseFromString(std::string(*payload))) return absl::nullopt;
  return message;
}

// `status` with another message, and with its code and payloads.
inline absl::Status WithMessage(const absl::Status& status,
                                absl::string_view message) {
  absl::Status changed(status.code(), message);
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    // Debian's Abseil has no symbol for the copy of a Cord.
    changed.SetPayload(url, absl::Cord(std::string(payload)));
  });
  return changed;
}

}  // namespace dsql

#endif  // DSQL_BASE_STATUS_PAYLOAD_H_
