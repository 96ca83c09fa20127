// SPDX-License-Identifier: Apache-2.0

// A PostgreSQL server with what dsql/server_schema puts into it, for tests that
// speak to it directly.

#ifndef TESTING_SERVER_SERVER_SCHEMA_FIXTURE_H_
#define TESTING_SERVER_SERVER_SCHEMA_FIXTURE_H_

#include <memory>
#include <string>

#include "dsql/postgres/connection.h"
#include "dsql/postgres/server.h"
#include "gtest/gtest.h"

namespace dsql_testing {

// As a faithful cluster starts it.
dsql::postgres::ServerOptions ServerSchemaOptions();

// What a client sees: values with | between columns and ; between rows, or
// "SQLSTATE: message" of the error.
std::string Answer(dsql::postgres::Connection* connection,
                   const std::string& sql);

class ServerSchemaTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // Opens a connection as this role.
  std::unique_ptr<dsql::postgres::Connection> ConnectAs(
      const std::string& role);

  // Of admin's and of the superuser's connection.
  std::string Admin(const std::string& sql) {
    return Answer(admin_.get(), sql);
  }
  std::string Internal(const std::string& sql) {
    return Answer(internal_.get(), sql);
  }

  std::unique_ptr<dsql::postgres::PostgresServer> server_;
  std::unique_ptr<dsql::postgres::Connection> admin_;
  std::unique_ptr<dsql::postgres::Connection> internal_;
};

}  // namespace dsql_testing

#endif  // TESTING_SERVER_SERVER_SCHEMA_FIXTURE_H_
