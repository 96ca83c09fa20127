// SPDX-License-Identifier: Apache-2.0

// ODBC's C interface for tests: a connection and its statements.

#ifndef TESTING_CLIENTS_LIBRARIES_ODBC_HANDLES_H_
#define TESTING_CLIENTS_LIBRARIES_ODBC_HANDLES_H_

#include <sql.h>
#include <sqlext.h>

#include <string>
#include <vector>

namespace dsql_testing {

// How a call ended: "" where it succeeded, else SQLSTATE and text of the first
// diagnostic record, "40001 ERROR: ...".
std::string OdbcError(SQLRETURN code, SQLSMALLINT kind, SQLHANDLE handle);

class OdbcConnection {
 public:
  OdbcConnection();
  ~OdbcConnection();
  OdbcConnection(const OdbcConnection&) = delete;
  OdbcConnection& operator=(const OdbcConnection&) = delete;

  // Each returns an OdbcError().
  std::string Connect(const std::string& connection_string);
  std::string SetAutocommit(bool on);
  std::string Commit() { return End(SQL_COMMIT); }
  std::string Rollback() { return End(SQL_ROLLBACK); }

  SQLHANDLE handle() const { return connection_; }

 private:
  std::string End(SQLSMALLINT how);

  SQLHANDLE environment_ = nullptr;
  SQLHANDLE connection_ = nullptr;
  bool connected_ = false;
};

class OdbcStatement {
 public:
  explicit OdbcStatement(const OdbcConnection& connection);
  ~OdbcStatement();
  OdbcStatement(const OdbcStatement&) = delete;
  OdbcStatement& operator=(const OdbcStatement&) = delete;

  // Each returns an OdbcError().
  std::string Run(const std::string& sql);
  std::string Prepare(const std::string& sql);
  // Binds a text, or NULL, to the parameter `number`, from 1.
  std::string Bind(int number, const char* value);
  std::string Execute();

  // The rows that are left: columns with '|' between them, NULL for nulls.
  std::vector<std::string> Fetch();

 private:
  SQLHANDLE statement_ = nullptr;
  // What is bound stays where it is.
  std::string values_[10];
  SQLLEN lengths_[10] = {};
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_LIBRARIES_ODBC_HANDLES_H_
