// SPDX-License-Identifier: Apache-2.0

// Transactions: what they may ask for.

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::Node;
using pg_query::TransactionStmt;

template <pg_query::TransactionStmtKind kind>
absl::optional<Match> Is(const TransactionStmt& statement, const Place&) {
  return MatchIf(statement.kind() == kind);
}

absl::optional<Match> IsTwoPhase(const TransactionStmt& statement,
                                 const Place&) {
  switch (statement.kind()) {
    case pg_query::TRANS_STMT_PREPARE:
      return MatchOf("PREPARE TRANSACTION");
    case pg_query::TRANS_STMT_COMMIT_PREPARED:
      return MatchOf("COMMIT PREPARED");
    case pg_query::TRANS_STMT_ROLLBACK_PREPARED:
      return MatchOf("ROLLBACK PREPARED");
    default:
      return absl::nullopt;
  }
}

absl::optional<Match> Chains(const TransactionStmt& statement, const Place&) {
  return MatchIf(statement.chain());
}

absl::optional<Match> OtherLevel(const TransactionStmt& statement,
                                 const Place&) {
  return OtherLevelOf(statement.options());
}

absl::optional<Match> LocksOtherwise(const pg_query::LockingClause& clause,
                                     const Place&) {
  return MatchIf(clause.strength() == pg_query::LCS_FORSHARE ||
                 clause.strength() == pg_query::LCS_FORNOKEYUPDATE);
}

}  // namespace

absl::optional<Match> OtherLevelOf(const NodeList& modes) {
  for (const Node& mode : modes) {
    if (mode.def_elem().defname() != "transaction_isolation") continue;
    const std::string level = ConstantText(mode.def_elem().arg());
    if (level != "repeatable read") {
      return MatchOf(absl::AsciiStrToUpper(level));
    }
  }
  return absl::nullopt;
}

std::vector<Rule> TransactionRules() {
  return {
      {"savepoint", "0A000", "unsupported transaction statement: SAVEPOINT", "",
       "2.1", "SAVEPOINT s", "BEGIN", NodeOf<TransactionStmt>,
       Typed<TransactionStmt, Is<pg_query::TRANS_STMT_SAVEPOINT>>},
      {"release-savepoint", "0A000",
       "unsupported transaction statement: RELEASE", "", "2.1",
       "RELEASE SAVEPOINT s", "COMMIT", NodeOf<TransactionStmt>,
       Typed<TransactionStmt, Is<pg_query::TRANS_STMT_RELEASE>>},
      {"rollback-to-savepoint", "0A000",
       "unsupported transaction statement: ROLLBACK TO", "", "2.1",
       "ROLLBACK TO SAVEPOINT s", "ROLLBACK", NodeOf<TransactionStmt>,
       Typed<TransactionStmt, Is<pg_query::TRANS_STMT_ROLLBACK_TO>>},
      {"two-phase-commit", "0A000", "unsupported transaction statement: $0", "",
       "3, inferred", "PREPARE TRANSACTION 'x'", "COMMIT",
       NodeOf<TransactionStmt>, Typed<TransactionStmt, IsTwoPhase>},
      {"transaction-chain", "0A000",
       "unsupported transaction statement: AND CHAIN", "", "3, inferred",
       "COMMIT AND CHAIN", "ROLLBACK AND NO CHAIN", NodeOf<TransactionStmt>,
       Typed<TransactionStmt, Chains>},
      {"isolation-level", "0A000", "Unsupported isolation level: $0",
       "REPEATABLE READ", "2.1", "BEGIN ISOLATION LEVEL SERIALIZABLE",
       "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
       NodeOf<TransactionStmt>, Typed<TransactionStmt, OtherLevel>},
      {"locking-clause", "0A000",
       "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported",
       "FOR UPDATE, FOR KEY SHARE", "2.1", "SELECT 1 FROM t FOR SHARE",
       "SELECT 1 FROM t FOR KEY SHARE", NodeOf<pg_query::LockingClause>,
       Typed<pg_query::LockingClause, LocksOtherwise>},
  };
}

}  // namespace dsql::sql
