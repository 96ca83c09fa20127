// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/rewriter.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dsql/sql/parse/parsed_text.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "dsql/sql/rewrite/copying_text.h"
#include "dsql/sql/rewrite/explain.h"
#include "dsql/sql/rewrite/splices.h"
#include "dsql/sql/rewrite/visible_catalogs.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;
using pg_query::Node;

std::string LiteralOrNull(const std::string& text) {
  return text.empty() ? "NULL" : QuoteLiteral(text);
}

// The server looks at the first words of the text.
std::string WithoutComments(absl::string_view text) {
  std::string result;
  size_t end = 0;
  for (const Token& token : Scan(std::string(text))) {
    const bool apart = !result.empty() && token.begin > end;
    absl::StrAppend(&result, apart ? " " : "",
                    text.substr(token.begin, token.end - token.begin));
    end = token.end;
  }
  return result;
}

Rewrite RewriteIndex(const pg_query::IndexStmt& index, absl::string_view text) {
  return {absl::StrCat("SELECT dsql_internal.submit_index_build(",
                       QuoteLiteral(WithoutComments(text)), ", ",
                       LiteralOrNull(index.relation().schemaname()), ", ",
                       QuoteLiteral(index.relation().relname()), ", ",
                       LiteralOrNull(index.idxname()), ", ",
                       index.if_not_exists() ? "true" : "false", ") AS job_id"),
          "CREATE INDEX"};
}

// The only action that has an asynchronous form.
const pg_query::AlterTableCmd* OnlyValidation(
    const pg_query::AlterTableStmt& alter) {
  if (alter.cmds_size() != 1) return nullptr;
  const auto& command = alter.cmds(0).alter_table_cmd();
  return command.subtype() == pg_query::AT_ValidateConstraint ? &command
                                                              : nullptr;
}

// Finds what of a definition DSQL means otherwise than PostgreSQL. `begin` is
// where the splices' text begins in the text that was parsed.
class DefinitionSplicer {
 public:
  DefinitionSplicer(size_t begin, Splices* splices)
      : begin_(begin), splices_(splices) {}

  void Look(const Message& message, const Ancestors& ancestors) {
    if (const auto* column = As<pg_query::ColumnDef>(message)) {
      if (IsOfTable(ancestors)) LookAtType(column->type_name());
    } else if (const auto* domain = As<pg_query::CreateDomainStmt>(message)) {
      LookAtType(domain->type_name());
    } else if (const auto* index = As<pg_query::IndexStmt>(message)) {
      if (index->access_method() == "btree_index") DropAccessMethod();
    } else if (const auto* command = As<pg_query::AlterTableCmd>(message)) {
      if (command->subtype() == pg_query::AT_EnableTrigAll ||
          command->subtype() == pg_query::AT_DisableTrigAll)
        NameUsersTriggers();
    }
  }

 private:
  // The aliases of functions in FROM are columns of no table.
  static bool IsOfTable(const Ancestors& ancestors) {
    return !ancestors.empty() &&
           (As<pg_query::CreateStmt>(*ancestors.back()) != nullptr ||
            As<pg_query::AlterTableCmd>(*ancestors.back()) != nullptr);
  }

  // DSQL's numeric is numeric(18,6) where no precision is given.
  void LookAtType(const pg_query::TypeName& type) {
    if (type.typmods_size() > 0 || type.array_bounds_size() > 0 ||
        type.setof() || type.pct_type() ||
        LastName(type.names()) != "numeric" ||
        (type.names_size() > 1 && SchemaOf(type.names()) != "pg_catalog")) {
      return;
    }
    // The type's last token: `numeric`, `pg_catalog . numeric`, `decimal`.
    size_t end = 0;
    size_t left = 0;
    for (const Token& token : splices_->tokens()) {
      if (token.begin + begin_ < static_cast<size_t>(type.location())) continue;
      if (left == 0 && end != 0) {
        if (token.kind != pg_query::ASCII_46) break;
        left = 2;
      }
      if (left > 0) --left;
      end = token.end;
    }
    if (end != 0) splices_->Add(end, 0, "(18,6)");
  }

  void DropAccessMethod() {
    const std::vector<Token>& tokens = splices_->tokens();
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      if (tokens[i].kind == pg_query::USING) {
        splices_->Add(tokens[i].begin, tokens[i + 1].end - tokens[i].begin, "");
        return;
      }
    }
  }

  // ALL are also those of foreign keys, which only a superuser may turn off.
  // DSQL has none: its foreign keys stay on.
  void NameUsersTriggers() {
    const std::vector<Token>& tokens = splices_->tokens();
    for (size_t i = 2; i < tokens.size(); ++i) {
      if (tokens[i].kind == pg_query::ALL &&
          tokens[i - 1].kind == pg_query::TRIGGER &&
          (tokens[i - 2].kind == pg_query::ENABLE_P ||
           tokens[i - 2].kind == pg_query::DISABLE_P))
        splices_->Add(tokens[i].begin, tokens[i].end - tokens[i].begin, "USER");
    }
  }

  const size_t begin_;
  Splices* const splices_;
};

// What DSQL says of settings that PostgreSQL 15 says otherwise.
absl::optional<std::string> PretendedSetting(const std::string& name) {
  if (name == "server_version") return "16.15";
  if (name == "server_version_num") return "160015";
  return absl::nullopt;
}

// The names that DSQL's own settings have in PostgreSQL, which wants a dot.
std::string NameInPostgres(const std::string& name) {
  return absl::EqualsIgnoreCase(name, "disable_sync_create_index")
             ? "dsql.disable_sync_create_index"
             : name;
}

bool IsDsqlSetting(const std::string& name) {
  return absl::EqualsIgnoreCase(name, "disable_sync_create_index") ||
         absl::EqualsIgnoreCase(name, "dsql.enable_batched_nestloop");
}

// A custom setting that was never set is unknown to PostgreSQL.
Rewrite ShowDsqlSetting(const std::string& name) {
  return {absl::StrCat(
              "SELECT coalesce(nullif(pg_catalog.current_setting(",
              QuoteLiteral(absl::AsciiStrToLower(NameInPostgres(name))),
              ", true), ''), 'on') AS \"", absl::AsciiStrToLower(name), "\""),
          "SHOW"};
}

// With what the server's catalogs say of settings, in PostgreSQL's order.
constexpr char kShowAll[] =
    "SELECT name, pg_catalog.current_setting(name) AS setting, short_desc AS "
    "description FROM pg_catalog.pg_settings";

absl::optional<Rewrite> RewriteShow(const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  if (lower == "all") return Rewrite{kShowAll, "SHOW"};
  if (IsDsqlSetting(lower)) return ShowDsqlSetting(lower);
  const absl::optional<std::string> value = PretendedSetting(lower);
  if (!value) return absl::nullopt;
  return Rewrite{absl::StrCat("SELECT '", *value, "' AS ", lower), "SHOW"};
}

// SET and RESET of a setting of another name: that name is put in. Before SET
// stands what ALTER ROLE names.
absl::optional<Rewrite> RewriteSet(const std::string& name,
                                   absl::string_view text) {
  if (!absl::EqualsIgnoreCase(name, "disable_sync_create_index")) {
    return absl::nullopt;
  }
  bool sets = false;
  for (const Token& token : Scan(std::string(text))) {
    sets |= token.kind == pg_query::SET || token.kind == pg_query::RESET;
    const absl::string_view word =
        text.substr(token.begin, token.end - token.begin);
    if (sets &&
        (absl::EqualsIgnoreCase(word, name) ||
         absl::EqualsIgnoreCase(word, absl::StrCat("\"", name, "\"")))) {
      CopyingText result(text);
      result.Copy(0, token.begin);
      result.Add(NameInPostgres(name));
      result.Copy(token.end, text.size());
      return std::move(result).Finish();
    }
  }
  return absl::nullopt;
}

bool IsDefinition(const Node& node) {
  switch (node.node_case()) {
    case Node::kCreateStmt:
    case Node::kAlterTableStmt:
    case Node::kCreateDomainStmt:
    case Node::kCreateSchemaStmt:
    case Node::kIndexStmt:
      return true;
    default:
      return false;
  }
}

// The server knows whom CURRENT_USER and the like name.
absl::optional<Rewrite> RewriteAlterRoleSet(
    const pg_query::AlterRoleSetStmt& alter, absl::string_view text) {
  auto set = RewriteSet(alter.setstmt().name(), text);
  const auto role = alter.role().roletype();
  if (!alter.has_role() || role == pg_query::ROLESPEC_CSTRING) return set;
  const bool is_session = role == pg_query::ROLESPEC_SESSION_USER;
  return Rewrite{
      absl::StrCat("SELECT dsql_internal.alter_own_role(",
                   is_session ? "SESSION_USER" : "CURRENT_USER", ", ",
                   QuoteLiteral(set ? set->text : std::string(text)), ")"),
      "ALTER ROLE", true};
}

}  // namespace

Rewrite RewriteAwsIam(const AwsIamStatement& statement) {
  return {absl::StrCat("SELECT dsql_internal.iam_",
                       statement.is_grant ? "grant" : "revoke", "(",
                       QuoteLiteral(statement.role), ", ",
                       QuoteLiteral(statement.arn), ")"),
          statement.is_grant ? "AWS IAM GRANT" : "AWS IAM REVOKE", true};
}

Rewrite RewriteSynchronousIndex(const Node& node, absl::string_view text) {
  const pg_query::RangeVar& table = node.index_stmt().relation();
  return {absl::StrCat("SELECT dsql_internal.create_index_at_once(",
                       QuoteLiteral(std::string(text)), ", ",
                       LiteralOrNull(table.schemaname()), ", ",
                       QuoteLiteral(table.relname()), ")"),
          "CREATE INDEX", true};
}

absl::optional<Rewrite> RewriteAsync(const Node& node, absl::string_view text) {
  if (node.has_index_stmt()) return RewriteIndex(node.index_stmt(), text);
  const auto* validation = OnlyValidation(node.alter_table_stmt());
  if (validation == nullptr) return absl::nullopt;
  const auto& table = node.alter_table_stmt().relation();
  return Rewrite{
      absl::StrCat("SELECT dsql_internal.submit_validate_constraint(",
                   LiteralOrNull(table.schemaname()), ", ",
                   QuoteLiteral(table.relname()), ", ",
                   QuoteLiteral(validation->name()), ") AS job_id"),
      "ALTER TABLE"};
}

absl::optional<Rewrite> RewriteStatement(const Node& node,
                                         absl::string_view text, size_t begin,
                                         const DialectOptions& options) {
  if (node.has_variable_show_stmt()) {
    return RewriteShow(node.variable_show_stmt().name());
  }
  if (node.has_variable_set_stmt()) {
    return RewriteSet(node.variable_set_stmt().name(), text);
  }
  if (node.has_alter_role_set_stmt()) {
    return RewriteAlterRoleSet(node.alter_role_set_stmt(), text);
  }
  Splices splices(text);
  if (IsDefinition(node)) {
    DefinitionSplicer splicer(begin, &splices);
    Walk(node, [&](const Message& message, const Ancestors& ancestors) {
      splicer.Look(message, ancestors);
      return true;
    });
  }
  if (node.has_explain_stmt()) AskForJson(node.explain_stmt(), begin, &splices);
  if (options.visible_catalogs && MayNameCatalog(text))
    ReadVisibleCatalogs(node, begin, &splices);
  return std::move(splices).Finish();
}

}  // namespace dsql::sql
