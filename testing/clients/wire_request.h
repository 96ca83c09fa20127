// SPDX-License-Identifier: Apache-2.0

// What a client sends, message by message:
//
//   Request().Parse("s", "SELECT 1").Run("s").Sync()

#ifndef TESTING_CLIENTS_WIRE_REQUEST_H_
#define TESTING_CLIENTS_WIRE_REQUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dsql/pgwire/frontend.h"
#include "dsql/pgwire/wire_writer.h"

namespace dsql_testing {

class Request {
 public:
  Request& Parse(const std::string& statement, const std::string& query) {
    dsql::pgwire::Parse parse;
    parse.statement = statement;
    parse.query = query;
    dsql::pgwire::EncodeParse(parse, &bytes_);
    return *this;
  }
  // Values as text, results as text.
  Request& Bind(const std::string& portal, const std::string& statement,
                const std::vector<std::string>& values = {}) {
    dsql::pgwire::WireWriter writer('B', &bytes_);
    writer.CString(portal).CString(statement).Int16(0);
    writer.Int16(static_cast<int16_t>(values.size()));
    for (const std::string& value : values) {
      writer.Int32(static_cast<int32_t>(value.size())).Bytes(value);
    }
    writer.Int16(0);
    return *this;
  }
  Request& DescribeStatement(const std::string& name) {
    dsql::pgwire::WireWriter('D', &bytes_).Byte('S').CString(name);
    return *this;
  }
  Request& DescribePortal(const std::string& name) {
    dsql::pgwire::WireWriter('D', &bytes_).Byte('P').CString(name);
    return *this;
  }
  Request& Execute(const std::string& portal, int rows = 0) {
    dsql::pgwire::EncodeExecute({portal, rows}, &bytes_);
    return *this;
  }
  // Bind and Execute by the unnamed portal.
  Request& Run(const std::string& statement,
               const std::vector<std::string>& values = {}) {
    return Bind("", statement, values).Execute("");
  }
  // Parse, Bind and Execute, all unnamed.
  Request& Sql(const std::string& query,
               const std::vector<std::string>& values = {}) {
    return Parse("", query).Run("", values);
  }
  Request& Close(char kind, const std::string& name) {
    dsql::pgwire::EncodeClose({kind, name}, &bytes_);
    return *this;
  }
  Request& Query(const std::string& query) {
    dsql::pgwire::EncodeQuery(query, &bytes_);
    ++readies_;
    return *this;
  }
  Request& Flush() {
    dsql::pgwire::EncodeFlush(&bytes_);
    return *this;
  }
  Request& Sync() {
    dsql::pgwire::EncodeSync(&bytes_);
    ++readies_;
    return *this;
  }
  // What no client should send; `type` says how it is answered.
  Request& Malformed(char type, absl::string_view body) {
    dsql::pgwire::WireWriter(type, &bytes_).Bytes(body);
    if (type == 'Q' || type == 'F') ++readies_;
    return *this;
  }
  Request& Terminate() {
    dsql::pgwire::EncodeTerminate(&bytes_);
    return *this;
  }
  Request& CopyData(absl::string_view data) {
    dsql::pgwire::WireWriter('d', &bytes_).Bytes(data);
    return *this;
  }
  Request& CopyDone() {
    dsql::pgwire::WireWriter('c', &bytes_);
    return *this;
  }
  Request& CopyFail(const std::string& reason) {
    dsql::pgwire::EncodeCopyFail(reason, &bytes_);
    return *this;
  }
  // Arguments and result as text.
  Request& FunctionCall(int oid, const std::vector<std::string>& arguments) {
    dsql::pgwire::WireWriter writer('F', &bytes_);
    writer.Int32(oid).Int16(0);
    writer.Int16(static_cast<int16_t>(arguments.size()));
    for (const std::string& value : arguments) {
      writer.Int32(static_cast<int32_t>(value.size())).Bytes(value);
    }
    writer.Int16(0);
    ++readies_;
    return *this;
  }

  const std::string& bytes() const { return bytes_; }
  // How many of its messages are answered with ReadyForQuery, as long as
  // nothing is skipped.
  int readies() const { return readies_; }

 private:
  std::string bytes_;
  int readies_ = 0;
};

}  // namespace dsql_testing

#endif  // TESTING_CLIENTS_WIRE_REQUEST_H_
