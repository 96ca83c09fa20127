// What a session knows of its prepared statements and portals.

#ifndef DSQL_GATEWAY_SESSION_PREPARED_STATEMENTS_H_
#define DSQL_GATEWAY_SESSION_PREPARED_STATEMENTS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "dsql/gateway/session/step.h"

namespace dsql {

// Follows Parse, Bind and Close. The server decides whether they succeed; what
// a failed step made is forgotten again.
class PreparedStatements {
 public:
  void Parse(absl::string_view name, StatementRef statement);
  void Bind(absl::string_view portal, absl::string_view statement);
  void CloseStatement(absl::string_view name);
  void ClosePortal(absl::string_view name);

  // Empty where there is none of the name.
  StatementRef FindStatement(absl::string_view name) const;
  StatementRef FindPortal(absl::string_view name) const;

  // The step that the latest Parse()s belong to is over.
  void EndStep(bool failed);
  // Portals end with their transaction.
  void ForgetPortals() { portals_.clear(); }

 private:
  absl::flat_hash_map<std::string, StatementRef> statements_;
  absl::flat_hash_map<std::string, StatementRef> portals_;
  std::vector<std::string> parsed_in_step_;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_SESSION_PREPARED_STATEMENTS_H_
