// SPDX-License-Identifier: Apache-2.0

// A test without GoogleTest: TestEnvironment is what FakeDsqlTest is made of,
// for Catch2, doctest or, as here, a plain main().

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "dsql/testing/test_environment.h"

namespace {

using ::dsql_testing::TestEnvironment;

// Catch2's REQUIRE, say. A test that fails shows which operations were called,
// and what SQL the cluster got.
void Require(bool condition, const absl::Status& status,
             const TestEnvironment* environment = nullptr) {
  if (condition) return;
  std::cerr << status << "\n";
  if (environment != nullptr) environment->PrintLogs(std::cerr);
  std::exit(1);
}

// What Require() would have printed.
std::string LogsOf(const TestEnvironment& environment) {
  std::ostringstream logs;
  environment.PrintLogs(logs);
  return logs.str();
}

}  // namespace

int main() {
  auto environment = TestEnvironment::Create();
  Require(environment.ok(), environment.status());
  auto connection = environment->cluster().Connect();
  Require(connection.ok(), connection.status(), &*environment);
  const auto created =
      connection->Execute("CREATE TABLE orders (id int PRIMARY KEY)");
  Require(created.ok(), created.status(), &*environment);
  const auto inserted =
      connection->Query("INSERT INTO orders VALUES ($1)", {7});
  Require(inserted.ok() && inserted->affected_rows() == 1, inserted.status(),
          &*environment);
  const bool logged =
      LogsOf(*environment).find("INSERT INTO orders") != std::string::npos;
  Require(logged, absl::InternalError("the log lacks SQL"), &*environment);
  const absl::Status stopped = environment->Stop();
  Require(stopped.ok(), stopped, &*environment);
  return 0;
}
