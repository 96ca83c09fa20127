// SPDX-License-Identifier: Apache-2.0

// A client that goes on whatever happens to its connection, and knows what it
// was told.

#ifndef TESTING_CHAOS_SQL_CLIENT_H_
#define TESTING_CHAOS_SQL_CLIENT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "testing/chaos/actor.h"
#include "testing/chaos/ledger.h"

namespace dsql_testing {

// Whether a client may be told so while sessions and servers end, commits
// conflict and connections are refused by a script.
bool IsToBeExpected(const absl::Status& status);

// Errors that are not to be expected are violations, and so is an answer that
// does not come within kPatience. Thread-compatible.
class SqlClient {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(40);

  // `part` outlives it.
  explicit SqlClient(const Part* part) : part_(*part) {}
  SqlClient(const Part* part, std::string cluster) : part_(*part) {
    part_.cluster = std::move(cluster);
  }

  // Its connection, made if need be; null where that fails.
  dsql::postgres::Connection* Connect();
  bool connected() const { return connection_.has_value(); }
  void Leave() { connection_.reset(); }

  // One statement, alone.
  absl::StatusOr<dsql::postgres::Result> Ask(
      absl::string_view sql,
      absl::Span<const dsql::postgres::Param> params = {});
  Outcome Write(absl::string_view sql,
                absl::Span<const dsql::postgres::Param> params = {});
  Outcome Copy(absl::string_view sql, absl::string_view data);
  // Statements in a transaction.
  Outcome Commit(const std::vector<std::string>& statements);
  // Where no script is at work: again and again until it is told so, 5 times at
  // most.
  absl::Status Insist(const std::string& sql);

  // Looks at an error of its connection, gives it up where it broke, and says
  // what is known of the statement.
  Outcome Hear(const absl::Status& status, absl::string_view what);

 private:
  Part part_;
  absl::optional<dsql::postgres::Connection> connection_;
};

}  // namespace dsql_testing

#endif  // TESTING_CHAOS_SQL_CLIENT_H_
