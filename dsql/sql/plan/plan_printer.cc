// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/plan/plan_printer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace dsql::sql {
namespace {

namespace json = ::boost::json;

absl::string_view View(json::string_view text) {
  return {text.data(), text.size()};
}

std::string Indent(int depth) { return std::string(2 * depth, ' '); }

std::string Quoted(absl::string_view text) {
  return json::serialize(json::string_view(text.data(), text.size()));
}

// Costs have two decimals, times three.
std::string Number(absl::string_view label, const json::value& value) {
  if (value.is_double()) {
    return absl::StrFormat("%.*f", absl::StrContains(label, "Time") ? 3 : 2,
                           value.get_double());
  }
  return json::serialize(value);
}

// What JSON and YAML write in one line.
std::string Scalar(absl::string_view label, const json::value& value) {
  return value.is_string() ? Quoted(View(value.get_string()))
                           : Number(label, value);
}

bool IsGroup(const json::value& value) {
  return value.is_object() || value.is_array();
}

// Whether `array` is a list of plain values, which is written as one property.
bool IsList(const json::array& array) {
  return !array.empty() && !IsGroup(array.front());
}

std::string InBrackets(absl::string_view label, const json::array& array) {
  std::string result = "[";
  for (const json::value& item : array)
    absl::StrAppend(&result, result.size() > 1 ? ", " : "",
                    Scalar(label, item));
  return result + "]";
}

class JsonPrinter {
 public:
  std::string Print(const json::array& statements) {
    AddArray("", statements, 0);
    return std::move(out_);
  }

 private:
  void Add(absl::string_view label, const json::value& value, int depth) {
    if (value.is_object()) {
      AddObject(value.get_object(), depth);
    } else if (!value.is_array()) {
      absl::StrAppend(&out_, Scalar(label, value));
    } else if (IsList(value.get_array())) {
      absl::StrAppend(&out_, InBrackets(label, value.get_array()));
    } else {
      AddArray(label, value.get_array(), depth);
    }
  }

  void AddObject(const json::object& object, int depth) {
    absl::StrAppend(&out_, "{");
    bool first = true;
    for (const auto& entry : object) {
      absl::StrAppend(&out_, first ? "\n" : ",\n", Indent(depth + 1),
                      Quoted(View(entry.key())), ": ");
      Add(View(entry.key()), entry.value(), depth + 1);
      first = false;
    }
    absl::StrAppend(&out_, "\n", Indent(depth), "}");
  }

  void AddArray(absl::string_view label, const json::array& array, int depth) {
    absl::StrAppend(&out_, "[");
    bool first = true;
    for (const json::value& item : array) {
      absl::StrAppend(&out_, first ? "\n" : ",\n", Indent(depth + 1));
      if (item.is_array()) {
        absl::StrAppend(&out_, InBrackets(label, item.get_array()));
      } else {
        Add(label, item, depth + 1);
      }
      first = false;
    }
    absl::StrAppend(&out_, "\n", Indent(depth), "]");
  }

  std::string out_;
};

class YamlPrinter {
 public:
  std::string Print(const json::array& statements) {
    AddItems("", statements, 0);
    return out_.empty() ? out_ : out_.substr(1);
  }

 private:
  // Entries of an object; the first one stands where the cursor is.
  void AddObject(const json::object& object, int depth) {
    bool first = true;
    for (const auto& entry : object) {
      if (!first) absl::StrAppend(&out_, "\n", Indent(depth));
      first = false;
      const absl::string_view label = View(entry.key());
      absl::StrAppend(&out_, label, ": ");
      if (entry.value().is_object()) {
        absl::StrAppend(&out_, "\n", Indent(depth + 1));
        AddObject(entry.value().get_object(), depth + 1);
      } else if (entry.value().is_array()) {
        AddItems(label, entry.value().get_array(), depth + 1);
      } else {
        absl::StrAppend(&out_, Scalar(label, entry.value()));
      }
    }
  }

  void AddItems(absl::string_view label, const json::array& array, int depth) {
    for (const json::value& item : array) {
      absl::StrAppend(&out_, "\n", Indent(depth), "- ");
      if (item.is_object()) {
        AddObject(item.get_object(), depth + 1);
      } else if (item.is_array()) {
        absl::StrAppend(&out_, InBrackets(label, item.get_array()));
      } else {
        absl::StrAppend(&out_, Scalar(label, item));
      }
    }
  }

  std::string out_;
};

class XmlPrinter {
 public:
  std::string Print(const json::array& statements) {
    out_ = "<explain xmlns=\"http://www.postgresql.org/2009/explain\">";
    for (const json::value& statement : statements) Add("Query", statement, 1);
    return out_ + "\n</explain>";
  }

 private:
  // A name with what no tag may have replaced.
  static std::string Tag(absl::string_view label) {
    std::string tag(label);
    for (char& c : tag)
      if (!absl::ascii_isalnum(c) && c != '-' && c != '_' && c != '.') c = '-';
    return tag;
  }

  static std::string Escaped(absl::string_view text) {
    return absl::StrReplaceAll(
        text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\r", "&#x0d;"}});
  }

  void Add(absl::string_view label, const json::value& value, int depth) {
    absl::StrAppend(&out_, "\n", Indent(depth), "<", Tag(label), ">");
    if (value.is_object()) {
      for (const auto& entry : value.get_object())
        Add(View(entry.key()), entry.value(), depth + 1);
    } else if (value.is_array()) {
      for (const json::value& item : value.get_array())
        Add(ItemOf(label, item), item, depth + 1);
    } else {
      absl::StrAppend(&out_, value.is_string()
                                 ? Escaped(View(value.get_string()))
                                 : Number(label, value));
    }
    if (IsGroup(value)) absl::StrAppend(&out_, "\n", Indent(depth));
    absl::StrAppend(&out_, "</", Tag(label), ">");
  }

  // "Plan" of "Plans", "Item" of a list.
  static absl::string_view ItemOf(absl::string_view label,
                                  const json::value& item) {
    return IsGroup(item) && absl::EndsWith(label, "s")
               ? label.substr(0, label.size() - 1)
               : "Item";
  }

  std::string out_;
};

}  // namespace

std::string PrintPlan(Explain::Format format, const json::array& statements) {
  switch (format) {
    case Explain::kYaml:
      return YamlPrinter().Print(statements);
    case Explain::kXml:
      return XmlPrinter().Print(statements);
    default:
      return JsonPrinter().Print(statements);
  }
}

}  // namespace dsql::sql
