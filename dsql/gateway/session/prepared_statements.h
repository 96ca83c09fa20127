// SPDX-License-Identifier: Apache-2.0

// A session's prepared statements and portals, as its server has them.

#ifndef DSQL_GATEWAY_SESSION_PREPARED_STATEMENTS_H_
#define DSQL_GATEWAY_SESSION_PREPARED_STATEMENTS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// A prepared statement that the server has.
struct PreparedStatement {
  StatementRef statement;
  // The Parse message that made it.
  std::string parse;
};

// Changes only by what the server said: ParseComplete, BindComplete,
// CloseComplete, the tag of DEALLOCATE ALL, ReadyForQuery.
class PreparedStatements {
 public:
  // The server did what the `action` of these `message` bytes says.
  void Done(const Action& action, absl::string_view message);
  // A statement was executed that answered this command tag.
  void Executed(absl::string_view tag);
  // A Query takes the unnamed statement and portal away.
  void ForgetUnnamed();
  // Portals end with their transaction.
  void ForgetPortals() { portals_.clear(); }

  // Null where there is none of the name.
  const PreparedStatement* FindStatement(absl::string_view name) const;
  // Empty where there is none of the name.
  StatementRef FindPortal(absl::string_view name) const;

 private:
  absl::flat_hash_map<std::string, PreparedStatement> statements_;
  absl::flat_hash_map<std::string, StatementRef> portals_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_PREPARED_STATEMENTS_H_
