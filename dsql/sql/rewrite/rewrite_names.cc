#include "dsql/sql/rewrite/rewrite_names.h"

#include <vector>

#include "absl/types/optional.h"
#include "dsql/sql/parse/parse_tree.h"

namespace dsql::sql {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Walks a parse tree, whatever its statements are.
class NameStripper {
 public:
  explicit NameStripper(const RelationNames& relations)
      : relations_(relations) {}

  void Visit(Message* message) {
    if (message->GetDescriptor() == pg_query::RangeVar::descriptor())
      Strip(static_cast<pg_query::RangeVar*>(message));
    if (message->GetDescriptor() == pg_query::ColumnRef::descriptor())
      Strip(static_cast<pg_query::ColumnRef*>(message));
    VisitFields(message);
  }

  bool changed() const { return changed_; }

 private:
  void VisitFields(Message* message) {
    const Reflection* const reflection = message->GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!field->is_repeated()) {
        Visit(reflection->MutableMessage(message, field));
        continue;
      }
      const int size = reflection->FieldSize(*message, field);
      for (int i = 0; i < size; ++i)
        Visit(reflection->MutableRepeatedMessage(message, field, i));
    }
  }

  bool Names(const std::string& schema, const std::string& name) const {
    return relations_.count({schema, name}) != 0;
  }

  void Strip(pg_query::RangeVar* relation) {
    if (!Names(relation->schemaname(), relation->relname())) return;
    relation->clear_catalogname();
    relation->clear_schemaname();
    changed_ = true;
  }

  // schema.table.column and schema.table.*
  void Strip(pg_query::ColumnRef* column) {
    auto* const fields = column->mutable_fields();
    if (fields->size() < 3 || !fields->Get(0).has_string() ||
        !fields->Get(1).has_string() ||
        !Names(fields->Get(0).string().sval(), fields->Get(1).string().sval()))
      return;
    fields->DeleteSubrange(0, 1);
    changed_ = true;
  }

  const RelationNames& relations_;
  bool changed_ = false;
};

}  // namespace

std::string WithoutSchemas(absl::string_view text,
                           const RelationNames& relations) {
  absl::optional<pg_query::ParseResult> tree = ParseTree(text);
  if (!tree.has_value()) return std::string(text);
  NameStripper stripper(relations);
  stripper.Visit(&*tree);
  if (!stripper.changed()) return std::string(text);
  return Deparse(*tree).value_or(std::string(text));
}

}  // namespace dsql::sql
