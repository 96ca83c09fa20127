// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/libraries/library_fixture.h"

#include "absl/strings/str_cat.h"

namespace dsql_testing {

void LibraryTest::SetUp() {
  ClientTest::SetUp();
  if (HasFatalFailure()) return;
  Run("CREATE TABLE account (id int PRIMARY KEY, name text, cents bigint)");
  Run("INSERT INTO account VALUES (1, 'Alice', 100), (2, NULL, 50)");
}

void LibraryTest::BeFaster() {
  Run("UPDATE account SET cents = cents + 1 WHERE id = 1");
}

std::string LibraryTest::Cents(int id) {
  return Value(absl::StrCat("SELECT cents FROM account WHERE id = ", id));
}

std::string LibraryTest::Accounts() {
  return Value("SELECT count(*) FROM account");
}

}  // namespace dsql_testing
