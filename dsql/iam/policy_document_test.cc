// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/policy_document.h"

#include <random>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// The text of the error; empty where there is none.
std::string FaultOf(absl::string_view json) {
  const auto document = PolicyDocument::Parse(json);
  if (document.ok()) return "";
  EXPECT_EQ(document.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(document.status().message());
}

constexpr absl::string_view kStatement =
    R"({"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"})";

std::string Policy(absl::string_view statements) {
  return absl::StrCat(R"({"Version":"2012-10-17","Statement":)", statements,
                      "}");
}

// A policy whose statement has `member` in place of `old_member`.
std::string With(absl::string_view old_member, absl::string_view member) {
  const std::string statement =
      absl::StrReplaceAll(kStatement, {{old_member, member}});
  EXPECT_NE(statement, kStatement);
  return Policy(statement);
}

TEST(PolicyDocumentTest, EveryElementIsRead) {
  const auto document = PolicyDocument::Parse(R"({
    "Version": "2012-10-17",
    "Id": "my-policy",
    "Statement": [
      {
        "Sid": "First",
        "Effect": "Deny",
        "Principal": {"AWS": ["123456789012",
                              "arn:aws:iam::123456789012:role/app"]},
        "Action": ["dsql:DbConnect", "dsql:DbConnectAdmin"],
        "Resource": "arn:aws:dsql:us-east-1:123456789012:cluster/*",
        "Condition": {
          "StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]},
          "Null": {"aws:SourceVpc": false}
        }
      },
      {
        "Effect": "Allow",
        "NotPrincipal": {"Service": "backup.amazonaws.com"},
        "NotAction": "dsql:Delete*",
        "NotResource": "*"
      }
    ]
  })");
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->version, "2012-10-17");
  EXPECT_EQ(document->id, "my-policy");
  ASSERT_THAT(document->statements, SizeIs(2));

  const PolicyStatement& first = document->statements[0];
  EXPECT_EQ(first.sid, "First");
  EXPECT_FALSE(first.allow);
  EXPECT_FALSE(first.not_principal || first.not_action || first.not_resource);
  ASSERT_THAT(first.principals, SizeIs(2));
  EXPECT_EQ(first.principals[0].type, "AWS");
  EXPECT_EQ(first.principals[0].value, "123456789012");
  EXPECT_THAT(first.actions,
              ElementsAre("dsql:DbConnect", "dsql:DbConnectAdmin"));
  EXPECT_THAT(first.resources,
              ElementsAre("arn:aws:dsql:us-east-1:123456789012:cluster/*"));
  ASSERT_THAT(first.conditions, SizeIs(2));
  EXPECT_EQ(first.conditions[0].op, "StringNotEquals");
  EXPECT_EQ(first.conditions[0].key, "aws:SourceVpc");
  EXPECT_THAT(first.conditions[0].values, ElementsAre("vpc-1", "vpc-2"));
  EXPECT_THAT(first.conditions[1].values, ElementsAre("false"));

  const PolicyStatement& second = document->statements[1];
  EXPECT_TRUE(second.allow);
  EXPECT_TRUE(second.not_principal && second.not_action && second.not_resource);
  EXPECT_EQ(second.principals[0].type, "Service");
}

// From the user guide of Aurora DSQL, "Resource-based policies".
TEST(PolicyDocumentTest, TheExamplesOfTheUserGuideAreAccepted) {
  EXPECT_EQ(FaultOf(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",
      "Principal":{"AWS":"*"},"Resource":"*",
      "Action":["dsql:DbConnect","dsql:DbConnectAdmin"],
      "Condition":{"Null":{"aws:SourceVpc":"true"}}}]})"),
            "");
  for (const char* condition :
       {R"("StringNotEquals":{"aws:SourceVpc":"vpc-123456"})",
        R"("StringNotEquals":{"aws:PrincipalOrgID":"o-exampleorgid"})",
        R"("ForAnyValue:StringNotLike":{"aws:PrincipalOrgPaths":"o-a/r-b/*"})",
        R"("NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]})",
        R"("NotIpAddressIfExists":{"aws:VpcSourceIp":"10.0.0.0/8"})",
        R"("ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::1:role/x"})"}) {
    EXPECT_EQ(FaultOf(With(R"("Resource":"*")",
                           absl::StrCat(R"("Resource":"*","Condition":{)",
                                        condition, "}"))),
              "")
        << condition;
  }
}

TEST(PolicyDocumentTest, WhatIsNotWellFormedIsRefused) {
  for (const std::string& json :
       {std::string(), std::string("{"), std::string("nothing"),
        std::string("{}x"), std::string("{'Version':1}"),
        std::string("{\"Version\":\"\xff\"}"), std::string("{}\0", 3),
        std::string("{\"Version\":\"2012-10-17\",}"),
        std::string("// comment\n{}"), std::string(1 << 20, '['),
        std::string("\xef\xbb\xbf{}")}) {
    EXPECT_THAT(FaultOf(json), HasSubstr("not well-formed JSON"));
  }
}

TEST(PolicyDocumentTest, DuplicatesAreRefused) {
  EXPECT_THAT(FaultOf(R"({"Version":"2012-10-17","Statement":[
      {"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"*",
       "Resource":"*"}]})"),
              HasSubstr("Statement[0].Effect occurs twice"));
  EXPECT_THAT(FaultOf(Policy(R"([
      {"Sid":"A","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"},
      {"Sid":"A","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}
      ])")),
              HasSubstr("Two statements have the Sid A"));
}

// IAM's default.
TEST(PolicyDocumentTest, WithoutVersionItIsTheOldOne) {
  const auto document =
      PolicyDocument::Parse(absl::StrCat(R"({"Statement":)", kStatement, "}"));
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->version, "2008-10-17");
}

struct Fault {
  std::string json;
  std::string text;
};

TEST(PolicyDocumentTest, EachFaultIsNamedWithItsPlace) {
  const Fault faults[] = {
      {"[]", "The policy must be a JSON object"},
      {R"({"Statement":[]})", "Statement must not be empty"},
      {R"({"Version":"2012-10-17"})", "Statement is missing"},
      {R"({"Version":"2024-01-01","Statement":1})",
       "Version must be 2012-10-17 or 2008-10-17; "
       "Statement must be an object or a list of objects"},
      {R"({"Version":"2012-10-17","Id":1,"Statement":[1]})",
       "Id must be a string; Statement[0] must be an object"},
      {R"({"Version":"2012-10-17","version":"","Statement":)" +
           std::string(kStatement) + "}",
       "version is not an element of IAM policies"},
      {With(R"("Allow")", R"("allow")"),
       "Statement.Effect must be Allow or Deny"},
      {With(R"("Effect":"Allow",)", ""),
       "Statement.Effect must be Allow or Deny"},
      {With(R"("Effect":)", R"("Sid":1,"Effect":)"),
       "Statement.Sid must be a string"},
      {With(R"("Effect":)", R"("Efect":1,"Effect":)"),
       "Statement.Efect is not an element of IAM policies"},
      {With(R"("Principal":"*",)", ""),
       "Statement must have Principal or NotPrincipal"},
      {With(R"("Action":"*",)", ""), "Statement must have Action or NotAction"},
      {With(R"(,"Resource":"*")", ""),
       "Statement must have Resource or NotResource"},
      {With(R"("Action":"*")", R"("Action":"*","NotAction":"*")"),
       "Statement must not have both Action and NotAction"},
      {With(R"("Action":"*")", R"("Action":"s3:GetObject")"),
       "Statement.Action must be * or start with dsql:, it is s3:GetObject"},
      {With(R"("Action":"*")", R"("NotAction":"dsql:")"),
       "Statement.NotAction must be * or start with dsql:, it is dsql:"},
      {With(R"("Action":"*")", R"("Action":["dsql:Db Connect"])"),
       "Statement.Action must be * or start with dsql:, it is dsql:Db Connect"},
      {With(R"("Action":"*")", R"("Action":[])"),
       "Statement.Action must not be empty"},
      {With(R"("Action":"*")", R"("Action":{})"),
       "Statement.Action must be a string or a list of strings"},
      {With(R"("Resource":"*")", R"("Resource":[])"),
       "Statement.Resource must not be empty"},
      {With(R"("Principal":"*")", R"("Principal":{"AWS":[]})"),
       "Statement.Principal.AWS must not be empty"},
      {With(R"("Action":"*")", R"("Action":["dsql:*",1])"),
       "Statement.Action must hold only strings"},
      {With(R"("Resource":"*")", R"("Resource":"cluster/x")"),
       "Statement.Resource must be * or an ARN, it is cluster/x"},
      {With(R"("Principal":"*")", R"("Principal":"arn:aws:iam::1:root")"),
       "Statement.Principal must be \"*\" or an object such as {\"AWS\": "
       "\"<ARN>\"}"},
      {With(R"("Principal":"*")", R"("Principal":{})"),
       "Statement.Principal must be \"*\" or an object such as {\"AWS\": "
       "\"<ARN>\"}"},
      {With(R"("Principal":"*")", R"("Principal":{"aws":"*"})"),
       "Statement.Principal.aws must be one of AWS, Service, Federated, "
       "CanonicalUser"},
      {With(R"("Resource":"*")", R"("Resource":"*","Condition":[])"),
       "Statement.Condition must be an object"},
      {With(R"("Resource":"*")",
            R"("Resource":"*","Condition":{"StringSame":{"k":"v"}})"),
       "Statement.Condition.StringSame is no condition operator"},
      {With(R"("Resource":"*")", R"("Resource":"*","Condition":{"Bool":1})"),
       "Statement.Condition.Bool must map condition keys to values"},
      {With(R"("Resource":"*")",
            R"("Resource":"*","Condition":{"Bool":{"k":{"x":1}}})"),
       "Statement.Condition.Bool.k must be a string, number or boolean, or a "
       "list of them"},
  };
  for (const Fault& fault : faults) {
    EXPECT_EQ(FaultOf(fault.json),
              absl::StrCat("The policy is malformed: ", fault.text))
        << fault.json;
  }
}

TEST(PolicyDocumentTest, AllFaultsAreListed) {
  EXPECT_EQ(FaultOf(R"({"Version":"2012-10-17","Statement":[)" +
                    std::string(kStatement) +
                    R"(,{"Effect":"No","Principal":"*","Action":"x"}]})"),
            "The policy is malformed: "
            "Statement[1].Effect must be Allow or Deny; "
            "Statement[1].Action must be * or start with dsql:, it is x; "
            "Statement[1] must have Resource or NotResource");
}

TEST(PolicyDocumentTest, PrincipalsOfAws) {
  for (const char* principal :
       {"*", "123456789012", "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:user/alice",
        "arn:aws:iam::123456789012:user/division/alice",
        "arn:aws-cn:iam::123456789012:role/app",
        "arn:aws:sts::123456789012:assumed-role/app/session",
        "arn:aws:sts::123456789012:federated-user/bob"}) {
    EXPECT_EQ(FaultOf(With(
                  R"("Principal":"*")",
                  absl::StrCat(R"("Principal":{"AWS":")", principal, "\"}"))),
              "")
        << principal;
  }
  for (const char* principal :
       {"", "12345678901", "1234567890123", "12345678901a", "alice",
        "arn:aws:iam::123456789012:", "arn:aws:iam::123456789012:user/",
        "arn:aws:iam::123456789012:group/g", "arn:aws:iam::1234:root",
        "arn:aws:iam:us-east-1:123456789012:root",
        "arn:aws:iam::123456789012:role/*", "arn:aws:iam::*:root",
        "arn:aws:sts::123456789012:root", "arn:aws:s3:::bucket"}) {
    EXPECT_THAT(FaultOf(With(
                    R"("Principal":"*")",
                    absl::StrCat(R"("Principal":{"AWS":")", principal, "\"}"))),
                HasSubstr(absl::StrCat("Statement.Principal.AWS must be *, an "
                                       "account id or the ARN of a root, user, "
                                       "role or session, it is ",
                                       principal)))
        << principal;
  }
}

// Random changes of valid policies: whatever comes in, Parse() answers, and
// what it accepts has the parts that an evaluator relies on.
TEST(PolicyDocumentTest, MutatedPoliciesNeverCrash) {
  const std::string seeds[] = {
      Policy(kStatement),
      Policy(R"([{"Sid":"A","Effect":"Deny","NotPrincipal":{"AWS":["*"]},
          "NotAction":["dsql:*"],"NotResource":["arn:aws:dsql:*"],
          "Condition":{"ForAnyValue:StringLikeIfExists":{"a:b":[1,true,"x"]},
          "Null":{"c":"true"}}}])")};
  constexpr char kBytes[] = "{}[]\",:\\*?\0\xff\x80 u0041tfnAD1-eE.";
  const std::string alphabet(kBytes, sizeof(kBytes) - 1);
  std::mt19937 bits(20260101);  // The same in every run.
  for (int i = 0; i < 10000; ++i) {
    std::string json = seeds[i % 2];
    const int changes = absl::Uniform(bits, 1, 6);
    for (int j = 0; j < changes; ++j) {
      const size_t at = absl::Uniform(bits, size_t{0}, json.size());
      const char byte =
          alphabet[absl::Uniform(bits, size_t{0}, alphabet.size())];
      switch (absl::Uniform(bits, 0, 4)) {
        case 0:
          json[at] = byte;
          break;
        case 1:
          json.insert(at, 1, byte);
          break;
        case 2:
          json.erase(at, absl::Uniform(bits, 1, 10));
          break;
        case 3:
          json.insert(at, json.substr(at / 2, at / 2));
          break;
      }
      if (json.empty()) json = "x";
    }
    const auto document = PolicyDocument::Parse(json);
    if (!document.ok()) continue;
    EXPECT_FALSE(document->statements.empty()) << json;
    for (const PolicyStatement& statement : document->statements) {
      EXPECT_FALSE(statement.principals.empty()) << json;
      EXPECT_FALSE(statement.actions.empty()) << json;
      EXPECT_FALSE(statement.resources.empty()) << json;
    }
  }
}

}  // namespace
}  // namespace dsql
