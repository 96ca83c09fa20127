// SPDX-License-Identifier: Apache-2.0

// An absl::Status on its way up through coroutines.

#ifndef DSQL_GATEWAY_LINK_STATUS_ERROR_H_
#define DSQL_GATEWAY_LINK_STATUS_ERROR_H_

#include <exception>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dsql {

// Ends a session with a message to its client. Thrown inside the gateway only,
// where boost::system::system_error already ends sessions without one: no
// exception crosses its API.
class StatusError : public std::exception {
 public:
  explicit StatusError(absl::Status status)
      : status_(std::move(status)), text_(status_.ToString()) {}

  const absl::Status& status() const { return status_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  absl::Status status_;
  std::string text_;
};

inline void ThrowIfError(const absl::Status& status) {
  if (!status.ok()) throw StatusError(status);
}

template <typename T>
T ValueOrThrow(absl::StatusOr<T> value) {
  ThrowIfError(value.status());
  return *std::move(value);
}

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_STATUS_ERROR_H_
