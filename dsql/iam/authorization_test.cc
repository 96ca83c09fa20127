// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/authorization.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/principal.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kCluster[] =
    "arn:aws:dsql:us-east-1:123456789012:cluster/abcdefghijklmnopqrstuvwxyz";
constexpr char kUser[] = "arn:aws:iam::123456789012:user/alice";
constexpr char kSession[] = "arn:aws:sts::123456789012:assumed-role/app/s1";

using Decision = Authorization::Decision;

// A policy that allows (A), denies (D), does both (X), or is about something
// else (N).
std::string Policy(char says, const std::string& principal = "") {
  const auto statement = [&](const char* effect, const char* action) {
    return absl::StrCat(R"({"Sid":")", effect, R"(","Effect":")", effect, "\",",
                        principal, R"("Action":")", action,
                        R"(","Resource":"*"})");
  };
  std::string statements = statement("Allow", "dsql:GetCluster");
  if (says == 'D') statements = statement("Deny", "dsql:GetCluster");
  if (says == 'N') statements = statement("Allow", "dsql:DbConnect");
  if (says == 'X')
    absl::StrAppend(&statements, ",", statement("Deny", "dsql:GetCluster"));
  return absl::StrCat(R"({"Version":"2012-10-17","Statement":[)", statements,
                      "]}");
}

struct Row {
  const char* caller;
  // What each kind of policy says, a letter a policy; "" where there is none.
  const char* identity;
  const char* resource;
  // Whom the resource's policy names: itself, its role, its account, everyone.
  char names;
  const char* boundary;
  const char* session;
  const char* service_control;
  // 'A'llowed, 'D'enied explicitly or 'I'mplicitly.
  char decision;
  PolicyType type;
};

std::string PrincipalOf(const Row& row) {
  const std::map<char, std::string> arns = {
      {'i', row.caller},
      {'r', "arn:aws:iam::123456789012:role/app"},
      {'a', "123456789012"},
      {'*', "*"}};
  return absl::StrCat(R"("Principal":{"AWS":")", arns.at(row.names), "\"},");
}

Authorization Ask(const Row& row) {
  const auto documents = [](const char* letters) {
    std::vector<std::string> policies;
    for (const char* says = letters; *says != '\0'; ++says)
      policies.push_back(Policy(*says));
    return policies;
  };
  Credentials credentials;
  credentials.principal_arn = row.caller;
  const auto principal = Principal::Parse(
      credentials, {documents(row.identity), documents(row.boundary),
                    documents(row.session), documents(row.service_control)});
  EXPECT_TRUE(principal.ok()) << principal.status();
  absl::optional<PolicyDocument> resource;
  if (*row.resource != '\0')
    resource = *PolicyDocument::Parse(Policy(*row.resource, PrincipalOf(row)));
  PolicyRequest request;
  request.action = "dsql:GetCluster";
  request.resource_arn = kCluster;
  request.account_id = "123456789012";
  return Authorize(**principal, resource.has_value() ? &*resource : nullptr,
                   request);
}

constexpr PolicyType kI = PolicyType::kIdentity;
constexpr PolicyType kR = PolicyType::kResource;
constexpr PolicyType kB = PolicyType::kPermissionsBoundary;
constexpr PolicyType kS = PolicyType::kSession;
constexpr PolicyType kO = PolicyType::kServiceControl;

// Source: IAM User Guide, reference_policies_evaluation-logic_policy-eval-
// denyallow (the flow chart), ..._policy-eval-basics-single-account and
// access_policies_boundaries.
const Row kRows[] = {
    // Identity-based policies alone.
    {kUser, "", "", 'i', "", "", "", 'A', kI},
    {kUser, "A", "", 'i', "", "", "", 'A', kI},
    {kUser, "N", "", 'i', "", "", "", 'I', kI},
    {kUser, "D", "", 'i', "", "", "", 'D', kI},
    {kUser, "X", "", 'i', "", "", "", 'D', kI},
    {kUser, "NA", "", 'i', "", "", "", 'A', kI},
    {kUser, "AD", "", 'i', "", "", "", 'D', kI},
    {kUser, "DA", "", 'i', "", "", "", 'D', kI},
    {kUser, "NN", "", 'i', "", "", "", 'I', kI},
    // With a resource's policy: either allows, each denies.
    {kUser, "", "D", '*', "", "", "", 'D', kR},
    {kUser, "A", "D", '*', "", "", "", 'D', kR},
    {kUser, "A", "D", 'a', "", "", "", 'D', kR},
    {kUser, "A", "D", 'i', "", "", "", 'D', kR},
    {kUser, "A", "D", 'r', "", "", "", 'A', kI},
    {kUser, "D", "A", 'i', "", "", "", 'D', kI},
    {kUser, "D", "D", 'i', "", "", "", 'D', kR},
    {kUser, "N", "A", 'i', "", "", "", 'A', kR},
    {kUser, "N", "A", '*', "", "", "", 'A', kR},
    {kUser, "N", "A", 'a', "", "", "", 'I', kI},
    {kUser, "N", "A", 'r', "", "", "", 'I', kI},
    {kUser, "N", "N", 'i', "", "", "", 'I', kI},
    {kUser, "A", "N", 'i', "", "", "", 'A', kI},
    {kUser, "A", "A", 'a', "", "", "", 'A', kI},
    {kUser, "N", "X", 'i', "", "", "", 'D', kR},
    {kSession, "N", "A", 'r', "", "", "", 'A', kR},
    {kSession, "N", "A", 'i', "", "", "", 'A', kR},
    {kSession, "N", "A", 'a', "", "", "", 'I', kI},
    {kSession, "A", "D", 'r', "", "", "", 'D', kR},
    // A permissions boundary limits.
    {kUser, "A", "", 'i', "A", "", "", 'A', kI},
    {kUser, "A", "", 'i', "N", "", "", 'I', kB},
    {kUser, "A", "", 'i', "D", "", "", 'D', kB},
    {kUser, "N", "", 'i', "A", "", "", 'I', kI},
    {kUser, "N", "", 'i', "N", "", "", 'I', kI},
    {kUser, "", "", 'i', "N", "", "", 'I', kB},
    {kUser, "", "", 'i', "A", "", "", 'A', kI},
    {kUser, "D", "", 'i', "D", "", "", 'D', kI},
    // But not what a resource's policy grants to the user itself.
    {kUser, "N", "A", 'i', "N", "", "", 'A', kR},
    {kUser, "A", "A", 'i', "N", "", "", 'A', kR},
    {kUser, "N", "A", '*', "N", "", "", 'I', kB},
    {kSession, "N", "A", 'r', "N", "", "", 'I', kB},
    {kSession, "N", "A", 'r', "A", "", "", 'A', kR},
    {kSession, "N", "A", 'i', "N", "", "", 'A', kR},
    {kUser, "N", "A", 'i', "D", "", "", 'D', kB},
    // Session policies limit.
    {kSession, "A", "", 'i', "", "A", "", 'A', kI},
    {kSession, "A", "", 'i', "", "N", "", 'I', kS},
    {kSession, "A", "", 'i', "", "D", "", 'D', kS},
    {kSession, "N", "", 'i', "", "A", "", 'I', kI},
    {kSession, "", "", 'i', "", "N", "", 'I', kS},
    {kSession, "N", "A", 'r', "", "N", "", 'I', kS},
    {kSession, "N", "A", 'r', "", "A", "", 'A', kR},
    {kSession, "N", "A", 'i', "", "N", "", 'A', kR},
    {kSession, "A", "", 'i', "A", "A", "", 'A', kI},
    {kSession, "A", "", 'i', "N", "A", "", 'I', kB},
    {kSession, "A", "", 'i', "N", "N", "", 'I', kB},
    {kSession, "A", "", 'i', "", "NA", "", 'A', kI},
    {kSession, "A", "", 'i', "N", "D", "", 'D', kS},
    // Service control policies limit everything.
    {kUser, "A", "", 'i', "", "", "A", 'A', kI},
    {kUser, "A", "", 'i', "", "", "N", 'I', kO},
    {kUser, "A", "", 'i', "", "", "D", 'D', kO},
    {kUser, "", "", 'i', "", "", "N", 'I', kO},
    {kUser, "N", "A", 'i', "", "", "N", 'I', kO},
    {kUser, "N", "A", 'i', "", "", "A", 'A', kR},
    {kUser, "D", "D", 'i', "D", "D", "D", 'D', kO},
    {kUser, "N", "", 'i', "", "", "A", 'I', kI},
    {kSession, "A", "A", 'r', "A", "A", "A", 'A', kI},
};

TEST(AuthorizationTest, PoliciesDecideTogether) {
  for (const Row& row : kRows) {
    const Authorization answer = Ask(row);
    SCOPED_TRACE(absl::StrCat(
        row.caller, " identity ", row.identity, " resource ", row.resource,
        " (", std::string(1, row.names), ") boundary ", row.boundary,
        " session ", row.session, " SCP ", row.service_control));
    EXPECT_EQ(answer.decision, row.decision == 'A'   ? Decision::kAllowed
                               : row.decision == 'D' ? Decision::kExplicitDeny
                                                     : Decision::kImplicitDeny);
    EXPECT_EQ(answer.type, row.type) << PolicyTypeName(answer.type);
    EXPECT_EQ(answer.allowed(), row.decision == 'A');
  }
}

std::string MessageOf(const Row& row) { return Ask(row).Message(); }

// Source: IAM User Guide, troubleshoot_access-denied; a connection's HINT, as a
// client recorded it in 2026.
TEST(AuthorizationTest, MessagesAreThoseOfAws) {
  const std::string refused = absl::StrCat(
      "User: ", kUser,
      " is not authorized to perform: dsql:GetCluster on resource: ", kCluster);
  EXPECT_EQ(MessageOf({kUser, "N", "", 'i', "", "", "", 'I', kI}),
            refused +
                " because no identity-based policy allows the dsql:GetCluster "
                "action");
  EXPECT_EQ(MessageOf({kUser, "A", "", 'i', "N", "", "", 'I', kB}),
            refused +
                " because no permissions boundary allows the dsql:GetCluster "
                "action");
  EXPECT_EQ(
      MessageOf({kUser, "A", "", 'i', "", "N", "", 'I', kS}),
      refused + " because no session policy allows the dsql:GetCluster action");
  EXPECT_EQ(MessageOf({kUser, "A", "", 'i', "", "", "N", 'I', kO}),
            refused +
                " because no service control policy allows the "
                "dsql:GetCluster action");
  EXPECT_EQ(MessageOf({kUser, "D", "", 'i', "", "", "", 'D', kI}),
            refused + " with an explicit deny in an identity-based policy");
  EXPECT_EQ(MessageOf({kUser, "A", "D", '*', "", "", "", 'D', kR}),
            refused + " with an explicit deny in a resource-based policy");
  EXPECT_EQ(MessageOf({kUser, "A", "", 'i', "D", "", "", 'D', kB}),
            refused + " with an explicit deny in a permissions boundary");
  EXPECT_EQ(MessageOf({kUser, "A", "", 'i', "", "D", "", 'D', kS}),
            refused + " with an explicit deny in a session policy");
  EXPECT_EQ(MessageOf({kUser, "A", "", 'i', "", "", "D", 'D', kO}),
            refused + " with an explicit deny in a service control policy");
}

TEST(AuthorizationTest, SaysWhichStatementDecided) {
  EXPECT_EQ(Ask({kUser, "A", "", 'i', "", "", "", 'A', kI}).statement, "Allow");
  EXPECT_EQ(Ask({kUser, "NX", "", 'i', "", "", "", 'D', kI}).statement, "Deny");
  EXPECT_EQ(Ask({kUser, "N", "", 'i', "", "", "", 'I', kI}).statement, "");
  EXPECT_EQ(Ask({kUser, "", "", 'i', "", "", "", 'A', kI}).statement, "");

  Credentials credentials;
  credentials.principal_arn = kUser;
  constexpr char kNameless[] =
      R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},
                       {"Effect":"Allow","Action":"*","Resource":"*"}]})";
  PolicyRequest request;
  request.action = "dsql:GetCluster";
  request.resource_arn = kCluster;
  const auto one = Principal::Parse(credentials, {{kNameless}, {}, {}, {}});
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(Authorize(**one, nullptr, request).statement, "Statement[1]");
  const auto two =
      Principal::Parse(credentials, {{Policy('N'), kNameless}, {}, {}, {}});
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(Authorize(**two, nullptr, request).statement,
            "policy 1 Statement[1]");
}

TEST(AuthorizationTest, APrincipalOfAnotherAccountIsDenied) {
  EXPECT_EQ(
      Ask({"arn:aws:iam::999999999999:root", "", "A", '*', "", "", "", 'I', kI})
          .decision,
      Decision::kImplicitDeny);
}

TEST(AuthorizationTest, TagsAndContextOfThePrincipalCount) {
  Credentials credentials;
  credentials.principal_arn = kUser;
  credentials.tags = {{"Team", "a"}};
  credentials.context = {{"aws:SourceVpc", {"vpc-1"}}};
  const auto principal = Principal::Parse(
      credentials,
      {{R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*",
             "Condition":{"StringEquals":{"aws:PrincipalTag/team":"a",
                                          "aws:SourceVpc":"vpc-1"}}}})"},
       {},
       {},
       {}});
  ASSERT_TRUE(principal.ok()) << principal.status();
  PolicyRequest request;
  request.action = "dsql:GetCluster";
  request.resource_arn = kCluster;
  // The test's word counts more.
  request.context.Set("aws:SourceVpc", {"vpc-2"});
  EXPECT_TRUE(Authorize(**principal, nullptr, request).allowed());
}

TEST(PrincipalTest, FaultsAreNamedWithTheirList) {
  const auto bad = Principal::Parse(
      {}, {{Policy('A')}, {Policy('A', R"("Principal":"*",)")}, {}, {}});
  EXPECT_EQ(bad.status().message(),
            "permissions_boundary[0]: The policy is malformed: Statement[0] "
            "must not have a Principal: it is whom the policy belongs to");
}

}  // namespace
}  // namespace dsql
