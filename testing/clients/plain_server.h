// SPDX-License-Identifier: Apache-2.0

// PostgreSQL itself, with the roles and names of a cluster, to compare with.

#ifndef TESTING_CLIENTS_PLAIN_SERVER_H_
#define TESTING_CLIENTS_PLAIN_SERVER_H_

#include <memory>

#include "dsql/postgres/server.h"
#include "testing/clients/raw_client.h"

namespace dsql_testing {

// One for the process, started when first needed. Its transactions are
// repeatable read. Null where it cannot be started; the test has failed then.
dsql::postgres::PostgresServer* PlainServer();

// Ends PlainServer(): for SetUpTestSuite's counterpart.
void StopPlainServer();

// Not logged in.
std::unique_ptr<RawClient> NewPlainSocket();
// As `admin`.
std::unique_ptr<RawClient> NewPlainSession();

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_PLAIN_SERVER_H_
