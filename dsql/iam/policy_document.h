// SPDX-License-Identifier: Apache-2.0

// IAM policy documents: parsing and checking. EvaluatePolicy() in
// dsql/iam/policy_evaluator.h applies them.

#ifndef DSQL_IAM_POLICY_DOCUMENT_H_
#define DSQL_IAM_POLICY_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql {

// Whom a statement is about.
struct PolicyPrincipal {
  // "AWS", "Service", "Federated", "CanonicalUser", or "*" where the whole
  // principal is "*".
  std::string type;
  std::string value;
};

// One test of a Condition block: {"StringEquals": {"aws:SourceVpc": [...]}}.
struct PolicyCondition {
  // As written, qualifiers included: "ForAnyValue:StringLikeIfExists".
  std::string op;
  std::string key;
  std::vector<std::string> values;
};

struct PolicyStatement {
  std::string sid;
  // Effect is Allow, else Deny.
  bool allow = false;
  // A NotPrincipal, NotAction or NotResource sets the flag.
  bool not_principal = false;
  bool not_action = false;
  bool not_resource = false;
  std::vector<PolicyPrincipal> principals;
  std::vector<std::string> actions;
  std::vector<std::string> resources;
  std::vector<PolicyCondition> conditions;
};

// What a policy is attached to, on which its grammar depends.
enum class PolicyKind {
  // A cluster: statements have a Principal, actions are those of DSQL.
  kCluster,
  // A KMS key: statements have a Principal.
  kKey,
  // A user, a role or a session: no statement has a Principal.
  kIdentity,
};

// A policy that passed every check.
struct PolicyDocument {
  // Checks well-formedness and IAM's grammar of policies: Statement, Version if
  // it is there, and for each statement Effect, Principal where the kind has
  // it, Action and Resource (or their Not forms), known condition operators, no
  // member that IAM does not know, none that occurs twice, no Sid that two
  // statements share.
  //
  // Errors: InvalidArgument whose message lists every fault, separated by "; ",
  //   each with its place: "Statement[0].Effect must be Allow or Deny".
  static absl::StatusOr<PolicyDocument> Parse(
      absl::string_view json, PolicyKind kind = PolicyKind::kCluster);

  PolicyKind kind = PolicyKind::kCluster;
  // "2012-10-17" or "2008-10-17", which is that of a document without one.
  std::string version;
  std::string id;
  std::vector<PolicyStatement> statements;
};

}  // namespace dsql

#endif  // DSQL_IAM_POLICY_DOCUMENT_H_
