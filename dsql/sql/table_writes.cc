#include "dsql/sql/table_writes.h"

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "dsql/sql/parse/parse_tree.h"

namespace dsql::sql {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using pg_query::Node;
using pg_query::RangeVar;

class Finder {
 public:
  void Visit(const Message& message) {
    const auto* const type = message.GetDescriptor();
    if (type == pg_query::InsertStmt::descriptor())
      Take(static_cast<const pg_query::InsertStmt&>(message));
    if (type == pg_query::UpdateStmt::descriptor())
      Take(static_cast<const pg_query::UpdateStmt&>(message));
    if (type == pg_query::DeleteStmt::descriptor())
      Add(TableWrite::kDelete,
          static_cast<const pg_query::DeleteStmt&>(message).relation());
    if (type == pg_query::CopyStmt::descriptor())
      Take(static_cast<const pg_query::CopyStmt&>(message));
    if (type == pg_query::SelectStmt::descriptor())
      Take(static_cast<const pg_query::SelectStmt&>(message));
    VisitFields(message);
  }

  std::vector<TableWrite> Release() { return std::move(writes_); }

 private:
  void VisitFields(const Message& message) {
    const Reflection* const reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) {
        Visit(reflection->GetMessage(message, field));
        continue;
      }
      const int size = reflection->FieldSize(message, field);
      for (int i = 0; i < size; ++i)
        Visit(reflection->GetRepeatedMessage(message, field, i));
    }
  }

  TableWrite* Add(TableWrite::Kind kind, const RangeVar& relation) {
    writes_.push_back({kind, {relation.schemaname(), relation.relname()}, {}});
    return &writes_.back();
  }

  template <typename Targets>
  void AddUpdate(const RangeVar& relation, const Targets& targets) {
    TableWrite* const write = Add(TableWrite::kUpdate, relation);
    for (const Node& target : targets)
      write->columns.push_back(target.res_target().name());
  }

  void Take(const pg_query::InsertStmt& insert) {
    Add(TableWrite::kInsert, insert.relation());
    if (insert.on_conflict_clause().action() == pg_query::ONCONFLICT_UPDATE)
      AddUpdate(insert.relation(), insert.on_conflict_clause().target_list());
  }

  void Take(const pg_query::UpdateStmt& update) {
    AddUpdate(update.relation(), update.target_list());
  }

  void Take(const pg_query::CopyStmt& copy) {
    if (copy.is_from()) Add(TableWrite::kInsert, copy.relation());
  }

  void Take(const pg_query::SelectStmt& select) {
    for (const Node& clause : select.locking_clause()) {
      const bool share =
          clause.locking_clause().strength() == pg_query::LCS_FORKEYSHARE;
      for (const Node& item : select.from_clause())
        AddLocked(share ? TableWrite::kKeyShare : TableWrite::kLock, item);
    }
  }

  void AddLocked(TableWrite::Kind kind, const Node& item) {
    if (item.has_range_var()) Add(kind, item.range_var());
    if (!item.has_join_expr()) return;
    AddLocked(kind, item.join_expr().larg());
    AddLocked(kind, item.join_expr().rarg());
  }

  std::vector<TableWrite> writes_;
};

}  // namespace

std::vector<TableWrite> FindTableWrites(absl::string_view text) {
  const absl::optional<pg_query::ParseResult> tree = ParseTree(text);
  if (!tree.has_value()) return {};
  Finder finder;
  finder.Visit(*tree);
  return finder.Release();
}

}  // namespace dsql::sql
