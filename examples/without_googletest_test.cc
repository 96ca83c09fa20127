// SPDX-License-Identifier: Apache-2.0

// A test without GoogleTest: TestEnvironment is what FakeDsqlTest is made of,
// for Catch2, doctest or, as here, a plain main().

#include <cstdlib>
#include <iostream>

#include "dsql/testing/test_environment.h"

namespace {

// Catch2's REQUIRE, say.
void Require(bool condition, const absl::Status& status) {
  if (condition) return;
  std::cerr << status << "\n";
  std::exit(1);
}

}  // namespace

int main() {
  auto environment = dsql_testing::TestEnvironment::Create();
  Require(environment.ok(), environment.status());
  auto connection = environment->cluster().Connect();
  Require(connection.ok(), connection.status());
  const auto created =
      connection->Execute("CREATE TABLE orders (id int PRIMARY KEY)");
  Require(created.ok(), created.status());
  const auto inserted =
      connection->Query("INSERT INTO orders VALUES ($1)", {7});
  Require(inserted.ok() && inserted->affected_rows() == 1, inserted.status());
  const absl::Status stopped = environment->Stop();
  Require(stopped.ok(), stopped);
  return 0;
}
