// SPDX-License-Identifier: Apache-2.0

// A client connection: libpq with owners, deadlines and absl::Status.

#ifndef DSQL_POSTGRES_CONNECTION_H_
#define DSQL_POSTGRES_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"

namespace dsql::postgres {

// A value for $1, $2, ... in its text form; PostgreSQL infers the type. Made
// implicitly from strings, numbers, bool, nullptr and absl::optional.
class Param {
 public:
  Param(std::nullptr_t) {}   // NOLINT: implicit on purpose
  Param(absl::nullopt_t) {}  // NOLINT
  Param(std::string value) : text_(std::move(value)) {}          // NOLINT
  Param(absl::string_view value) : text_(std::string(value)) {}  // NOLINT
  Param(const char* value) : text_(std::string(value)) {}        // NOLINT
  Param(double value);                                           // NOLINT
  template <typename Integer,
            std::enable_if_t<std::is_integral<Integer>::value, int> = 0>
  Param(Integer value)  // NOLINT
      : text_(std::is_same<Integer, bool>::value ? (value ? "true" : "false")
                                                 : absl::StrCat(value)) {}
  template <typename T>
  Param(const absl::optional<T>& value)  // NOLINT
      : text_(value.has_value() ? Param(*value).text_ : absl::nullopt) {}

  // nullopt is NULL.
  const absl::optional<std::string>& text() const { return text_; }

 private:
  absl::optional<std::string> text_;
};

// Errors of all methods: what PostgreSQL reports, also of a connection that it
//   refuses, is a SqlError() of dsql/base/sql_error.h with its SQLSTATE,
//   position, detail, hint and constraint; Unavailable where the server cannot
//   be reached or the connection broke, with libpq's text; DeadlineExceeded;
//   InvalidArgument for a NUL byte, which the protocol cannot carry.
// Thread-safety: one thread at a time.
class Connection {
 public:
  // What a statement may take, unless set_statement_timeout() says otherwise.
  static constexpr absl::Duration kDefaultStatementTimeout = absl::Seconds(60);

  // Connects to `conninfo` (key=value pairs or a URI) until `deadline`.
  static absl::StatusOr<Connection> Open(
      const std::string& conninfo,
      absl::Time deadline = absl::InfiniteFuture());

  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = default;

  // Runs one or more statements, separated by semicolons, and returns the
  // answer of the last one. Without BEGIN they are one transaction. COPY from
  // or to the client is Unimplemented: use CopyFrom() or raw().
  absl::StatusOr<Result> Execute(absl::string_view sql);

  // Runs one statement with parameters: Query("SELECT $1::int + $2", {1, 2}).
  absl::StatusOr<Result> Query(absl::string_view sql,
                               absl::Span<const Param> params = {});

  // Runs one COPY ... FROM STDIN with `data`, in the format that it names.
  // Errors: InvalidArgument where `sql` does not ask for data.
  absl::StatusOr<Result> CopyFrom(absl::string_view sql,
                                  absl::string_view data);

  // When it has passed, the statement is cancelled. A connection that does not
  // even answer that is broken.
  void set_statement_timeout(absl::Duration timeout) {
    statement_timeout_ = timeout;
  }

  // "table" and 'text', quoted for this connection.
  // Errors: InvalidArgument for what is not valid in its encoding.
  absl::StatusOr<std::string> QuoteIdentifier(absl::string_view name) const;
  absl::StatusOr<std::string> QuoteLiteral(absl::string_view text) const;

  // Of the server: 150020 is 15.20.
  int server_version() const { return PQserverVersion(connection_.get()); }

  // Not owned by the caller.
  PGconn* raw() const { return connection_.get(); }

 private:
  explicit Connection(PGconn* connection) : connection_(connection, PQfinish) {}

  absl::Status Connect(absl::Time deadline);
  // Waits for what `poll_events` says.
  absl::Status Wait(short poll_events, absl::Time deadline) const;
  // What a COPY asks for.
  struct CopyInput {
    absl::string_view data;
    bool sent = false;
  };

  // Calls `send`, a PQsend function, and collects the answers. COPY FROM gets
  // `input`; without one it is refused.
  absl::StatusOr<Result> Run(absl::FunctionRef<int()> send,
                             CopyInput* input = nullptr);
  absl::Status Flush(absl::Time deadline);
  absl::StatusOr<Result> Collect(absl::Time deadline,
                                 CopyInput* input = nullptr);
  absl::Status SendCopyInput(absl::Time deadline, CopyInput* input);
  // Calls `put`, which answers 0 where nothing more fits, until it does not.
  absl::Status Put(absl::Time deadline, absl::FunctionRef<int()> put);
  absl::Status AwaitResult(absl::Time deadline);
  // Refuses and ends a COPY; OK for other results.
  absl::Status RefuseCopy(const PGresult* result);
  // Cancels the running statement and drops its answers.
  absl::Status CancelAfterTimeout();
  absl::Status RequestCancel() const;
  absl::Status ConnectionError(absl::string_view what) const;
  bool usable() const { return PQstatus(raw()) == CONNECTION_OK; }

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  std::string conninfo_;
  absl::Duration statement_timeout_ = kDefaultStatementTimeout;
};

// The error that `result` carries; OK where it is none.
absl::Status ErrorOf(const PGresult* result);

// The last error of `connection`, that of connecting say; OK where there is
// none. libpq keeps its SQLSTATE only where PQsetErrorVerbosity(connection,
// PQERRORS_VERBOSE) was called before; else the status is Unavailable with
// libpq's text.
absl::Status ErrorOf(const PGconn* connection);

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_CONNECTION_H_
