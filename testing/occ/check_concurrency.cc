// SPDX-License-Identifier: Apache-2.0

// Runs concurrent histories against any database:
//
//   check_concurrency CONNINFO [SEED [HISTORIES [postgres]]]
//
// It creates its tables first, unless they are there. With `postgres`, 40001
// may come at any statement, and transactions are REPEATABLE READ unless the
// environment names another ISOLATION.

#include <cstdlib>
#include <iostream>
#include <string>

#include "dsql/postgres/connection.h"
#include "dsql/postgres/connection_parameters.h"
#include "testing/occ/concurrent_operation.h"
#include "testing/occ/concurrent_options.h"
#include "testing/occ/concurrent_runner.h"

namespace {

int Run(const std::string& conninfo, dsql_testing::ConcurrentOptions options) {
  auto parameters = dsql::postgres::ParseConninfo(conninfo);
  auto setup = dsql::postgres::Connection::Open(conninfo);
  if (!parameters.ok() || !setup.ok()) {
    std::cerr << parameters.status() << " " << setup.status() << "\n";
    return 1;
  }
  options.server = *parameters;
  for (const std::string& sql : dsql_testing::ConcurrentSchema())
    setup->Execute(sql).status().IgnoreError();
  for (const char* sql : {"DELETE FROM acct", "DELETE FROM uniq"})
    setup->Execute(sql).status().IgnoreError();
  const auto report = dsql_testing::RunConcurrentHistories(options);
  if (!report.ok()) {
    std::cerr << report.status() << "\n";
    return 1;
  }
  for (const std::string& violation : report->violations)
    std::cout << violation << "\n";
  std::cout << "seed " << options.seed << ": " << report->ToString() << "\n";
  return report->violations.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: check_concurrency CONNINFO [SEED [HISTORIES "
                 "[postgres]]]\n";
    return 2;
  }
  dsql_testing::ConcurrentOptions options;
  if (argc > 2)
    options.seed = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  if (argc > 3) options.histories = std::atoi(argv[3]);
  options.max_violations = 20;
  if (argc > 4) {
    options.dialect = dsql_testing::ConcurrentDialect::kPostgres;
    const char* level = std::getenv("ISOLATION");
    options.settings["default_transaction_isolation"] =
        level == nullptr ? "repeatable read" : level;
  }
  return Run(argv[1], options);
}
