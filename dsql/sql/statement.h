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
  kOther,
};

// A relation as the statement names it; `schema` is empty where it names none.
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
};

// Why DSQL does not run a statement.
struct Refusal {
  // Of the rule, as DialectOptions::disabled_rules names it.
  std::string rule_id;
  v1::SqlErrorDetail error;
};

// What PostgreSQL runs in the place of a statement.
struct Rewrite {
  std::string text;
  // The client is told this tag; the one of `text` where it is empty.
  std::string command_tag;
  // The client is not shown the rows of `text`.
  bool hide_rows = false;
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
  // Counts as a schema change, as GRANT and AWS IAM GRANT do.
  bool is_ddl = false;
  // The relations that it inserts into, updates or deletes from.
  std::vector<TableName> written_tables;
  // The same in detail, and the relations whose rows it locks.
  std::vector<TableWrite> table_writes;
  // The rows that it writes at most, where the text tells: those of VALUES.
  absl::optional<int64_t> max_rows;
  // It submits a job: CREATE INDEX ASYNC, ALTER TABLE ASYNC.
  bool submits_job = false;
  // It looks at jobs: sys.jobs, sys.wait_for_job.
  bool reads_jobs = false;
  // kBegin: READ ONLY was asked for.
  bool read_only = false;
  // kCall: "sys.wait_for_job". kSet, kShow and kReset: the name of the setting.
  std::string name;
  absl::optional<Refusal> refusal;
  absl::optional<Rewrite> rewrite;
};

// What a text consists of.
struct Analysis {
  std::string text;
  std::vector<Statement> statements;
};

}  // namespace dsql::sql

#endif  // DSQL_SQL_STATEMENT_H_
