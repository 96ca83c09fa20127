// SPDX-License-Identifier: Apache-2.0

// The forms of ALTER TABLE.

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "dsql/sql/rules/rule_parts.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using pg_query::AlterTableCmd;
using pg_query::AlterTableType;
using pg_query::Constraint;
using pg_query::Node;

// The forms that DSQL has not, by PostgreSQL's names of them. Those with rules
// of their own are not among them.
const char* NameOfOtherForm(AlterTableType form) {
  static const auto* const names =
      new absl::flat_hash_map<AlterTableType, const char*>{
          {pg_query::AT_SetOptions, "ALTER COLUMN ... SET"},
          {pg_query::AT_ResetOptions, "ALTER COLUMN ... RESET"},
          {pg_query::AT_SetCompression, "ALTER COLUMN ... SET COMPRESSION"},
          {pg_query::AT_AlterColumnGenericOptions, "ALTER COLUMN ... OPTIONS"},
          {pg_query::AT_SetRelOptions, "SET"},
          {pg_query::AT_ResetRelOptions, "RESET"},
          {pg_query::AT_ReplaceRelOptions, "SET"},
          {pg_query::AT_ClusterOn, "CLUSTER ON"},
          {pg_query::AT_DropCluster, "SET WITHOUT CLUSTER"},
          {pg_query::AT_SetLogged, "SET LOGGED"},
          {pg_query::AT_SetUnLogged, "SET UNLOGGED"},
          {pg_query::AT_DropOids, "SET WITHOUT OIDS"},
          {pg_query::AT_SetAccessMethod, "SET ACCESS METHOD"},
          {pg_query::AT_SetTableSpace, "SET TABLESPACE"},
          {pg_query::AT_EnableTrig, "ENABLE TRIGGER"},
          {pg_query::AT_EnableAlwaysTrig, "ENABLE ALWAYS TRIGGER"},
          {pg_query::AT_EnableReplicaTrig, "ENABLE REPLICA TRIGGER"},
          {pg_query::AT_DisableTrig, "DISABLE TRIGGER"},
          {pg_query::AT_EnableRule, "ENABLE RULE"},
          {pg_query::AT_EnableAlwaysRule, "ENABLE ALWAYS RULE"},
          {pg_query::AT_EnableReplicaRule, "ENABLE REPLICA RULE"},
          {pg_query::AT_DisableRule, "DISABLE RULE"},
          {pg_query::AT_AddInherit, "INHERIT"},
          {pg_query::AT_DropInherit, "NO INHERIT"},
          {pg_query::AT_AddOf, "OF"},
          {pg_query::AT_DropOf, "NOT OF"},
          {pg_query::AT_ReplicaIdentity, "REPLICA IDENTITY"},
          {pg_query::AT_GenericOptions, "OPTIONS"},
          {pg_query::AT_AttachPartition, "ATTACH PARTITION"},
          {pg_query::AT_DetachPartition, "DETACH PARTITION"},
          {pg_query::AT_DetachPartitionFinalize,
           "DETACH PARTITION ... FINALIZE"},
      };
  const auto found = names->find(form);
  return found == names->end() ? nullptr : found->second;
}

const char* NameOfRowSecurity(AlterTableType form) {
  switch (form) {
    case pg_query::AT_EnableRowSecurity:
      return "ENABLE ROW SECURITY";
    case pg_query::AT_DisableRowSecurity:
      return "DISABLE ROW SECURITY";
    case pg_query::AT_ForceRowSecurity:
      return "FORCE ROW SECURITY";
    case pg_query::AT_NoForceRowSecurity:
      return "NO FORCE ROW SECURITY";
    default:
      return nullptr;
  }
}

template <AlterTableType form>
absl::optional<Match> Is(const AlterTableCmd& command, const Place&) {
  return MatchIf(command.subtype() == form);
}

absl::optional<Match> IsRowSecurity(const AlterTableCmd& command,
                                    const Place&) {
  const char* name = NameOfRowSecurity(command.subtype());
  if (name == nullptr) return absl::nullopt;
  return MatchOf(name);
}

absl::optional<Match> IsOtherForm(const AlterTableCmd& command, const Place&) {
  const char* name = NameOfOtherForm(command.subtype());
  if (name == nullptr) return absl::nullopt;
  return MatchOf(name);
}

absl::optional<Match> AddsConstrainedColumn(const AlterTableCmd& command,
                                            const Place&) {
  if (command.subtype() != pg_query::AT_AddColumn) return absl::nullopt;
  for (const Node& node : command.def().column_def().constraints()) {
    // That it may be null goes without saying.
    if (node.constraint().contype() != pg_query::CONSTR_NULL) return Match();
  }
  return absl::nullopt;
}

bool MayBeAdded(const Constraint& constraint) {
  switch (constraint.contype()) {
    case pg_query::CONSTR_CHECK:
    case pg_query::CONSTR_FOREIGN:
      return constraint.skip_validation();
    case pg_query::CONSTR_UNIQUE:
      return !constraint.indexname().empty();
    default:
      return false;
  }
}

absl::optional<Match> AddsConstraint(const AlterTableCmd& command,
                                     const Place&) {
  return MatchIf(command.subtype() == pg_query::AT_AddConstraint &&
                 !MayBeAdded(command.def().constraint()));
}

}  // namespace

std::vector<Rule> AlterTableRules() {
  return {
      {"add-constrained-column", "0A000",
       "ALTER TABLE ADD COLUMN with constraint not supported",
       "ADD COLUMN, then SET DEFAULT or ADD CONSTRAINT ... NOT VALID", "2.2",
       "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 0",
       "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, AddsConstrainedColumn>},
      {"alter-column-type", "0A000",
       "unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement",
       "a new column, or a new table", "2.2",
       "ALTER TABLE t ALTER COLUMN a TYPE bigint",
       "ALTER TABLE t ADD COLUMN z bigint", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, Is<pg_query::AT_AlterColumnType>>},
      {"set-not-null", "0A000",
       "unsupported ALTER TABLE ALTER COLUMN ... SET NOT NULL statement",
       "ADD CONSTRAINT ... CHECK (a IS NOT NULL) NOT VALID", "2.2",
       "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
       "ALTER TABLE t ALTER COLUMN b DROP NOT NULL", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, Is<pg_query::AT_SetNotNull>>},
      {"set-statistics", "0A000",
       "unsupported ALTER TABLE ALTER COLUMN ... SET STATISTICS statement", "",
       "2.2", "ALTER TABLE t ALTER COLUMN a SET STATISTICS 10",
       "ALTER TABLE t ALTER COLUMN a SET DEFAULT 10", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, Is<pg_query::AT_SetStatistics>>},
      {"row-security", "0A000", "unsupported ALTER TABLE $0 statement", "",
       "2.1", "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
       "ALTER TABLE t ENABLE TRIGGER ALL", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, IsRowSecurity>},
      {"add-constraint", "0A000",
       "unsupported ALTER TABLE ADD CONSTRAINT statement",
       "CHECK and FOREIGN KEY: NOT VALID, then ALTER TABLE ASYNC ... VALIDATE "
       "CONSTRAINT; UNIQUE: USING INDEX",
       "2.2", "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
       "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID, ADD CONSTRAINT "
       "d UNIQUE USING INDEX j",
       NodeOf<AlterTableCmd>, Typed<AlterTableCmd, AddsConstraint>},
      {"validate-constraint-sync", "0A000",
       "unsupported ALTER TABLE VALIDATE CONSTRAINT statement",
       "ALTER TABLE ASYNC ... VALIDATE CONSTRAINT", "2.2",
       "ALTER TABLE t VALIDATE CONSTRAINT c",
       "ALTER TABLE ASYNC t VALIDATE CONSTRAINT k", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, Is<pg_query::AT_ValidateConstraint>>},
      {"alter-table-form", "0A000", "unsupported ALTER TABLE $0 statement", "",
       "2.2, inferred", "ALTER TABLE t SET LOGGED",
       "ALTER TABLE t OWNER TO admin", NodeOf<AlterTableCmd>,
       Typed<AlterTableCmd, IsOtherForm>},
  };
}

}  // namespace dsql::sql
