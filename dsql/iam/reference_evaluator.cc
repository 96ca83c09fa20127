// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/reference_evaluator.h"

#include <cctype>
#include <map>
#include <set>

#include "boost/json.hpp"

namespace dsql {
namespace {

namespace json = ::boost::json;

// The request, with the keys that follow from the principal.
struct Asked {
  std::string principal;
  std::string account;
  // Of a session, the name of its role.
  std::string role;
  std::string action;
  std::string resource;
  const RequestContext* context;
};

// "arn:aws:iam::<account>:<resource>"
std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(c));
  return text;
}

// By recursion, as one reads a pattern aloud. `literal` tells which characters
// of the pattern are no wildcards.
bool Like(const std::string& pattern, const std::vector<bool>& literal,
          size_t p, const std::string& text, size_t t) {
  if (p == pattern.size()) return t == text.size();
  if (pattern[p] == '*' && !literal[p]) {
    return Like(pattern, literal, p + 1, text, t) ||
           (t < text.size() && Like(pattern, literal, p, text, t + 1));
  }
  if (t == text.size()) return false;
  const bool any = pattern[p] == '?' && !literal[p];
  return (any || pattern[p] == text[t]) &&
         Like(pattern, literal, p + 1, text, t + 1);
}

struct Expanded {
  bool exists = true;
  std::string text;
  std::vector<bool> literal;

  bool Matches(const std::string& other) const {
    return exists && Like(text, literal, 0, other, 0);
  }
};

Expanded Expand(const std::string& text, bool variables,
                const RequestContext& context) {
  Expanded expanded;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text.find('}', i);
    if (!variables || text.compare(i, 2, "${") != 0 || end == text.npos) {
      expanded.text.push_back(text[i]);
      expanded.literal.push_back(false);
      continue;
    }
    const std::string name = text.substr(i + 2, end - i - 2);
    std::vector<std::string> values = context.Find(name);
    if (name == "*" || name == "?" || name == "$") values = {name};
    if (values.size() != 1) {
      expanded.exists = false;
      return expanded;
    }
    expanded.text += values[0];
    expanded.literal.resize(expanded.text.size(), true);
    i = end;
  }
  return expanded;
}

std::vector<std::string> Texts(const json::value& value) {
  std::vector<std::string> texts;
  if (!value.is_array()) {
    texts.emplace_back(value.is_string() ? value.as_string().c_str()
                                         : json::serialize(value));
    return texts;
  }
  for (const json::value& element : value.as_array()) {
    for (const std::string& text : Texts(element)) texts.push_back(text);
  }
  return texts;
}

// How a principal is named: 0 not at all, 1 by its account, 2 by its role or by
// everyone, 3 itself.
int Named(const std::string& value, const Asked& asked) {
  if (value == "*") return 2;
  if (value == asked.principal) return 3;
  const std::string root = "arn:aws:iam::" + asked.account + ":root";
  if (value == asked.account || value == root)
    return asked.principal == root ? 3 : 1;
  const std::string role = "arn:aws:iam::" + asked.account + ":role/";
  if (!asked.role.empty() && value.compare(0, role.size(), role) == 0 &&
      Split(value, '/').back() == asked.role) {
    return 2;
  }
  return 0;
}

std::vector<std::string> AwsPrincipals(const json::value& value) {
  if (value.is_string()) return {"*"};
  const json::value* aws = value.as_object().if_contains("AWS");
  return aws == nullptr ? std::vector<std::string>() : Texts(*aws);
}

int PrincipalOf(const json::object& statement, const Asked& asked) {
  if (const json::value* principal = statement.if_contains("Principal")) {
    int closest = 0;
    for (const std::string& value : AwsPrincipals(*principal))
      closest = std::max(closest, Named(value, asked));
    return closest;
  }
  const json::value* others = statement.if_contains("NotPrincipal");
  if (others == nullptr) return 3;
  std::set<int> named;
  for (const std::string& value : AwsPrincipals(*others)) {
    if (value == "*") return 0;
    named.insert(Named(value, asked));
  }
  if (statement.at("Effect") == "Allow") return *named.rbegin() > 0 ? 0 : 2;
  std::set<int> needed = {3};
  const bool is_root = Split(asked.principal, ':').back() == "root";
  if (!is_root) needed.insert(1);
  if (!asked.role.empty()) needed.insert(2);
  for (const int one : needed) {
    if (named.count(one) == 0) return 2;
  }
  return 0;
}

bool ConditionHolds(const std::string& name, const std::string& key,
                    const json::value& wanted, bool variables,
                    const Asked& asked) {
  std::string op = name;
  std::string set;
  if (op.find(':') != op.npos) {
    set = op.substr(0, op.find(':'));
    op = op.substr(op.find(':') + 1);
  }
  const std::vector<std::string>& had = asked.context->Find(key);
  if (op == "Null") {
    for (const std::string& value : Texts(wanted)) {
      if ((Lower(value) == "true") == had.empty()) return true;
    }
    return false;
  }
  const std::string suffix = "IfExists";
  const bool if_exists =
      op.size() > suffix.size() &&
      op.compare(op.size() - suffix.size(), suffix.size(), suffix) == 0;
  if (if_exists) op.resize(op.size() - suffix.size());
  const bool negated = op.find("Not") != op.npos;
  if (had.empty()) {
    if (if_exists || set == "ForAllValues") return true;
    return negated && set.empty();
  }
  const auto matches = [&](const std::string& value) {
    for (const std::string& one : Texts(wanted)) {
      const Expanded text =
          Expand(one, variables && op != "Bool", *asked.context);
      const bool same = op == "Bool" ? Lower(one) == Lower(value)
                        : op.find("Like") != op.npos
                            ? text.Matches(value)
                            : text.exists && text.text == value;
      if (same) return !negated;
    }
    return negated;
  };
  size_t matching = 0;
  for (const std::string& value : had) matching += matches(value) ? 1 : 0;
  return set == "ForAllValues" ? matching == had.size() : matching > 0;
}

bool Applies(const json::object& statement, bool variables,
             const Asked& asked) {
  const bool not_action = statement.contains("NotAction");
  bool action = false;
  for (const std::string& one :
       Texts(statement.at(not_action ? "NotAction" : "Action"))) {
    action |=
        Expand(Lower(one), false, *asked.context).Matches(Lower(asked.action));
  }
  const bool not_resource = statement.contains("NotResource");
  bool resource = false;
  for (const std::string& one :
       Texts(statement.at(not_resource ? "NotResource" : "Resource"))) {
    resource |= Expand(one, variables, *asked.context).Matches(asked.resource);
  }
  if (action == not_action || resource == not_resource) return false;
  const json::value* conditions = statement.if_contains("Condition");
  if (conditions == nullptr) return true;
  for (const auto& op : conditions->as_object()) {
    for (const auto& key : op.value().as_object()) {
      if (!ConditionHolds(op.key(), key.key(), key.value(), variables, asked))
        return false;
    }
  }
  return true;
}

// Of the policies of one kind: whether one denies, and how closely the
// principal is named where one allows.
struct Said {
  bool denies = false;
  int allows = 0;
};

Said Ask(const std::vector<std::string>& policies, const Asked& asked) {
  Said said;
  for (const std::string& text : policies) {
    const json::value policy = json::parse(text);
    const json::value* version = policy.as_object().if_contains("Version");
    const bool variables = version != nullptr && *version == "2012-10-17";
    const json::value& statements = policy.at("Statement");
    const json::array one = {statements};
    for (const json::value& statement :
         statements.is_array() ? statements.as_array() : one) {
      const int named = PrincipalOf(statement.as_object(), asked);
      if (named == 0 || !Applies(statement.as_object(), variables, asked))
        continue;
      if (statement.at("Effect") == "Deny") {
        said.denies = true;
      } else {
        said.allows = std::max(said.allows, named);
      }
    }
  }
  return said;
}

}  // namespace

std::string EvaluateByTheFlowChart(const ReferencePolicies& policies,
                                   const PolicyRequest& request) {
  Asked asked{request.principal_arn,
              Split(request.principal_arn, ':')[4],
              "",
              request.action,
              request.resource_arn,
              &request.context};
  const std::vector<std::string> path = Split(request.principal_arn, '/');
  if (path.size() == 3 && path[0].find(":assumed-role") != std::string::npos)
    asked.role = path[1];
  const Said control = Ask(policies.service_control, asked);
  const Said resource = Ask(policies.resource, asked);
  const Said identity = Ask(policies.identity, asked);
  const Said boundary = Ask(policies.permissions_boundary, asked);
  const Said session = Ask(policies.session, asked);
  // Box 1: is there an explicit deny?
  if (control.denies || resource.denies || identity.denies || boundary.denies ||
      session.denies) {
    return "explicitDeny";
  }
  // Box 2: does a service control policy allow, where there are any?
  if (!policies.service_control.empty() && control.allows == 0)
    return "implicitDeny";
  // Box 3: does the resource's policy allow this very principal?
  if (resource.allows == 3) return "allowed";
  // Box 4: does an identity-based policy allow, or the resource's the role?
  const bool administrator = policies.identity.empty();
  if (!administrator && identity.allows == 0 && resource.allows < 2)
    return "implicitDeny";
  // Box 5: does the permissions boundary, where there is one?
  if (!policies.permissions_boundary.empty() && boundary.allows == 0)
    return "implicitDeny";
  // Box 6: does a session policy, where there are any?
  if (!policies.session.empty() && session.allows == 0) return "implicitDeny";
  return "allowed";
}

}  // namespace dsql
