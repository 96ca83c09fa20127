// SPDX-License-Identifier: Apache-2.0

// The settings that a client brings with its startup message.

#ifndef DSQL_GATEWAY_LOGIN_STARTUP_SETTINGS_H_
#define DSQL_GATEWAY_LOGIN_STARTUP_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/link/server_address.h"
#include "dsql/pgwire/startup.h"

namespace dsql {

// The settings among a startup message's parameters: those that have a
// parameter of their own and those in `options` ("-c name=value",
// "--name=value"), as PostgreSQL reads them. Without user, database and
// replication, without protocol options (_pq_.*), and without amzn-cluster-id,
// by which clients of a private link name their cluster.
Settings StartupSettings(const pgwire::StartupPacket& packet);

// PostgreSQL's error for `options` that are no options.
absl::Status CheckOptions(const pgwire::StartupPacket& packet);

// The cluster that a client names by amzn-cluster-id, in `options` or as a
// parameter of its own; empty where it names none.
std::string ClusterOption(const pgwire::StartupPacket& packet);

// The protocol options of a startup message, which this server knows none of.
std::vector<std::string> ProtocolOptions(const pgwire::StartupPacket& packet);

// The words of `options`: separated by blanks, a backslash takes the next
// character for itself.
std::vector<std::string> SplitOptions(absl::string_view options);

}  // namespace dsql

#endif  // DSQL_GATEWAY_LOGIN_STARTUP_SETTINGS_H_
