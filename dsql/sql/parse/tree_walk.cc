// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/parse/tree_walk.h"

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "pg_query.pb.h"

namespace dsql::sql {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Visit = absl::FunctionRef<bool(const Message&, const Ancestors&)>;

class Walker {
 public:
  explicit Walker(Visit visit) : visit_(visit) {}

  void Go(const Message& message) {
    if (message.GetDescriptor() == pg_query::Node::descriptor()) {
      GoIntoNode(message);
    } else if (visit_(message, ancestors_)) {
      ancestors_.push_back(&message);
      GoIntoFields(message);
      ancestors_.pop_back();
    }
  }

 private:
  // A Node has hundreds of fields, of which one is set.
  void GoIntoNode(const Message& node) {
    const Reflection& reflection = *node.GetReflection();
    const FieldDescriptor* field = reflection.GetOneofFieldDescriptor(
        node, pg_query::Node::descriptor()->oneof_decl(0));
    if (field != nullptr) Go(reflection.GetMessage(node, field));
  }

  void GoIntoFields(const Message& message) {
    const auto& descriptor = *message.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        GoIntoField(message, field);
      }
    }
  }

  void GoIntoField(const Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    if (!field.is_repeated()) {
      if (reflection.HasField(message, &field)) {
        Go(reflection.GetMessage(message, &field));
      }
      return;
    }
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
      Go(reflection.GetRepeatedMessage(message, &field, i));
    }
  }

  Visit visit_;
  Ancestors ancestors_;
};

}  // namespace

void Walk(const Message& root, Visit visit) { Walker(visit).Go(root); }

}  // namespace dsql::sql
