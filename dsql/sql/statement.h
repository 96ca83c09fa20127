// SPDX-License-Identifier: Apache-2.0

// What is known of a statement before it runs.

#ifndef DSQL_SQL_STATEMENT_H_
#define DSQL_SQL_STATEMENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "dsql/v1/errors.pb.h"

namespace dsql::sql {

enum class StatementKind {
  // Nothing but blanks and comments.
  kEmpty,
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kCopyIn,
  kCopyOut,
  kBegin,
  kCommit,
  kRollback,
  kSet,
  kShow,
  kReset,
  kDdl,
  kCall,
  kExplain,
  kAnalyze,
  // AWS IAM GRANT and REVOKE.
  kAwsIam,
  // DEALLOCATE ALL and DISCARD ALL: no prepared statement is left.
  kDeallocateAll,
  kOther,
};

// A relation or function as the statement names it; `schema` is empty where it
// names none.
struct TableName {
  std::string schema;
  std::string name;
};

// A relation that a statement writes, wherever it does so: in a query of WITH
// as well.
struct TableWrite {
  enum Kind { kInsert, kUpdate, kDelete, kLock, kKeyShare };
  Kind kind = kInsert;
  TableName table;
  // kUpdate: the columns that are set.
  std::vector<std::string> columns;
  // kKeyShare: the places of the rows, "(0,1)" say; nullopt where they are not
  // known. The text does not tell them.
  absl::optional<std::vector<std::string>> places = absl::nullopt;
};

// Rows of a relation by the columns that they must have certain values in.
// Where a unique key is among these, it is at most one row.
struct RowFilter {
  TableName table;
  std::vector<std::string> equal_columns;
};

// Why DSQL does not run a statement.
struct Refusal {
  // Of the rule, as DialectOptions::disabled_rules names it.
  std::string rule_id;
  v1::SqlErrorDetail error;
};

// Characters of a text that were taken over from another.
struct CopiedPart {
  int begin = 0;
  int length = 0;
  // Where the part begins in the other text.
  int original_begin = 0;
};

// What PostgreSQL runs in the place of a statement.
struct Rewrite {
  std::string text;
  // The client is told this tag; the one of `text` where it is empty.
  std::string command_tag = {};
  // The client is not shown the rows of `text`.
  bool hide_rows = false;
  // The parts of `text` that are the statement's; see ClientPosition().
  std::vector<CopiedPart> copied = {};
};

// How EXPLAIN is to answer.
struct Explain {
  enum Format { kText, kJson, kYaml, kXml };
  Format format = kText;
  // ANALYZE VERBOSE, which tells what the statement cost.
  bool estimates_dpus = false;
};

struct Statement {
  // Where it is in the text that was analysed: without blanks and comments
  // around it, and without its semicolon.
  size_t begin = 0;
  size_t length = 0;
  StatementKind kind = StatementKind::kOther;
  // It may change rows or lock them: INSERT, UPDATE, DELETE, COPY FROM, also
  // within WITH and EXPLAIN ANALYZE; locking clauses; nextval() and setval().
  bool writes = false;
  // A SELECT with a locking clause.
  bool locks = false;
  // `rewrite` leaves a trace of all rows that its text locks; of those that it
  // locks by FOR KEY SHARE, what dsql_internal.shared_rows() tells.
  bool traces_row_locks = false;
  // Counts as a schema change, as GRANT and AWS IAM GRANT do.
  bool is_ddl = false;
  // The relations whose rows it inserts, updates, deletes or locks. One that
  // the statement makes is not among them.
  std::vector<TableWrite> table_writes;
  // How many INSERT, UPDATE, DELETE and MERGE do so. A command's tag tells the
  // rows of the last one, not those of WITH.
  int modifying_queries = 0;
  // SELECT, UPDATE and DELETE of one relation alone: its rows that they ask
  // for.
  absl::optional<RowFilter> filter;
  // What it calls that may be functions of users: names without a schema, which
  // are mostly PostgreSQL's, and with any but pg_catalog. Each once.
  std::vector<TableName> functions;
  // The relations that it names: views may run functions. Each once; those of
  // the system with their schema are left out.
  std::vector<TableName> relations;
  // Those that it gives to nextval() or setval(), and to currval(), as they are
  // written; empty where that is no literal, and for lastval().
  std::vector<std::string> moved_sequences;
  std::vector<std::string> read_sequences;
  // SET CONSTRAINTS: their names, with the schemas that are given, or "*".
  std::vector<std::string> set_constraints;
  // The rows that it writes at most, where the text tells: those of VALUES.
  absl::optional<int64_t> max_rows;
  // INSERT, UPDATE, DELETE and COPY FROM: what is written into columns is not
  // much larger than the text, its parameters as often as they occur, or the
  // data; see value_bounds.h.
  bool bounds_values = false;
  // It submits a job: CREATE INDEX ASYNC, ALTER TABLE ASYNC.
  bool submits_job = false;
  // It looks at jobs: sys.jobs, sys.wait_for_job.
  bool reads_jobs = false;
  // `refusal` would perhaps be another if literals had other values.
  bool depends_on_literals = false;
  // How often the parameter that it has most often occurs in it.
  int parameter_uses = 1;
  // kCall: "sys.wait_for_job". kSet, kShow and kReset: the name of the setting.
  std::string name;
  // EXPLAIN whose plan is told in DSQL's terms.
  absl::optional<Explain> explain;
  absl::optional<Refusal> refusal;
  // Why DSQL does not run it unless a setting of the session allows it. Then
  // `rewrite` has the server decide, which knows the setting.
  absl::optional<Refusal> conditional_refusal;
  absl::optional<Rewrite> rewrite;
};

// What a text consists of.
struct Analysis {
  std::string text;
  std::vector<Statement> statements;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_STATEMENT_H_
