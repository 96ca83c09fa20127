// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/row_lock_trace.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "dsql/sql/parse/tree_names.h"
#include "dsql/sql/parse/tree_walk.h"
#include "dsql/sql/rewrite/copying_text.h"
#include "dsql/sql/rewrite/select_parts.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::Message;
using pg_query::Node;
using pg_query::SelectStmt;
using Names = std::vector<std::string>;

// Adds the relations in an item of FROM. False where there is anything else
// that rows could be locked in, or they cannot be named.
bool AddRelations(const Node& item,
                  std::vector<const pg_query::RangeVar*>* relations) {
  if (item.has_range_var()) {
    relations->push_back(&item.range_var());
    return true;
  }
  if (item.has_join_expr()) {
    return !item.join_expr().has_alias() &&
           AddRelations(item.join_expr().larg(), relations) &&
           AddRelations(item.join_expr().rarg(), relations);
  }
  return item.has_range_function();
}

// The names after OF; empty: all relations are locked.
std::set<std::string> NamesAfterOf(const SelectStmt& select) {
  std::set<std::string> names;
  for (const Node& clause : select.locking_clause()) {
    for (const Node& relation : clause.locking_clause().locked_rels()) {
      names.insert(relation.range_var().relname());
    }
  }
  return names;
}

// Whether its locking clauses, one at least, are all of this strength.
bool LocksOnly(const SelectStmt& select,
               pg_query::LockClauseStrength strength) {
  for (const Node& clause : select.locking_clause()) {
    if (clause.locking_clause().strength() != strength) return false;
  }
  return select.locking_clause_size() > 0;
}

// What becomes of the rows, and how they are locked meanwhile.
struct Trace {
  const char* function;
  const char* lock;
};
constexpr Trace kTouch = {"touch_rows", " FOR NO KEY UPDATE OF "};
constexpr Trace kNote = {"note_shared_rows", " FOR KEY SHARE OF "};

// What PostgreSQL refuses to lock the rows of.
bool HasRowsOfItsOwn(const SelectStmt& select) {
  return select.op() != pg_query::SETOP_NONE ||
         select.distinct_clause_size() > 0 || select.group_clause_size() > 0 ||
         select.has_having_clause() || select.window_clause_size() > 0;
}

// What the relations whose rows `select` locks are called in it; empty where
// that cannot be told.
Names LockedNames(const SelectStmt& select) {
  std::vector<const pg_query::RangeVar*> relations;
  for (const Node& item : select.from_clause()) {
    if (!AddRelations(item, &relations)) return {};
  }
  std::set<std::string> queries;
  for (const Node& query : select.with_clause().ctes()) {
    queries.insert(query.common_table_expr().ctename());
  }
  const std::set<std::string> chosen = NamesAfterOf(select);
  Names names;
  for (const pg_query::RangeVar* relation : relations) {
    const std::string& name = NameInQuery(*relation);
    const bool is_query = relation->schemaname().empty() &&
                          queries.count(relation->relname()) != 0;
    if (!is_query && (chosen.empty() || chosen.count(name) != 0)) {
      names.push_back(name);
    }
  }
  return names;
}

// Of PostgreSQL's functions, those that are called most where rows are locked
// and always say the same.
constexpr absl::string_view kSame =
    "abs age array_length array_position btrim cardinality ceil ceiling "
    "char_length concat concat_ws current_setting date_part date_trunc "
    "floor format generate_series initcap json_array_elements "
    "json_build_object jsonb_array_elements jsonb_array_elements_text "
    "jsonb_array_length jsonb_build_object jsonb_extract_path_text "
    "jsonb_path_exists left length lower lpad ltrim make_date make_interval "
    "md5 mod now octet_length power regexp_match regexp_replace replace "
    "right round row_to_json rpad rtrim sign split_part sqrt starts_with "
    "string_to_array strpos substr substring to_char to_date to_json "
    "to_jsonb to_number to_timestamp translate trunc unnest upper";

// Of those that the grammar itself calls, or that are called with their schema,
// the others.
constexpr absl::string_view kOther =
    "nextval setval set_config setseed random gen_random_uuid clock_timestamp "
    "timeofday pg_sleep";

// Whether calling it twice may have other effects, or another result. So may
// what users define, and no name without a schema says whose it is.
bool MattersHowOften(const pg_query::FuncCall& call) {
  using Set = absl::flat_hash_set<std::string>;
  static const auto* const same = new Set(absl::StrSplit(kSame, ' '));
  static const auto* const other = new Set(absl::StrSplit(kOther, ' '));
  const std::string schema = SchemaOf(call.funcname());
  const std::string name = LastName(call.funcname());
  return schema == "pg_catalog" ? other->contains(name)
                                : !schema.empty() || !same->contains(name);
}

bool Locks(const Message& message) {
  const auto* query = As<SelectStmt>(message);
  return query != nullptr && query->locking_clause_size() > 0;
}

// Whether calling it twice matters, or a row that this statement has touched
// already is not found by a second look.
bool MattersHowOften(const Message& message) {
  const auto* call = As<pg_query::FuncCall>(message);
  return (call != nullptr && MattersHowOften(*call)) || Locks(message);
}

using Is = bool (*)(const Message& message);

bool Contains(const Message& part, Is is) {
  bool found = false;
  Walk(part, [&](const Message& message, const Ancestors&) {
    found = found || is(message);
    return !found;
  });
  return found;
}

bool AnyContains(const NodeList& parts, Is is) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const Node& part) { return Contains(part, is); });
}

// ORDER BY 2, ORDER BY name: both may mean a column of the result.
bool SortsByResult(const SelectStmt& select) {
  for (const Node& node : select.sort_clause()) {
    const Node& key = node.sort_by().node();
    if (key.has_a_const()) return true;
    if (key.has_column_ref() && key.column_ref().fields_size() == 1) {
      return true;
    }
  }
  return false;
}

// What all in an item of FROM is called. False where something has no name.
bool AddItemNames(const Node& item, Names* names) {
  if (item.has_join_expr()) {
    return AddItemNames(item.join_expr().larg(), names) &&
           AddItemNames(item.join_expr().rarg(), names);
  }
  std::string name;
  if (item.has_range_var()) name = NameInQuery(item.range_var());
  if (item.has_range_function())
    name = item.range_function().alias().aliasname();
  if (!name.empty()) names->push_back(name);
  return !name.empty();
}

// The same of all in FROM; empty where something has no name.
Names ItemNames(const SelectStmt& select) {
  Names names;
  for (const Node& item : select.from_clause()) {
    if (!AddItemNames(item, &names)) return {};
  }
  return names;
}

// Whether the rows can be found by a second evaluation.
bool MayRunTwice(const SelectStmt& select) {
  const Is matters = MattersHowOften;
  return !AnyContains(select.from_clause(), matters) &&
         !Contains(select.where_clause(), matters) &&
         !AnyContains(select.sort_clause(), matters) &&
         !Contains(select.limit_count(), matters) &&
         !Contains(select.limit_offset(), matters) &&
         !(SortsByResult(select) && AnyContains(select.target_list(), matters));
}

// Writes the statement in the place of another.
class Tracer {
 public:
  Tracer(const SelectStmt& select, absl::string_view text,
         const SelectParts& parts, const Names& names, const Names& items,
         const Trace& trace)
      : select_(select),
        parts_(parts),
        names_(names),
        items_(items),
        trace_(trace),
        result_(text) {}

  Rewrite Write() && {
    result_.Copy(0, parts_.from.end);
    result_.Add(" WHERE ");
    if (!parts_.where.empty()) {
      result_.Add("(");
      Copy(parts_.where);
      result_.Add(") AND ");
    }
    AddCondition();
    AddTail();
    return std::move(result_).Finish();
  }

 private:
  // In `CASE` the first condition is never true, so that what follows is there
  // only to be checked; but for PostgreSQL's planner it is no constant.
  void AddCondition() {
    result_.Add("CASE WHEN pg_catalog.now() IS NULL THEN EXISTS (");
    result_.Copy(parts_.select, parts_.end);
    result_.Add(") ELSE ");
    if (select_.has_limit_count()) {
      AddWhetherLocked();
    } else {
      result_.Add("(SELECT ");
      AddCalls();
      AddFromLockedRows();
      result_.Add(" OPERATOR(pg_catalog.>=) 0");
    }
    result_.Add(" END");
  }

  // Of rows that sort alike LIMIT takes any, and not the same ones where they
  // are locked as where they are not, so those that were locked are named.
  void AddWhetherLocked() {
    AddPlace();
    result_.Add(
        " OPERATOR(pg_catalog.=) ANY (SELECT pg_catalog.unnest((SELECT CASE "
        "WHEN ");
    AddCalls();
    result_.Add(
        " OPERATOR(pg_catalog.>=) 0 THEN pg_catalog.array_agg(dsql_place) END");
    AddFromLockedRows();
    result_.Add("))");
  }

  // Where the row is: in all that it is made of.
  void AddPlace() {
    result_.Add("ROW(");
    for (size_t i = 0; i < items_.size(); ++i)
      result_.Add(
          absl::StrCat(i == 0 ? "" : ", ", QuoteName(items_[i]), ".ctid"));
    result_.Add(")::pg_catalog.text");
  }

  void AddFromLockedRows() {
    result_.Add(" FROM (");
    AddLockedRows();
    result_.Add(") dsql_locked)");
  }

  void Copy(const TextRange& range) { result_.Copy(range.begin, range.end); }

  void AddCalls() {
    for (size_t i = 0; i < names_.size(); ++i) {
      result_.Add(absl::StrCat(i == 0 ? "" : " OPERATOR(pg_catalog.+) ",
                               "dsql_internal.", trace_.function,
                               "(pg_catalog.min(dsql_o", i,
                               "), pg_catalog.array_agg(dsql_c", i, "))"));
    }
  }

  // Where the rows are: their relations and places.
  void AddLockedRows() {
    result_.Add("SELECT ");
    if (SortsByResult(select_) && !parts_.targets.empty()) {
      Copy(parts_.targets);
      result_.Add(", ");
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string name = QuoteName(names_[i]);
      result_.Add(absl::StrCat(i == 0 ? "" : ", ", name, ".tableoid AS dsql_o",
                               i, ", ", name, ".ctid AS dsql_c", i));
    }
    if (select_.has_limit_count()) {
      result_.Add(", ");
      AddPlace();
      result_.Add(" AS dsql_place");
    }
    result_.Add(" FROM ");
    Copy(parts_.from);
    if (!parts_.where.empty()) {
      result_.Add(" WHERE ");
      Copy(parts_.where);
    }
    AddTail();
    result_.Add(trace_.lock);
    for (size_t i = 0; i < names_.size(); ++i) {
      result_.Add(absl::StrCat(i == 0 ? "" : ", ", QuoteName(names_[i])));
    }
  }

  void AddTail() {
    for (const TextRange& tail : {parts_.tail, parts_.tail_behind_locks}) {
      if (tail.empty()) continue;
      result_.Add(" ");
      Copy(tail);
    }
  }

  const SelectStmt& select_;
  const SelectParts& parts_;
  const Names& names_;
  const Names& items_;
  const Trace& trace_;
  CopyingText result_;
};

}  // namespace

absl::optional<Rewrite> TraceRowLocks(const Node& node,
                                      absl::string_view text) {
  const SelectStmt& select = node.select_stmt();
  const bool shares = LocksOnly(select, pg_query::LCS_FORKEYSHARE);
  if ((!shares && !LocksOnly(select, pg_query::LCS_FORUPDATE)) ||
      HasRowsOfItsOwn(select) || !MayRunTwice(select)) {
    return absl::nullopt;
  }
  if (AnyContains(select.target_list(), Locks) ||
      AnyContains(select.with_clause().ctes(), Locks) ||
      (shares && AnyContains(select.target_list(), MattersHowOften)))
    return absl::nullopt;
  const Names names = LockedNames(select);
  if (names.empty()) return absl::nullopt;
  // Which rows LIMIT takes must be known, and OFFSET be counted once.
  const Names items = ItemNames(select);
  if (select.has_limit_offset() || (select.has_limit_count() && items.empty()))
    return absl::nullopt;
  const absl::optional<SelectParts> parts = FindSelectParts(text);
  if (!parts.has_value() || parts->from.empty() ||
      parts->where.empty() == select.has_where_clause()) {
    return absl::nullopt;
  }
  return Tracer(select, text, *parts, names, items, shares ? kNote : kTouch)
      .Write();
}

}  // namespace dsql::sql
