// SPDX-License-Identifier: Apache-2.0

// Random policies and requests: both evaluators agree.
//
// DSQL_TEST_SEED chooses others.

#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "dsql/iam/authorization.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/principal.h"
#include "dsql/iam/principal_arn.h"
#include "dsql/iam/reference_evaluator.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr int kRounds = 5'000;

const std::vector<std::string>& Callers() {
  static const auto* const callers = new std::vector<std::string>{
      "arn:aws:iam::123456789012:root",
      "arn:aws:iam::123456789012:user/alice",
      "arn:aws:iam::123456789012:user/team/bob",
      "arn:aws:sts::123456789012:assumed-role/app/s1",
      "arn:aws:sts::123456789012:assumed-role/app/s2",
      "arn:aws:sts::123456789012:assumed-role/web/s1"};
  return *callers;
}

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  bool Chance(int of) { return Below(of) == 0; }

  const std::string& OneOf(const std::vector<std::string>& choices) {
    return choices[Below(choices.size())];
  }

  std::string Policy(bool has_principal) {
    std::vector<std::string> statements;
    for (size_t i = 0; i < 1 + Below(3); ++i)
      statements.push_back(Statement(has_principal));
    const std::string version =
        OneOf({R"("Version":"2012-10-17",)", R"("Version":"2012-10-17",)",
               R"("Version":"2008-10-17",)", ""});
    return absl::StrCat("{", version, R"("Statement":[)",
                        absl::StrJoin(statements, ","), "]}");
  }

  std::vector<std::string> Policies(size_t most) {
    std::vector<std::string> policies;
    for (size_t i = Below(most + 1); i > 0; --i)
      policies.push_back(Policy(false));
    return policies;
  }

  PolicyRequest Request() {
    PolicyRequest request;
    request.principal_arn = OneOf(Callers());
    request.action = OneOf({"dsql:GetCluster", "dsql:DbConnect",
                            "dsql:DbConnectAdmin", "dsql:ListClusters"});
    request.resource_arn =
        OneOf({"arn:aws:dsql:us-east-1:123456789012:cluster/alice",
               "arn:aws:dsql:us-west-2:123456789012:cluster/abc", "*"});
    for (const char* key :
         {"aws:PrincipalTag/a", "aws:ResourceTag/a", "aws:SecureTransport"}) {
      if (!Chance(3)) request.context.Set(key, {OneOf(kValues)});
    }
    std::vector<std::string> keys;
    for (size_t i = Below(4); i > 0; --i) keys.push_back(OneOf(kValues));
    request.context.Set("aws:TagKeys", keys);
    return request;
  }

 private:
  size_t Below(size_t limit) { return random_() % limit; }

  std::string List(const std::vector<std::string>& choices) {
    if (Chance(2)) return absl::StrCat("\"", OneOf(choices), "\"");
    std::vector<std::string> some;
    for (size_t i = 0; i < 1 + Below(3); ++i)
      some.push_back(absl::StrCat("\"", OneOf(choices), "\""));
    return absl::StrCat("[", absl::StrJoin(some, ","), "]");
  }

  std::string Statement(bool has_principal) {
    std::string statement =
        absl::StrCat(R"({"Effect":")", Chance(3) ? "Deny" : "Allow", "\"");
    if (has_principal) {
      absl::StrAppend(&statement, ",\"", Chance(4) ? "Not" : "",
                      R"(Principal":{"AWS":)", List(kPrincipals), "}");
    }
    absl::StrAppend(&statement, ",\"", Chance(5) ? "Not" : "", R"(Action":)",
                    List(kActions), ",\"", Chance(5) ? "Not" : "",
                    R"(Resource":)", List(kResources));
    if (Chance(2)) absl::StrAppend(&statement, ",", Condition());
    return absl::StrCat(statement, "}");
  }

  std::string Condition() {
    std::string op = OneOf({"StringEquals", "StringNotEquals", "StringLike",
                            "StringNotLike", "Null", "Bool"});
    if (op != "Null" && Chance(4)) absl::StrAppend(&op, "IfExists");
    const bool is_boolean =
        op == "Null" || op == "Bool" || op == "BoolIfExists";
    const bool of_set = Chance(3);
    if (of_set) {
      op = absl::StrCat(OneOf({"ForAnyValue:", "ForAllValues:"}), op);
    }
    const std::string key =
        of_set ? "aws:TagKeys"
               : OneOf({"aws:PrincipalTag/a", "aws:resourcetag/A",
                        "aws:SecureTransport", "aws:username",
                        "aws:PrincipalType"});
    return absl::StrCat(R"("Condition":{")", op, R"(":{")", key, R"(":)",
                        List(is_boolean ? kBooleans : kPatterns), "}}");
  }

  const std::vector<std::string> kValues = {"a",     "b", "alice", "true",
                                            "false", "*", ""};
  const std::vector<std::string> kPatterns = {"a",
                                              "b",
                                              "*",
                                              "a*",
                                              "?",
                                              "true",
                                              "false",
                                              "alice",
                                              "${*}",
                                              "User",
                                              "${aws:username}",
                                              "${aws:PrincipalTag/a}*",
                                              ""};
  const std::vector<std::string> kBooleans = {"true", "false"};
  const std::vector<std::string> kActions = {"*",
                                             "dsql:*",
                                             "DSQL:getcluster",
                                             "dsql:DbConnect*",
                                             "dsql:?etCluster",
                                             "dsql:ListClusters"};
  const std::vector<std::string> kResources = {
      "*", "arn:aws:dsql:us-east-1:123456789012:cluster/*",
      "arn:aws:dsql:*:*:cluster/abc",
      "arn:aws:dsql:*:*:cluster/${aws:username}"};
  const std::vector<std::string> kPrincipals = {
      "*",
      "123456789012",
      "999999999999",
      "arn:aws:iam::123456789012:root",
      "arn:aws:iam::123456789012:user/alice",
      "arn:aws:iam::123456789012:user/team/bob",
      "arn:aws:iam::123456789012:role/x/app",
      "arn:aws:iam::123456789012:role/web",
      "arn:aws:sts::123456789012:assumed-role/app/s1"};

  std::mt19937 random_;
};

std::string Decide(const ReferencePolicies& policies,
                   const PolicyRequest& request) {
  Credentials credentials;
  credentials.principal_arn = request.principal_arn;
  const auto principal = Principal::Parse(
      credentials, {policies.identity, policies.permissions_boundary,
                    policies.session, policies.service_control});
  if (!principal.ok()) return principal.status().ToString();
  absl::optional<PolicyDocument> resource;
  if (!policies.resource.empty()) {
    const auto parsed = PolicyDocument::Parse(policies.resource[0]);
    if (!parsed.ok()) return parsed.status().ToString();
    resource = *parsed;
  }
  switch (Authorize(**principal, resource.has_value() ? &*resource : nullptr,
                    request)
              .decision) {
    case Authorization::Decision::kAllowed:
      return "allowed";
    case Authorization::Decision::kExplicitDeny:
      return "explicitDeny";
    case Authorization::Decision::kImplicitDeny:
      break;
  }
  return "implicitDeny";
}

TEST(RandomPoliciesTest, BothEvaluatorsAgree) {
  const char* chosen = std::getenv("DSQL_TEST_SEED");
  const unsigned seed = chosen == nullptr ? 1 : std::atoi(chosen);
  std::map<std::string, int> decisions;
  for (int i = 0; i < kRounds; ++i) {
    Generator generator(seed * 1'000'000 + i);
    ReferencePolicies policies;
    policies.identity = generator.Policies(2);
    if (generator.Chance(2)) policies.resource = {generator.Policy(true)};
    if (generator.Chance(3))
      policies.permissions_boundary = {generator.Policy(false)};
    if (generator.Chance(3)) policies.session = generator.Policies(2);
    if (generator.Chance(3)) policies.service_control = generator.Policies(2);
    PolicyRequest request = generator.Request();
    const std::string decided = Decide(policies, request);
    // What the other finds by itself.
    RequestContext context = PrincipalArn::Parse(request.principal_arn).Keys();
    context.Add(request.context);
    request.context = context;
    const std::string expected = EvaluateByTheFlowChart(policies, request);
    ++decisions[expected];
    ASSERT_EQ(decided, expected)
        << "seed " << seed << " round " << i << "\n"
        << request.principal_arn << " " << request.action << " "
        << request.resource_arn << "\nidentity "
        << absl::StrJoin(policies.identity, "\n") << "\nresource "
        << absl::StrJoin(policies.resource, "\n") << "\nboundary "
        << absl::StrJoin(policies.permissions_boundary, "\n") << "\nsession "
        << absl::StrJoin(policies.session, "\n") << "\nSCP "
        << absl::StrJoin(policies.service_control, "\n");
  }
  for (const char* decision : {"allowed", "explicitDeny", "implicitDeny"})
    EXPECT_GT(decisions[decision], kRounds / 10) << decision;
}

}  // namespace
}  // namespace dsql
