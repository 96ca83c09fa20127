// SPDX-License-Identifier: Apache-2.0

// Where a database is and who connects to it.

#ifndef DSQL_POSTGRES_CONNECTION_PARAMETERS_H_
#define DSQL_POSTGRES_CONNECTION_PARAMETERS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::postgres {

struct ConnectionParameters {
  // A host name, an address, or the directory of a unix socket.
  std::string host;
  // As text, as libpq has it.
  std::string port;
  std::string user;
  std::string password;
  std::string database;
  // Further libpq parameters, by keyword, such as sslmode.
  std::map<std::string, std::string> others;

  // "host='/dev/shm/x' port='5432' ...", quoted; empty members are left out,
  // and libpq takes PGHOST and its like for them. Without any member it is not
  // "", by which libpq would go to whatever database the environment names, but
  // a conninfo string that no connection comes of.
  std::string ToConninfo() const;
};

// `value` quoted for a conninfo string.
std::string QuoteConninfoValue(absl::string_view value);

// Takes key=value pairs and postgresql:// URIs. What is not in them is left
// empty, whatever the environment says.
//
// Errors: InvalidArgument with libpq's text.
absl::StatusOr<ConnectionParameters> ParseConninfo(const std::string& conninfo);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_CONNECTION_PARAMETERS_H_
