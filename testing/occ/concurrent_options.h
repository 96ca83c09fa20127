// SPDX-License-Identifier: Apache-2.0

// The choices of a run of concurrent histories.

#ifndef TESTING_OCC_CONCURRENT_OPTIONS_H_
#define TESTING_OCC_CONCURRENT_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "dsql/postgres/connection_parameters.h"
#include "testing/occ/concurrent_checker.h"

namespace dsql_testing {

struct ConcurrentOptions {
  // Without TLS. The tables of ConcurrentSchema() are there, and empty.
  dsql::postgres::ConnectionParameters server;
  // For the startup message.
  std::map<std::string, std::string> settings;
  ConcurrentDialect dialect = ConcurrentDialect::kDsql;

  // The same seed makes the same choices, as far as the answers are the same.
  uint32_t seed = 1;
  int histories = 500;
  // Histories that run side by side, each with sessions and rows of its own.
  int worlds = 3;
  int sessions = 6;
  // How they send, by name; empty: each one as another driver.
  std::string habits;
  // Of each session.
  int operations = 25;
  int keys = 5;
  // Of 1,000 batches, how many are the last of their connection.
  int drops = 15;
  // Of each answer.
  absl::Duration deadline = absl::Seconds(10);
  // After so many histories with violations it ends.
  int max_violations = 1;

  // Called now and then when a COMMIT is about to be sent. May be null.
  std::function<void()> before_commit;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_OPTIONS_H_
