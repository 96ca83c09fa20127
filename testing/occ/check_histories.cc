// SPDX-License-Identifier: Apache-2.0

// Runs the model checker against any database:
//
//   check_histories CONNINFO [SEED [HISTORIES [SESSIONS]]]
//
// It creates the tables kv and child first, unless they are there.

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/time/time.h"
#include "testing/occ/deadline_connection.h"
#include "testing/occ/history.h"
#include "testing/occ/model_checker.h"

namespace {

int Run(const dsql_testing::ModelCheckOptions& options) {
  auto setup = dsql_testing::DeadlineConnection::Open(
      options.conninfo, options.statement_deadline);
  if (!setup.ok()) {
    std::cerr << setup.status() << "\n";
    return 1;
  }
  for (const std::string& sql : dsql_testing::HistorySchema())
    setup->Execute(sql).IgnoreError();
  for (const char* sql : {"DELETE FROM child", "DELETE FROM kv"})
    setup->Execute(sql).IgnoreError();
  const auto report = dsql_testing::CheckHistories(options);
  if (!report.ok()) {
    std::cerr << report.status() << "\n";
    return 1;
  }
  std::cout << report->ToString() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr
        << "usage: check_histories CONNINFO [SEED [HISTORIES [SESSIONS]]]\n";
    return 2;
  }
  dsql_testing::ModelCheckOptions options;
  options.conninfo = argv[1];
  if (argc > 2)
    options.seed = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3) options.histories = std::atoi(argv[3]);
  if (argc > 4) options.history.sessions = std::atoi(argv[4]);
  options.statement_deadline = absl::Seconds(5);
  return Run(options);
}
