// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/policy_evaluator.h"

#include <initializer_list>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/iam/policy_document.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kCluster[] =
    "arn:aws:dsql:us-east-1:123456789012:cluster/abcdefghijklmnopqrstuvwxyz";
constexpr char kRoot[] = "arn:aws:iam::123456789012:root";
constexpr char kUser[] = "arn:aws:iam::123456789012:user/alice";
constexpr char kRole[] = "arn:aws:iam::123456789012:role/app";
constexpr char kSession[] = "arn:aws:sts::123456789012:assumed-role/app/s1";
constexpr char kStranger[] = "arn:aws:iam::999999999999:user/alice";

PolicyRequest Request(absl::string_view principal = kUser,
                      absl::string_view action = "dsql:DbConnect") {
  PolicyRequest request;
  request.principal_arn = std::string(principal);
  request.action = std::string(action);
  request.resource_arn = kCluster;
  return request;
}

// Evaluates a policy with one statement or several, without their brackets.
PolicyDecision Evaluate(absl::string_view statements,
                        const PolicyRequest& request) {
  const auto policy = PolicyDocument::Parse(absl::StrCat(
      R"({"Version":"2012-10-17","Statement":[)", statements, "]}"));
  EXPECT_TRUE(policy.ok()) << policy.status();
  if (!policy.ok()) return PolicyDecision::kNone;
  return EvaluatePolicy(*policy, request).decision;
}

// Does a statement for `principal` apply to a request of `caller`?
bool Matches(absl::string_view principal, absl::string_view caller) {
  return Evaluate(absl::StrCat(R"({"Effect":"Allow","Principal":)", principal,
                               R"(,"Action":"*","Resource":"*"})"),
                  Request(caller)) == PolicyDecision::kAllow;
}

std::string Aws(absl::string_view principal) {
  return absl::StrCat(R"({"AWS":")", principal, R"("})");
}

bool ActionMatches(absl::string_view member, absl::string_view action) {
  return Evaluate(absl::StrCat(R"({"Effect":"Allow","Principal":"*",)", member,
                               R"(,"Resource":"*"})"),
                  Request(kUser, action)) == PolicyDecision::kAllow;
}

bool ResourceMatches(absl::string_view member) {
  return Evaluate(absl::StrCat(R"({"Effect":"Allow","Principal":"*",)",
                               R"("Action":"*",)", member, "}"),
                  Request()) == PolicyDecision::kAllow;
}

bool ConditionMatches(absl::string_view condition,
                      const PolicyRequest& request) {
  return Evaluate(absl::StrCat(R"({"Effect":"Allow","Principal":"*",)",
                               R"("Action":"*","Resource":"*","Condition":{)",
                               condition, "}}"),
                  request) == PolicyDecision::kAllow;
}

TEST(PolicyEvaluatorTest, DenyWinsWhereverItStands) {
  constexpr char kAllow[] =
      R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"})";
  constexpr char kDeny[] =
      R"({"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"})";
  constexpr char kOther[] =
      R"({"Effect":"Deny","Principal":"*","Action":"dsql:GetCluster",)"
      R"("Resource":"*"})";
  EXPECT_EQ(Evaluate(kAllow, Request()), PolicyDecision::kAllow);
  EXPECT_EQ(Evaluate(kDeny, Request()), PolicyDecision::kDeny);
  EXPECT_EQ(Evaluate(kOther, Request()), PolicyDecision::kNone);
  EXPECT_EQ(Evaluate(absl::StrCat(kAllow, ",", kDeny), Request()),
            PolicyDecision::kDeny);
  EXPECT_EQ(Evaluate(absl::StrCat(kDeny, ",", kAllow), Request()),
            PolicyDecision::kDeny);
  EXPECT_EQ(Evaluate(absl::StrCat(kOther, ",", kAllow), Request()),
            PolicyDecision::kAllow);
}

TEST(PolicyEvaluatorTest, EveryoneIsEveryone) {
  for (const char* caller : {kRoot, kUser, kRole, kSession, kStranger}) {
    EXPECT_TRUE(Matches("\"*\"", caller)) << caller;
    EXPECT_TRUE(Matches(Aws("*"), caller)) << caller;
  }
}

TEST(PolicyEvaluatorTest, AnAccountIsEachOfItsPrincipals) {
  for (const char* caller : {kRoot, kUser, kRole, kSession}) {
    EXPECT_TRUE(Matches(Aws(kRoot), caller)) << caller;
    EXPECT_TRUE(Matches(Aws("123456789012"), caller)) << caller;
  }
  EXPECT_FALSE(Matches(Aws(kRoot), kStranger));
  EXPECT_FALSE(Matches(Aws("123456789012"), kStranger));
}

TEST(PolicyEvaluatorTest, AUserIsItself) {
  EXPECT_TRUE(Matches(Aws(kUser), kUser));
  EXPECT_FALSE(Matches(Aws(kUser), kRoot));
  EXPECT_FALSE(Matches(Aws(kUser), kStranger));
  EXPECT_FALSE(Matches(Aws(kUser), "arn:aws:iam::123456789012:user/alice2"));
}

TEST(PolicyEvaluatorTest, ARoleIsItsSessions) {
  EXPECT_TRUE(Matches(Aws(kRole), kRole));
  EXPECT_TRUE(Matches(Aws(kRole), kSession));
  EXPECT_TRUE(
      Matches(Aws("arn:aws:iam::123456789012:role/team/app"), kSession));
  EXPECT_FALSE(
      Matches(Aws(kRole), "arn:aws:sts::123456789012:assumed-role/other/s1"));
  EXPECT_FALSE(
      Matches(Aws(kRole), "arn:aws:sts::999999999999:assumed-role/app/s1"));
  EXPECT_FALSE(Matches(Aws("arn:aws:iam::123456789012:user/app"), kSession));
}

TEST(PolicyEvaluatorTest, ASessionIsOnlyItself) {
  EXPECT_TRUE(Matches(Aws(kSession), kSession));
  EXPECT_FALSE(
      Matches(Aws(kSession), "arn:aws:sts::123456789012:assumed-role/app/s2"));
  EXPECT_FALSE(Matches(Aws(kSession), kRole));
}

TEST(PolicyEvaluatorTest, OtherKindsOfPrincipalMatchNoArn) {
  for (const char* kind : {"Service", "Federated", "CanonicalUser"}) {
    EXPECT_FALSE(Matches(absl::StrCat("{\"", kind, "\":\"*\"}"), kUser));
    EXPECT_FALSE(
        Matches(absl::StrCat("{\"", kind, "\":\"", kUser, "\"}"), kUser));
  }
}

TEST(PolicyEvaluatorTest, NotPrincipalIsEveryoneElse) {
  const auto decide = [](const std::string& listed, const char* caller) {
    return Evaluate(absl::StrCat(R"({"Effect":"Deny","NotPrincipal":{"AWS":[)",
                                 listed, R"(]},"Action":"*","Resource":"*"})"),
                    Request(caller));
  };
  const auto quoted = [](std::initializer_list<const char*> arns) {
    return absl::StrCat("\"", absl::StrJoin(arns, "\",\""), "\"");
  };
  struct Case {
    std::string listed;
    const char* caller;
    PolicyDecision decision;
  };
  for (const Case& c : std::initializer_list<Case>{
           {quoted({kUser, kRoot}), kUser, PolicyDecision::kNone},
           {quoted({kUser, "123456789012"}), kUser, PolicyDecision::kNone},
           {quoted({kUser}), kUser, PolicyDecision::kDeny},
           {quoted({kRoot}), kUser, PolicyDecision::kDeny},
           {quoted({kUser, kRoot}), kRole, PolicyDecision::kDeny},
           {quoted({kRoot}), kRoot, PolicyDecision::kNone},
           {quoted({kSession, kRole, kRoot}), kSession, PolicyDecision::kNone},
           {quoted({kRole, kRoot}), kSession, PolicyDecision::kDeny},
           {quoted({kSession, kRoot}), kSession, PolicyDecision::kDeny},
           {quoted({kSession, kRole}), kSession, PolicyDecision::kDeny},
           {quoted({"*"}), kSession, PolicyDecision::kNone}}) {
    EXPECT_EQ(decide(c.listed, c.caller), c.decision)
        << c.listed << " " << c.caller;
  }
}

TEST(PolicyEvaluatorTest, ActionsMatchWithoutCaseAndWithWildcards) {
  EXPECT_TRUE(ActionMatches(R"("Action":"dsql:dbconnect")", "dsql:DbConnect"));
  EXPECT_TRUE(ActionMatches(R"("Action":"DSQL:*")", "dsql:DbConnect"));
  EXPECT_TRUE(
      ActionMatches(R"("Action":"dsql:DbConnect*")", "dsql:DbConnectAdmin"));
  EXPECT_TRUE(
      ActionMatches(R"("Action":"dsql:?etCluster")", "dsql:GetCluster"));
  EXPECT_TRUE(ActionMatches(R"("Action":["dsql:GetCluster","dsql:Db*"])",
                            "dsql:DbConnect"));
  EXPECT_FALSE(
      ActionMatches(R"("Action":"dsql:DbConnect")", "dsql:DbConnectAdmin"));
  EXPECT_FALSE(ActionMatches(R"("NotAction":"dsql:Db*")", "dsql:DbConnect"));
  EXPECT_TRUE(ActionMatches(R"("NotAction":"dsql:Db*")", "dsql:GetCluster"));
}

TEST(PolicyEvaluatorTest, ResourcesMatchWithWildcards) {
  EXPECT_TRUE(ResourceMatches(absl::StrCat(R"("Resource":")", kCluster, "\"")));
  EXPECT_TRUE(
      ResourceMatches(R"("Resource":"arn:aws:dsql:*:123456789012:cluster/*")"));
  EXPECT_TRUE(ResourceMatches(
      R"("Resource":["arn:aws:dsql:eu-west-1:*","arn:*:cluster/abc*"])"));
  EXPECT_FALSE(ResourceMatches(
      R"("Resource":"arn:aws:dsql:us-east-1:123456789012:cluster/ABC*")"));
  EXPECT_FALSE(ResourceMatches(R"("NotResource":"*")"));
  EXPECT_TRUE(ResourceMatches(R"("NotResource":"arn:aws:dsql:eu-west-1:*")"));
}

TEST(PolicyEvaluatorTest, AllConditionsMustHold) {
  PolicyRequest request = Request();
  request.context.Set("aws:sourcevpc", {"vpc-1"});
  request.context.Set("aws:sourceip", {"192.0.2.7"});
  EXPECT_TRUE(ConditionMatches(
      R"("StringEquals":{"aws:SourceVpc":["vpc-1","vpc-2"]},
         "IpAddress":{"aws:SourceIp":"192.0.2.0/24"})",
      request));
  EXPECT_FALSE(ConditionMatches(
      R"("StringEquals":{"aws:SourceVpc":"vpc-1"},
         "IpAddress":{"aws:SourceIp":"10.0.0.0/8"})",
      request));
  EXPECT_FALSE(ConditionMatches(
      R"("StringEquals":{"aws:SourceVpc":"vpc-1","aws:SourceVpce":"vpce-1"})",
      request));
  EXPECT_TRUE(ConditionMatches("", request));
}

TEST(PolicyEvaluatorTest, ConditionKeysHaveNoCase) {
  PolicyRequest request = Request();
  request.context.Set("aws:sourcevpc", {"vpc-1"});
  EXPECT_TRUE(
      ConditionMatches(R"("StringEquals":{"AWS:sourceVPC":"vpc-1"})", request));
}

TEST(PolicyEvaluatorTest, DenyOutsideOfAnyVpc) {
  constexpr char kPolicy[] =
      R"({"Effect":"Deny","Principal":{"AWS":"*"},"Resource":"*",
          "Action":["dsql:DbConnect","dsql:DbConnectAdmin"],
          "Condition":{"Null":{"aws:SourceVpc":"true"}}})";
  PolicyRequest request = Request();
  EXPECT_EQ(Evaluate(kPolicy, request), PolicyDecision::kDeny);
  request.context.Set("aws:sourcevpc", {"vpc-1"});
  EXPECT_EQ(Evaluate(kPolicy, request), PolicyDecision::kNone);
}

TEST(PolicyEvaluatorTest, KeysOfThePrincipalFollowFromItsArn) {
  const std::string is_role =
      absl::StrCat(R"("ArnEquals":{"aws:PrincipalArn":")", kRole, "\"}");
  EXPECT_TRUE(ConditionMatches(is_role, Request(kRole)));
  EXPECT_TRUE(ConditionMatches(is_role, Request(kSession)));
  EXPECT_FALSE(ConditionMatches(is_role, Request(kUser)));
  constexpr char kAccount[] =
      R"("StringEquals":{"aws:PrincipalAccount":"123456789012"})";
  EXPECT_TRUE(ConditionMatches(kAccount, Request(kUser)));
  EXPECT_FALSE(ConditionMatches(kAccount, Request(kStranger)));

  PolicyRequest request = Request(kUser);
  request.context.Set("aws:principalarn", {kRole});
  EXPECT_TRUE(ConditionMatches(is_role, request));
}

// A document need not come from Parse().
TEST(PolicyEvaluatorTest, AnUnknownOperatorNeverHolds) {
  PolicyDocument policy;
  policy.statements.emplace_back();
  PolicyStatement& statement = policy.statements.back();
  statement.allow = true;
  statement.principals = {{"*", "*"}};
  statement.actions = {"*"};
  statement.resources = {"*"};
  EXPECT_EQ(EvaluatePolicy(policy, Request()).decision, PolicyDecision::kAllow);
  statement.conditions = {{"NoOperator", "key", {"value"}}};
  EXPECT_EQ(EvaluatePolicy(policy, Request()).decision, PolicyDecision::kNone);
}

TEST(PolicyEvaluatorTest, StrangePrincipalsOfRequestsMatchOnlyEveryone) {
  for (const char* caller : {"", ":", "arn", "arn:aws:sts::::", ":root",
                             "arn:aws:sts::123456789012:assumed-role/app"}) {
    EXPECT_TRUE(Matches("\"*\"", caller)) << caller;
    EXPECT_FALSE(Matches(Aws(kRole), caller)) << caller;
    EXPECT_FALSE(Matches(Aws(kUser), caller)) << caller;
  }
}

}  // namespace
}  // namespace dsql
