// SPDX-License-Identifier: Apache-2.0

// A cluster with a table, for clients that are libraries of others.

#ifndef TESTING_CLIENTS_LIBRARIES_LIBRARY_FIXTURE_H_
#define TESTING_CLIENTS_LIBRARIES_LIBRARY_FIXTURE_H_

#include <string>

#include "testing/clients/client_fixture.h"

namespace dsql_testing {

// Holds account (id, name, cents): 1, 'Alice', 100 and 2, NULL, 50.
class LibraryTest : public ClientTest {
 protected:
  void SetUp() override;

  // How libpq connects, with TLS (verify-full) and a token.
  std::string Conninfo() { return ConnectionInfo().ToConninfo(); }
  std::string CaFile() { return ConnectionInfo().others["sslrootcert"]; }

  // Another session adds a cent to account 1: a transaction that has begun and
  // writes it fails at COMMIT.
  void BeFaster();

  // What has been committed: "100".
  std::string Cents(int id);
  // How many accounts there are: "2".
  std::string Accounts();
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_LIBRARIES_LIBRARY_FIXTURE_H_
