// SPDX-License-Identifier: Apache-2.0

// Sockets for endpoints: an address of its own for each cluster.

#ifndef DSQL_NET_LOOPBACK_LISTENER_H_
#define DSQL_NET_LOOPBACK_LISTENER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql {

// PostgreSQL's port, and DSQL's.
constexpr int kPostgresPort = 5432;

struct LoopbackListener {
  // It listens, and is the caller's to close.
  int fd = -1;
  std::string host;
  int port = 0;
};

// Listens on a free port of 127.0.0.1.
//
// Errors: Unavailable with the system's text.
absl::StatusOr<LoopbackListener> ListenOnFreePort();

// Listens where a listener of before did.
//
// Errors: Unavailable with the system's text, where somebody else does, say.
absl::StatusOr<LoopbackListener> ListenAt(const std::string& host, int port);

// Listens on an address 127.x.y.z, chosen by `name`, at port 5432: the first of
// some that no process listens on. Where the system has no such addresses
// (macOS has only 127.0.0.1), or something listens on port 5432 of all
// addresses, as ListenOnFreePort().
//
// Errors: Unavailable with the system's text.
absl::StatusOr<LoopbackListener> ListenOnOwnAddress(absl::string_view name);

}  // namespace dsql

#endif  // DSQL_NET_LOOPBACK_LISTENER_H_
