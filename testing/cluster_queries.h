// SPDX-License-Identifier: Apache-2.0

// Statements on a cluster, each list on a connection of its own.

#ifndef TESTING_CLUSTER_QUERIES_H_
#define TESTING_CLUSTER_QUERIES_H_

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dsql/cluster.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"

namespace dsql_testing {

// Runs statements one after the other, up to the first that fails.
inline absl::Status RunAll(const dsql::Cluster& cluster,
                           std::initializer_list<const char*> statements) {
  auto connection = cluster.Connect();
  if (!connection.ok()) return connection.status();
  for (const char* statement : statements) {
    const absl::Status status = connection->Execute(statement).status();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

inline absl::StatusOr<dsql::postgres::Result> Ask(const dsql::Cluster& cluster,
                                                  const std::string& sql) {
  auto connection = cluster.Connect();
  if (!connection.ok()) return connection.status();
  return connection->Execute(sql);
}

}  // namespace dsql_testing

#endif  // TESTING_CLUSTER_QUERIES_H_
