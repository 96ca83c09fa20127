// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/plan_json.h"

#include <initializer_list>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "dsql/sql/plan/dpu_estimate.h"
#include "dsql/sql/plan/plan_printer.h"
#include "dsql/sql/plan/storage_scan.h"

namespace dsql::sql {
namespace {

namespace json = ::boost::json;

std::string Text(const json::object& node, absl::string_view key) {
  const json::value* const value =
      node.if_contains(json::string_view(key.data(), key.size()));
  if (value == nullptr || !value->is_string()) return "";
  return std::string(value->get_string().data(), value->get_string().size());
}

double Number(const json::object& node, const char* key) {
  const json::value* const value = node.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>()
                                                : 0;
}

json::array* Array(json::object* node, const char* key) {
  json::value* const value = node->if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

double BytesOf(const json::object& node) {
  return Number(node, "Actual Rows") * Number(node, "Actual Loops") *
         Number(node, "Plan Width");
}

class JsonTranslator {
 public:
  void Translate(json::object* statement, bool estimates_dpus) {
    json::value* const plan = statement->if_contains("Plan");
    if (plan == nullptr || !plan->is_object()) return;
    TranslateNode(&plan->get_object());
    if (!estimates_dpus) return;
    dpus_.AddMilliseconds(Number(*statement, "Planning Time") +
                          Number(*statement, "Execution Time"));
    json::object estimate;
    for (const auto& [label, value] : dpus_.Lines()) estimate[label] = value;
    (*statement)["Statement DPU Estimate"] = std::move(estimate);
  }

 private:
  void TranslateNode(json::object* node) {
    NoteBytes(*node);
    TranslateScan(node);
    json::array* const children = Array(node, "Plans");
    if (children == nullptr) return;
    for (json::value& child : *children)
      if (child.is_object()) TranslateNode(&child.get_object());
  }

  void TranslateScan(json::object* node) {
    const std::string type = Text(*node, "Node Type");
    PostgresScan scan;
    scan.relation = Text(*node, "Relation Name");
    if (type == "Seq Scan") {
      scan.kind = PostgresScan::kTable;
    } else if (type == "Index Scan" || type == "Bitmap Heap Scan") {
      scan.kind = PostgresScan::kIndex;
    } else if (type == "Index Only Scan") {
      scan.kind = PostgresScan::kIndexOnly;
    } else {
      return;
    }
    if (type == "Bitmap Heap Scan" && !TakeBitmap(node)) return;
    scan.index = Text(*node, "Index Name");
    scan.index_condition = Text(*node, "Index Cond");
    scan.filter = Text(*node, "Filter");
    SetScan(ScanInDsql(scan), node);
  }

  // The bitmap of one index is a scan of that index; false for others.
  static bool TakeBitmap(json::object* node) {
    json::array* const children = Array(node, "Plans");
    if (children == nullptr || children->size() != 1 ||
        !children->front().is_object())
      return false;
    const json::object child = children->front().get_object();
    if (Text(child, "Node Type") != "Bitmap Index Scan") return false;
    for (const char* key : {"Index Name", "Index Cond"})
      if (child.contains(key)) (*node)[key] = child.at(key);
    for (const char* key :
         {"Recheck Cond", "Rows Removed by Index Recheck", "Plans"})
      Erase(node, key);
    return true;
  }

  static void SetScan(const DsqlScan& dsql, json::object* node) {
    // Of tables that are heaps.
    for (const char* key :
         {"Heap Fetches", "Exact Heap Blocks", "Lossy Heap Blocks"})
      Erase(node, key);
    (*node)["Node Type"] = dsql.name;
    const json::object whole = *node;
    if (!dsql.filters) {
      Erase(node, "Filter");
      Erase(node, "Rows Removed by Filter");
    }
    json::array plans;
    for (const StorageRead& read : dsql.reads)
      plans.push_back(ReadOf(read, whole));
    if (json::array* const others = Array(node, "Plans"))
      for (json::value& other : *others) plans.push_back(std::move(other));
    Erase(node, "Plans");
    (*node)["Plans"] = std::move(plans);
  }

  static json::object ReadOf(const StorageRead& read,
                             const json::object& whole) {
    json::object tree = Node(read.tree_name, read, whole);
    if (!read.index_condition.empty())
      tree["Index Cond"] = read.index_condition;
    json::object result = Node(read.name, read, whole);
    if (read.projects && whole.contains("Output"))
      result["Projections"] = whole.at("Output");
    if (!read.filter.empty()) {
      result["Filters"] = read.filter;
      if (whole.contains("Rows Removed by Filter"))
        result["Rows Removed by Filter"] = whole.at("Rows Removed by Filter");
    }
    result["Plans"] = json::array{std::move(tree)};
    return result;
  }

  // A node of storage, without what it does. Time is only measured for what
  // PostgreSQL has.
  static json::object Node(const char* type, const StorageRead& read,
                           const json::object& whole) {
    json::object node;
    node["Node Type"] = type;
    node["Parent Relationship"] = "Outer";
    node[read.is_index ? "Index Name" : "Relation Name"] = read.target;
    for (const char* key : {"Startup Cost", "Total Cost", "Plan Rows",
                            "Plan Width", "Actual Rows", "Actual Loops"})
      if (whole.contains(key)) node[key] = whole.at(key);
    return node;
  }

  // Keeps the order of the others, as object::erase() does not.
  static void Erase(json::object* node, const char* erased) {
    json::object rest;
    for (const auto& entry : *node)
      if (entry.key() != erased) rest[entry.key()] = entry.value();
    *node = std::move(rest);
  }

  // What a scan returned was read; what is below a node that writes is written.
  void NoteBytes(const json::object& node) {
    const std::string type = Text(node, "Node Type");
    if (writes_) dpus_.AddWrite(BytesOf(node));
    writes_ = type == "ModifyTable";
    if (node.contains("Relation Name") && absl::StrContains(type, " Scan"))
      dpus_.AddRead(BytesOf(node));
  }

  DpuEstimate dpus_;
  // The node before writes.
  bool writes_ = false;
};

}  // namespace

absl::optional<std::string> TranslatePlanJson(const Explain& explain,
                                              absl::string_view plan) {
  json::error_code error;
  json::value document =
      json::parse(json::string_view(plan.data(), plan.size()), error);
  if (error || !document.is_array()) return absl::nullopt;
  for (json::value& statement : document.get_array())
    if (statement.is_object())
      JsonTranslator().Translate(&statement.get_object(),
                                 explain.estimates_dpus);
  return PrintPlan(explain.format, document.get_array());
}

}  // namespace dsql::sql
