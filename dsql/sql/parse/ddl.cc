// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/ddl.h"

#include "pg_query.pb.h"

namespace dsql::sql {

using pg_query::Node;

bool IsDdl(const Node& node) {
  switch (node.node_case()) {
    case Node::kAlterTableStmt:
    case Node::kAlterDomainStmt:
    case Node::kGrantStmt:
    case Node::kGrantRoleStmt:
    case Node::kAlterDefaultPrivilegesStmt:
    case Node::kCreateStmt:
    case Node::kDefineStmt:
    case Node::kDropStmt:
    case Node::kTruncateStmt:
    case Node::kCommentStmt:
    case Node::kIndexStmt:
    case Node::kCreateFunctionStmt:
    case Node::kAlterFunctionStmt:
    case Node::kRenameStmt:
    case Node::kRuleStmt:
    case Node::kViewStmt:
    case Node::kCreateDomainStmt:
    case Node::kCreatedbStmt:
    case Node::kDropdbStmt:
    case Node::kCreateTableAsStmt:
    case Node::kCreateSeqStmt:
    case Node::kAlterSeqStmt:
    case Node::kCreateTrigStmt:
    case Node::kCreatePlangStmt:
    case Node::kCreateRoleStmt:
    case Node::kAlterRoleStmt:
    case Node::kDropRoleStmt:
    case Node::kReindexStmt:
    case Node::kCreateSchemaStmt:
    case Node::kAlterDatabaseStmt:
    case Node::kAlterDatabaseSetStmt:
    case Node::kAlterRoleSetStmt:
    case Node::kCreateConversionStmt:
    case Node::kCreateCastStmt:
    case Node::kCreateOpClassStmt:
    case Node::kCreateOpFamilyStmt:
    case Node::kAlterOpFamilyStmt:
    case Node::kCreateTableSpaceStmt:
    case Node::kDropTableSpaceStmt:
    case Node::kAlterObjectDependsStmt:
    case Node::kAlterObjectSchemaStmt:
    case Node::kAlterOwnerStmt:
    case Node::kAlterOperatorStmt:
    case Node::kAlterTypeStmt:
    case Node::kDropOwnedStmt:
    case Node::kReassignOwnedStmt:
    case Node::kCompositeTypeStmt:
    case Node::kCreateEnumStmt:
    case Node::kCreateRangeStmt:
    case Node::kAlterEnumStmt:
    case Node::kAlterTsdictionaryStmt:
    case Node::kAlterTsconfigurationStmt:
    case Node::kCreateFdwStmt:
    case Node::kAlterFdwStmt:
    case Node::kCreateForeignServerStmt:
    case Node::kAlterForeignServerStmt:
    case Node::kCreateUserMappingStmt:
    case Node::kAlterUserMappingStmt:
    case Node::kDropUserMappingStmt:
    case Node::kAlterTableSpaceOptionsStmt:
    case Node::kAlterTableMoveAllStmt:
    case Node::kSecLabelStmt:
    case Node::kCreateForeignTableStmt:
    case Node::kImportForeignSchemaStmt:
    case Node::kCreateExtensionStmt:
    case Node::kAlterExtensionStmt:
    case Node::kAlterExtensionContentsStmt:
    case Node::kCreateEventTrigStmt:
    case Node::kAlterEventTrigStmt:
    case Node::kRefreshMatViewStmt:
    case Node::kCreatePolicyStmt:
    case Node::kAlterPolicyStmt:
    case Node::kCreateTransformStmt:
    case Node::kCreateAmStmt:
    case Node::kCreatePublicationStmt:
    case Node::kAlterPublicationStmt:
    case Node::kCreateSubscriptionStmt:
    case Node::kAlterSubscriptionStmt:
    case Node::kDropSubscriptionStmt:
    case Node::kCreateStatsStmt:
    case Node::kAlterCollationStmt:
    case Node::kAlterStatsStmt:
      return true;
    // SELECT INTO makes a table.
    case Node::kSelectStmt:
      return node.select_stmt().has_into_clause();
    default:
      return false;
  }
}

}  // namespace dsql::sql
