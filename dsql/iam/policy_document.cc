// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/policy_document.h"

#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "boost/json.hpp"
#include "dsql/aws/arn.h"
#include "dsql/iam/condition_operator.h"
#include "dsql/iam/duplicate_members.h"

namespace dsql {
namespace {

namespace json = ::boost::json;

constexpr char kVersion[] = "2012-10-17";
constexpr char kOldVersion[] = "2008-10-17";

// Deeper documents than IAM's own grammar can reach are refused.
constexpr size_t kMaxDepth = 16;

using Faults = std::vector<std::string>;

absl::string_view ToView(json::string_view text) {
  return absl::string_view(text.data(), text.size());
}

std::string ToString(const json::string& text) {
  return std::string(text.data(), text.size());
}

std::string IsEmpty(absl::string_view path) {
  return absl::StrCat(path, " must not be empty");
}

// Reads a text or a list of texts, as IAM allows nearly everywhere.
std::vector<std::string> ReadTexts(const json::value& value,
                                   const std::string& path, Faults* faults) {
  std::vector<std::string> texts;
  if (value.is_string()) {
    texts.push_back(ToString(value.get_string()));
  } else if (value.is_array()) {
    if (value.get_array().empty()) faults->push_back(IsEmpty(path));
    for (const json::value& element : value.get_array()) {
      if (!element.is_string()) {
        faults->push_back(absl::StrCat(path, " must hold only strings"));
        break;
      }
      texts.push_back(ToString(element.get_string()));
    }
  } else {
    faults->push_back(
        absl::StrCat(path, " must be a string or a list of strings"));
  }
  return texts;
}

// A condition's values may also be numbers and booleans.
std::vector<std::string> ReadScalars(const json::value& value,
                                     const std::string& path, Faults* faults) {
  std::vector<std::string> texts;
  const json::array one = {value};
  if (value.is_array() && value.get_array().empty()) {
    faults->push_back(IsEmpty(path));
  }
  for (const json::value& element :
       value.is_array() ? value.get_array() : one) {
    if (element.is_string()) {
      texts.push_back(ToString(element.get_string()));
    } else if (element.is_bool() || element.is_number()) {
      texts.push_back(json::serialize(element));
    } else {
      faults->push_back(absl::StrCat(
          path, " must be a string, number or boolean, or a list of them"));
    }
  }
  return texts;
}

void CheckMembers(const json::object& object, const std::string& path,
                  const std::set<absl::string_view>& known, Faults* faults) {
  for (const json::key_value_pair& member : object) {
    if (known.count(ToView(member.key())) == 0) {
      faults->push_back(absl::StrCat(path, ToView(member.key()),
                                     " is not an element of IAM policies"));
    }
  }
}

// A member that has a plain and a Not form, and where it was found.
struct Either {
  // Null where neither is there.
  const json::value* value;
  bool negated;
  std::string path;
};

Either FindEither(const json::object& statement, const std::string& path,
                  const std::string& name, Faults* faults) {
  const json::value* plain = statement.if_contains(name);
  const json::value* not_value = statement.if_contains("Not" + name);
  if (plain != nullptr && not_value != nullptr) {
    faults->push_back(
        absl::StrCat(path, " must not have both ", name, " and Not", name));
  }
  if (plain == nullptr && not_value == nullptr) {
    faults->push_back(absl::StrCat(path, " must have ", name, " or Not", name));
  }
  if (plain != nullptr) return {plain, false, absl::StrCat(path, ".", name)};
  return {not_value, not_value != nullptr, absl::StrCat(path, ".Not", name)};
}

// arn:aws:iam::<account>:root, user/..., role/...; arn:aws:sts::<account>:
// assumed-role/..., federated-user/... Wildcards are not allowed in a
// principal.
bool IsPrincipalArn(absl::string_view value) {
  static constexpr absl::string_view kIamKinds[] = {"user", "role"};
  static constexpr absl::string_view kStsKinds[] = {"assumed-role",
                                                    "federated-user"};
  const absl::optional<ArnParts> arn = ArnParts::Parse(value);
  if (!arn.has_value() || !absl::StartsWith(arn->partition, "aws") ||
      !arn->region.empty() || !IsAccountId(arn->account_id) ||
      value.find_first_of("*?") != value.npos) {
    return false;
  }
  if (arn->service == "iam" && arn->resource == "root") return true;
  const std::pair<absl::string_view, absl::string_view> resource =
      absl::StrSplit(arn->resource, absl::MaxSplits('/', 1));
  return !resource.second.empty() &&
         ((arn->service == "iam" &&
           absl::c_linear_search(kIamKinds, resource.first)) ||
          (arn->service == "sts" &&
           absl::c_linear_search(kStsKinds, resource.first)));
}

bool IsAwsPrincipal(absl::string_view value) {
  return value == "*" || IsAccountId(value) || IsPrincipalArn(value);
}

void ReadPrincipals(const json::value& value, const std::string& path,
                    PolicyStatement* statement, Faults* faults) {
  static constexpr absl::string_view kTypes[] = {"AWS", "Service", "Federated",
                                                 "CanonicalUser"};
  if (value.is_string()) {
    if (value.get_string() != "*") {
      faults->push_back(absl::StrCat(
          path, " must be \"*\" or an object such as {\"AWS\": \"<ARN>\"}"));
    }
    statement->principals.push_back({"*", "*"});
    return;
  }
  if (!value.is_object() || value.get_object().empty()) {
    faults->push_back(absl::StrCat(
        path, " must be \"*\" or an object such as {\"AWS\": \"<ARN>\"}"));
    return;
  }
  for (const json::key_value_pair& member : value.get_object()) {
    const std::string type(ToView(member.key()));
    const std::string member_path = absl::StrCat(path, ".", type);
    if (!absl::c_linear_search(kTypes, type)) {
      faults->push_back(absl::StrCat(member_path, " must be one of ",
                                     absl::StrJoin(kTypes, ", ")));
      continue;
    }
    for (std::string& text : ReadTexts(member.value(), member_path, faults)) {
      if (type == "AWS" && !IsAwsPrincipal(text)) {
        faults->push_back(absl::StrCat(
            member_path,
            " must be *, an account id or the ARN of a root, user, role or "
            "session, it is ",
            text));
      }
      statement->principals.push_back({type, std::move(text)});
    }
  }
}

// "<service>:<action>"; the action may have wildcards.
bool IsAction(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  return !parts.first.empty() && !parts.second.empty() &&
         absl::c_all_of(
             parts.first,
             [](char c) { return absl::ascii_isalnum(c) || c == '-'; }) &&
         absl::c_all_of(parts.second, [](char c) {
           return absl::ascii_isalnum(c) || c == '*' || c == '?';
         });
}

void CheckActions(const PolicyStatement& statement, PolicyKind kind,
                  const std::string& path, Faults* faults) {
  for (const std::string& action : statement.actions) {
    if (action == "*") continue;
    if (kind != PolicyKind::kCluster) {
      if (IsAction(action)) continue;
      faults->push_back(absl::StrCat(
          path, " must be * or of the form <service>:<action>, it is ",
          action));
    } else if (!IsAction(action) ||
               !absl::StartsWithIgnoreCase(action, "dsql:")) {
      faults->push_back(
          absl::StrCat(path, " must be * or start with dsql:, it is ", action));
    }
  }
}

void CheckResources(const PolicyStatement& statement, const std::string& path,
                    Faults* faults) {
  for (const std::string& resource : statement.resources) {
    if (resource == "*" || absl::StartsWith(resource, "arn:") ||
        absl::StartsWith(resource, "*:") || absl::StartsWith(resource, "${")) {
      continue;
    }
    faults->push_back(
        absl::StrCat(path, " must be * or an ARN, it is ", resource));
  }
}

void ReadConditions(const json::value& value, const std::string& path,
                    PolicyStatement* statement, Faults* faults) {
  if (!value.is_object()) {
    faults->push_back(absl::StrCat(path, " must be an object"));
    return;
  }
  for (const json::key_value_pair& block : value.get_object()) {
    const std::string op(ToView(block.key()));
    const std::string op_path = absl::StrCat(path, ".", op);
    if (!ConditionOperator::Parse(op).has_value()) {
      faults->push_back(absl::StrCat(op_path, " is no condition operator"));
      continue;
    }
    if (!block.value().is_object() || block.value().get_object().empty()) {
      faults->push_back(
          absl::StrCat(op_path, " must map condition keys to values"));
      continue;
    }
    for (const json::key_value_pair& test : block.value().get_object()) {
      const std::string key(ToView(test.key()));
      statement->conditions.push_back(
          {op, key,
           ReadScalars(test.value(), absl::StrCat(op_path, ".", key), faults)});
    }
  }
}

void ReadPrincipal(const json::object& object, PolicyKind kind,
                   const std::string& path, PolicyStatement* statement,
                   Faults* faults) {
  if (kind == PolicyKind::kIdentity) {
    if (object.contains("Principal") || object.contains("NotPrincipal")) {
      faults->push_back(absl::StrCat(
          path,
          " must not have a Principal: it is whom the policy belongs to"));
    }
    return;
  }
  const Either principal = FindEither(object, path, "Principal", faults);
  statement->not_principal = principal.negated;
  if (principal.value != nullptr) {
    ReadPrincipals(*principal.value, principal.path, statement, faults);
  }
}

PolicyStatement ReadStatement(const json::value& value, PolicyKind kind,
                              const std::string& path, Faults* faults) {
  PolicyStatement statement;
  if (!value.is_object()) {
    faults->push_back(absl::StrCat(path, " must be an object"));
    return statement;
  }
  const json::object& object = value.get_object();
  CheckMembers(object, path + ".",
               {"Sid", "Effect", "Principal", "NotPrincipal", "Action",
                "NotAction", "Resource", "NotResource", "Condition"},
               faults);
  if (const json::value* sid = object.if_contains("Sid")) {
    if (sid->is_string()) {
      statement.sid = ToString(sid->get_string());
    } else {
      faults->push_back(absl::StrCat(path, ".Sid must be a string"));
    }
  }
  const json::value* effect = object.if_contains("Effect");
  statement.allow = effect != nullptr && *effect == "Allow";
  if (effect == nullptr || (*effect != "Allow" && *effect != "Deny")) {
    faults->push_back(absl::StrCat(path, ".Effect must be Allow or Deny"));
  }
  ReadPrincipal(object, kind, path, &statement, faults);
  const Either action = FindEither(object, path, "Action", faults);
  statement.not_action = action.negated;
  if (action.value != nullptr) {
    statement.actions = ReadTexts(*action.value, action.path, faults);
    CheckActions(statement, kind, action.path, faults);
  }
  const Either resource = FindEither(object, path, "Resource", faults);
  statement.not_resource = resource.negated;
  if (resource.value != nullptr) {
    statement.resources = ReadTexts(*resource.value, resource.path, faults);
    CheckResources(statement, resource.path, faults);
  }
  if (const json::value* condition = object.if_contains("Condition")) {
    ReadConditions(*condition, path + ".Condition", &statement, faults);
  }
  return statement;
}

void CheckSidsDiffer(const PolicyDocument& document, Faults* faults) {
  std::set<absl::string_view> sids;
  for (const PolicyStatement& statement : document.statements) {
    if (!statement.sid.empty() && !sids.insert(statement.sid).second) {
      faults->push_back(
          absl::StrCat("Two statements have the Sid ", statement.sid));
    }
  }
}

void ReadStatements(const json::object& object, PolicyDocument* document,
                    Faults* faults) {
  const json::value* statement = object.if_contains("Statement");
  if (statement == nullptr) {
    faults->push_back("Statement is missing");
  } else if (statement->is_array()) {
    if (statement->get_array().empty()) faults->push_back(IsEmpty("Statement"));
    for (const json::value& element : statement->get_array()) {
      document->statements.push_back(ReadStatement(
          element, document->kind,
          absl::StrCat("Statement[", document->statements.size(), "]"),
          faults));
    }
  } else if (statement->is_object()) {
    document->statements.push_back(
        ReadStatement(*statement, document->kind, "Statement", faults));
  } else {
    faults->push_back("Statement must be an object or a list of objects");
  }
}

PolicyDocument ReadDocument(const json::value& value, PolicyKind kind,
                            Faults* faults) {
  PolicyDocument document;
  document.kind = kind;
  document.version = kOldVersion;
  if (!value.is_object()) {
    faults->push_back("The policy must be a JSON object");
    return document;
  }
  const json::object& object = value.get_object();
  CheckMembers(object, "", {"Version", "Id", "Statement"}, faults);
  if (const json::value* version = object.if_contains("Version")) {
    if (*version == kVersion || *version == kOldVersion) {
      document.version = ToString(version->get_string());
    } else {
      faults->push_back(
          absl::StrCat("Version must be ", kVersion, " or ", kOldVersion));
    }
  }
  if (const json::value* id = object.if_contains("Id")) {
    if (id->is_string()) {
      document.id = ToString(id->get_string());
    } else {
      faults->push_back("Id must be a string");
    }
  }
  ReadStatements(object, &document, faults);
  CheckSidsDiffer(document, faults);
  return document;
}

}  // namespace

absl::StatusOr<PolicyDocument> PolicyDocument::Parse(absl::string_view json,
                                                     PolicyKind kind) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(
      boost::json::string_view(json.data(), json.size()), error, {}, options);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("The policy is not well-formed JSON: ", error.message()));
  }
  Faults faults;
  PolicyDocument document = ReadDocument(value, kind, &faults);
  for (const std::string& path : DuplicateMembers(json, kMaxDepth)) {
    faults.push_back(absl::StrCat(path, " occurs twice"));
  }
  if (!faults.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("The policy is malformed: ", absl::StrJoin(faults, "; ")));
  }
  return document;
}

}  // namespace dsql
