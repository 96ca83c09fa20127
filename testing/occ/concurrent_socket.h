// SPDX-License-Identifier: Apache-2.0

// A connection of the raw protocol on which no call waits.

#ifndef TESTING_OCC_CONCURRENT_SOCKET_H_
#define TESTING_OCC_CONCURRENT_SOCKET_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "dsql/pgwire/framing.h"
#include "dsql/postgres/connection_parameters.h"
#include "dsql/postgres/unique_fd.h"

namespace dsql_testing {

// In clear. Thread-compatible.
class ConcurrentSocket {
 public:
  // Connects and sends a startup message with `settings`. The password is sent
  // when it is asked for, within NextMessage().
  static absl::StatusOr<ConcurrentSocket> Open(
      const dsql::postgres::ConnectionParameters& server,
      const std::map<std::string, std::string>& settings);

  int fd() const { return fd_.get(); }
  bool wants_to_write() const { return !unsent_.empty(); }

  void Send(absl::string_view bytes) {
    unsent_.append(bytes.data(), bytes.size());
  }
  // What the socket takes now. Errors tell in Read().
  void Write();
  // What has come.
  //
  // Errors: Unavailable where the other side closed.
  absl::Status Read();

  // The next message that is there in whole; it is valid until the next call.
  absl::StatusOr<absl::optional<dsql::pgwire::Message>> NextMessage();

 private:
  ConcurrentSocket(dsql::postgres::UniqueFd fd, const std::string& password)
      : fd_(std::move(fd)), password_(password) {}

  dsql::postgres::UniqueFd fd_;
  std::string password_;
  std::string unsent_;
  std::string inbox_;
  size_t taken_ = 0;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_SOCKET_H_
