// SPDX-License-Identifier: Apache-2.0

#include "testing/clients/libraries/odbc_handles.h"

#include "absl/strings/str_cat.h"

namespace dsql_testing {
namespace {

SQLCHAR* Text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

}  // namespace

std::string OdbcError(SQLRETURN code, SQLSMALLINT kind, SQLHANDLE handle) {
  if (SQL_SUCCEEDED(code)) return "";
  SQLCHAR state[6] = "";
  SQLCHAR text[1000] = "";
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  SQLGetDiagRec(kind, handle, 1, state, &native, text, sizeof(text), &length);
  return absl::StrCat(reinterpret_cast<char*>(state), " ",
                      reinterpret_cast<char*>(text));
}

OdbcConnection::OdbcConnection() {
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment_);
  SQLSetEnvAttr(environment_, SQL_ATTR_ODBC_VERSION,
                reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  SQLAllocHandle(SQL_HANDLE_DBC, environment_, &connection_);
}

OdbcConnection::~OdbcConnection() {
  if (connected_) {
    SQLEndTran(SQL_HANDLE_DBC, connection_, SQL_ROLLBACK);
    SQLDisconnect(connection_);
  }
  SQLFreeHandle(SQL_HANDLE_DBC, connection_);
  SQLFreeHandle(SQL_HANDLE_ENV, environment_);
}

std::string OdbcConnection::Connect(const std::string& connection_string) {
  const SQLRETURN code =
      SQLDriverConnect(connection_, nullptr, Text(connection_string), SQL_NTS,
                       nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
  connected_ = SQL_SUCCEEDED(code);
  return OdbcError(code, SQL_HANDLE_DBC, connection_);
}

std::string OdbcConnection::SetAutocommit(bool on) {
  const auto value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
  return OdbcError(SQLSetConnectAttr(connection_, SQL_ATTR_AUTOCOMMIT,
                                     reinterpret_cast<SQLPOINTER>(value), 0),
                   SQL_HANDLE_DBC, connection_);
}

std::string OdbcConnection::End(SQLSMALLINT how) {
  return OdbcError(SQLEndTran(SQL_HANDLE_DBC, connection_, how), SQL_HANDLE_DBC,
                   connection_);
}

OdbcStatement::OdbcStatement(const OdbcConnection& connection) {
  SQLAllocHandle(SQL_HANDLE_STMT, connection.handle(), &statement_);
}

OdbcStatement::~OdbcStatement() { SQLFreeHandle(SQL_HANDLE_STMT, statement_); }

std::string OdbcStatement::Run(const std::string& sql) {
  return OdbcError(SQLExecDirect(statement_, Text(sql), SQL_NTS),
                   SQL_HANDLE_STMT, statement_);
}

std::string OdbcStatement::Prepare(const std::string& sql) {
  return OdbcError(SQLPrepare(statement_, Text(sql), SQL_NTS), SQL_HANDLE_STMT,
                   statement_);
}

std::string OdbcStatement::Bind(int number, const char* value) {
  std::string& text = values_[number];
  text = value == nullptr ? "" : value;
  lengths_[number] = value == nullptr ? SQL_NULL_DATA : SQL_NTS;
  return OdbcError(
      SQLBindParameter(statement_, static_cast<SQLUSMALLINT>(number),
                       SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 100, 0,
                       Text(text), static_cast<SQLLEN>(text.size() + 1),
                       &lengths_[number]),
      SQL_HANDLE_STMT, statement_);
}

std::string OdbcStatement::Execute() {
  return OdbcError(SQLExecute(statement_), SQL_HANDLE_STMT, statement_);
}

std::vector<std::string> OdbcStatement::Fetch() {
  SQLSMALLINT columns = 0;
  SQLNumResultCols(statement_, &columns);
  std::vector<std::string> rows;
  while (SQL_SUCCEEDED(SQLFetch(statement_))) {
    std::string row;
    for (SQLSMALLINT i = 1; i <= columns; ++i) {
      char value[200] = "";
      SQLLEN length = 0;
      SQLGetData(statement_, static_cast<SQLUSMALLINT>(i), SQL_C_CHAR, value,
                 sizeof(value), &length);
      absl::StrAppend(&row, i > 1 ? "|" : "",
                      length == SQL_NULL_DATA ? "NULL" : value);
    }
    rows.push_back(row);
  }
  SQLCloseCursor(statement_);
  return rows;
}

}  // namespace dsql_testing
