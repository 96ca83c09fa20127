// SPDX-License-Identifier: Apache-2.0

// Decisions of single statements, each with its source: as an Allow and as a
// Deny of a cluster's policy.
//
// Sources: IAM is the IAM User Guide, DSQL the User Guide of Aurora DSQL; a
// page is named by the file in its URL.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/iam/request_context.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

constexpr char kCluster[] =
    "arn:aws:dsql:us-east-1:123456789012:cluster/abcdefghijklmnopqrstuvwxyz";

#define ROOT "arn:aws:iam::123456789012:root"
#define USER "arn:aws:iam::123456789012:user/team/alice"
#define ROLE "arn:aws:iam::123456789012:role/app"
#define SESSION "arn:aws:sts::123456789012:assumed-role/app/s1"
#define FEDERATED "arn:aws:sts::123456789012:federated-user/bob"
#define STRANGER "arn:aws:iam::999999999999:user/team/alice"

struct Row {
  const char* source;
  const char* caller;
  // Without Effect, and without what Statement() adds where it is missing.
  const char* members;
  bool applies;
  RequestContext context = RequestContext();
};

RequestContext Keys(const std::map<std::string, RequestContext::Values>& keys) {
  return RequestContext(keys);
}

const std::vector<Row>& Principals() {
  static const auto* const rows = new std::vector<Row>{
      {"IAM reference_policies_elements_principal: all principals", USER,
       R"("Principal":"*")", true},
      {"the same, in an object", SESSION, R"("Principal":{"AWS":"*"})", true},
      {"the same, of another account", STRANGER, R"("Principal":"*")", true},
      {"account principal by root's ARN", USER,
       R"("Principal":{"AWS":")" ROOT R"("})", true},
      {"account principal by root's ARN, a session", SESSION,
       R"("Principal":{"AWS":")" ROOT R"("})", true},
      {"account principal by root's ARN, a federated user", FEDERATED,
       R"("Principal":{"AWS":")" ROOT R"("})", true},
      {"account principal by id", ROOT, R"("Principal":{"AWS":"123456789012"})",
       true},
      {"account principal, another account", STRANGER,
       R"("Principal":{"AWS":"123456789012"})", false},
      {"one of several accounts", STRANGER,
       R"("Principal":{"AWS":["123456789012","999999999999"]})", true},
      {"IAM user principal", USER, R"("Principal":{"AWS":")" USER R"("})",
       true},
      {"IAM user principal is not root", ROOT,
       R"("Principal":{"AWS":")" USER R"("})", false},
      {"names have their case", USER,
       R"("Principal":{"AWS":"arn:aws:iam::123456789012:user/team/Alice"})",
       false},
      {"a user's path is part of its ARN", USER,
       R"("Principal":{"AWS":"arn:aws:iam::123456789012:user/alice"})", false},
      {"a user of the same name in another account", STRANGER,
       R"("Principal":{"AWS":")" USER R"("})", false},
      {"IAM role principal: its sessions", SESSION,
       R"("Principal":{"AWS":")" ROLE R"("})", true},
      {"IAM role principal with a path: its sessions", SESSION,
       R"("Principal":{"AWS":"arn:aws:iam::123456789012:role/x/y/app"})", true},
      {"another role's session", SESSION,
       R"("Principal":{"AWS":"arn:aws:iam::123456789012:role/apps"})", false},
      {"a user of the role's name", SESSION,
       R"("Principal":{"AWS":"arn:aws:iam::123456789012:user/app"})", false},
      {"role session principal", SESSION,
       R"("Principal":{"AWS":")" SESSION R"("})", true},
      {"another session of the role", SESSION,
       R"("Principal":{"AWS":)"
       R"("arn:aws:sts::123456789012:assumed-role/app/s2"})",
       false},
      {"federated user session principal", FEDERATED,
       R"("Principal":{"AWS":")" FEDERATED R"("})", true},
      {"one of several principals", SESSION,
       R"("Principal":{"AWS":[")" USER R"(",")" ROLE R"("]})", true},
      {"AWS service principals are not users", USER,
       R"("Principal":{"Service":"dsql.amazonaws.com"})", false},
      {"several kinds: one of them matches", USER,
       R"("Principal":{"Service":"dsql.amazonaws.com","AWS":")" USER R"("})",
       true},
      {"federated principals are no IAM users", USER,
       R"("Principal":{"Federated":"cognito-identity.amazonaws.com"})", false},
      {"canonical users are no IAM users", USER,
       R"("Principal":{"CanonicalUser":"79a59df900b949e5"})", false},
  };
  return *rows;
}

const std::vector<Row>& ActionsAndResources() {
  static const auto* const rows = new std::vector<Row>{
      {"IAM reference_policies_elements_action: exact", USER,
       R"("Action":"dsql:DbConnect")", true},
      {"actions have no case", USER, R"("Action":"dsql:dbconnect")", true},
      {"the prefix has no case", USER, R"("Action":"DSQL:DbConnect")", true},
      {"one of a list", USER,
       R"("Action":["dsql:GetCluster","dsql:DbConnect"])", true},
      {"none of a list", USER,
       R"("Action":["dsql:GetCluster","dsql:DbConnectAdmin"])", false},
      {"all actions of a service", USER, R"("Action":"dsql:*")", true},
      {"all actions", USER, R"("Action":"*")", true},
      {"multi-character wildcard inside", USER, R"("Action":"dsql:*Connect")",
       true},
      {"single-character wildcard", USER, R"("Action":"dsql:DbConnec?")", true},
      {"? is exactly one character", USER, R"("Action":"dsql:DbConnect?")",
       false},
      {"a prefix is no match", USER, R"("Action":"dsql:Db")", false},
      {"NotAction: another action is meant", USER,
       R"("NotAction":"dsql:GetCluster")", true},
      {"NotAction: this action is not", USER, R"("NotAction":"dsql:Db*")",
       false},
      {"NotAction with a list", USER,
       R"("NotAction":["dsql:GetCluster","dsql:DbConnect"])", false},
      {"IAM reference_policies_elements_resource: exact", USER,
       R"("Resource":)"
       R"("arn:aws:dsql:us-east-1:123456789012:cluster/)"
       R"(abcdefghijklmnopqrstuvwxyz")",
       true},
      {"all resources", USER, R"("Resource":"*")", true},
      {"wildcard for the identifier", USER,
       R"("Resource":"arn:aws:dsql:us-east-1:123456789012:cluster/*")", true},
      {"wildcard for the Region", USER,
       R"("Resource":"arn:aws:dsql:*:123456789012:cluster/*")", true},
      {"another Region", USER,
       R"("Resource":"arn:aws:dsql:us-west-2:123456789012:cluster/*")", false},
      {"another account", USER,
       R"("Resource":"arn:aws:dsql:us-east-1:999999999999:cluster/*")", false},
      {"resources have their case", USER,
       R"("Resource":"arn:aws:dsql:us-east-1:123456789012:cluster/ABC*")",
       false},
      {"a stream of the cluster is another resource", USER,
       R"("Resource":"arn:aws:dsql:us-east-1:123456789012:cluster/*/stream/*")",
       false},
      {"one of a list", USER,
       R"("Resource":["arn:aws:dsql:us-west-2:*","arn:aws:dsql:us-east-1:*"])",
       true},
      {"NotResource: this one is not", USER, R"("NotResource":"*")", false},
      {"NotResource: another one is meant", USER,
       R"("NotResource":"arn:aws:dsql:us-west-2:*")", true},
  };
  return *rows;
}

const std::vector<Row>& Strings() {
  const auto team = [](const char* value) {
    return Keys({{"aws:PrincipalTag/team", {value}}});
  };
  static const auto* const rows = new std::vector<Row>{
      {"IAM reference_policies_elements_condition_operators: StringEquals",
       USER, R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}})",
       true, team("a")},
      {"StringEquals has case", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":"A"}})", false,
       team("a")},
      {"StringEquals knows no wildcards", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":"*"}})", false,
       team("a")},
      {"StringEquals, one of several values", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":["b","a"]}})",
       true, team("a")},
      {"StringEquals, the key is missing", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}})", false},
      {"StringNotEquals", USER,
       R"("Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"a"}})",
       false, team("a")},
      {"StringNotEquals, none of several values", USER,
       R"("Condition":{"StringNotEquals":{"aws:PrincipalTag/team":["b","c"]}})",
       true, team("a")},
      {"StringNotEquals, one of several values", USER,
       R"("Condition":{"StringNotEquals":{"aws:PrincipalTag/team":["b","a"]}})",
       false, team("a")},
      {"negated operators hold where the key is missing", USER,
       R"("Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"a"}})",
       true},
      {"StringEqualsIgnoreCase", USER,
       R"("Condition":{"StringEqualsIgnoreCase":{)"
       R"("aws:PrincipalTag/team":"A"}})",
       true, team("a")},
      {"StringNotEqualsIgnoreCase", USER,
       R"("Condition":{"StringNotEqualsIgnoreCase":{)"
       R"("aws:PrincipalTag/team":"A"}})",
       false, team("a")},
      {"StringLike", USER,
       R"("Condition":{"StringLike":{"aws:PrincipalTag/team":"web-*"}})", true,
       team("web-1")},
      {"StringLike with ?", USER,
       R"("Condition":{"StringLike":{"aws:PrincipalTag/team":"web-?"}})", false,
       team("web-10")},
      {"StringNotLike", USER,
       R"("Condition":{"StringNotLike":{"aws:PrincipalTag/team":"web-*"}})",
       false, team("web-1")},
      {"condition keys have no case, those of tags neither", USER,
       R"("Condition":{"StringEquals":{"AWS:principaltag/TEAM":"a"}})", true,
       team("a")},
      {"several operators: all must hold", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"},)"
       R"("Bool":{"aws:SecureTransport":"true"}})",
       false, team("a")},
      {"several keys of an operator: all must hold", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/team":"a",)"
       R"("aws:PrincipalTag/env":"dev"}})",
       false, team("a")},
      {"...IfExists, the key is there", USER,
       R"("Condition":{"StringEqualsIfExists":{"aws:PrincipalTag/team":"b"}})",
       false, team("a")},
      {"...IfExists, the key is missing", USER,
       R"("Condition":{"StringEqualsIfExists":{"aws:PrincipalTag/team":"b"}})",
       true},
      {"Null true: the key is missing", USER,
       R"("Condition":{"Null":{"aws:PrincipalTag/team":"true"}})", true},
      {"Null true: the key is there", USER,
       R"("Condition":{"Null":{"aws:PrincipalTag/team":"true"}})", false,
       team("a")},
      {"Null false: the key is there", USER,
       R"("Condition":{"Null":{"aws:PrincipalTag/team":"false"}})", true,
       team("a")},
      {"Null false: the key is missing", USER,
       R"("Condition":{"Null":{"aws:PrincipalTag/team":"false"}})", false},
      {"Bool", USER, R"("Condition":{"Bool":{"aws:SecureTransport":"true"}})",
       true, Keys({{"aws:SecureTransport", {"true"}}})},
      {"Bool by a JSON boolean", USER,
       R"("Condition":{"Bool":{"aws:SecureTransport":false}})", false,
       Keys({{"aws:SecureTransport", {"true"}}})},
  };
  return *rows;
}

const std::vector<Row>& OtherTypes() {
  const auto number = [](const char* value) {
    return Keys({{"aws:MultiFactorAuthAge", {value}}});
  };
  const auto time = [](const char* value) {
    return Keys({{"aws:CurrentTime", {value}}});
  };
  const auto ip = [](const char* value) {
    return Keys({{"aws:SourceIp", {value}}});
  };
  static const auto* const rows = new std::vector<Row>{
      {"NumericEquals", USER,
       R"("Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":"10"}})", true,
       number("10.0")},
      {"NumericNotEquals", USER,
       R"("Condition":{"NumericNotEquals":{"aws:MultiFactorAuthAge":10}})",
       false, number("10")},
      {"NumericLessThan", USER,
       R"("Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"10"}})",
       false, number("10")},
      {"NumericLessThanEquals", USER,
       R"("Condition":{"NumericLessThanEquals":{)"
       R"("aws:MultiFactorAuthAge":"10"}})",
       true, number("10")},
      {"NumericGreaterThan", USER,
       R"("Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"9"}})",
       true, number("10")},
      {"NumericGreaterThanEquals", USER,
       R"("Condition":{"NumericGreaterThanEquals":{)"
       R"("aws:MultiFactorAuthAge":"11"}})",
       false, number("10")},
      {"what is no number is compared with nothing", USER,
       R"("Condition":{"NumericLessThan":{"aws:MultiFactorAuthAge":"10"}})",
       false, number("soon")},
      {"DateGreaterThan", USER,
       R"("Condition":{"DateGreaterThan":{)"
       R"("aws:CurrentTime":"2026-01-01T00:00:00Z"}})",
       true, time("2026-11-26T12:00:00Z")},
      {"DateLessThan", USER,
       R"("Condition":{"DateLessThan":{)"
       R"("aws:CurrentTime":"2026-01-01T00:00:00Z"}})",
       false, time("2026-11-26T12:00:00Z")},
      {"DateEquals in another zone", USER,
       R"("Condition":{"DateEquals":{)"
       R"("aws:CurrentTime":"2026-11-26T13:00:00+01:00"}})",
       true, time("2026-11-26T12:00:00Z")},
      {"dates may be epoch seconds", USER,
       R"("Condition":{"DateLessThan":{"aws:CurrentTime":"4102444800"}})", true,
       time("2026-11-26T12:00:00Z")},
      {"IpAddress, a range", USER,
       R"("Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})", true,
       ip("192.0.2.7")},
      {"IpAddress, outside of the range", USER,
       R"("Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/29"}})", false,
       ip("192.0.2.8")},
      {"IpAddress without a mask is one address", USER,
       R"("Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.7"}})", true,
       ip("192.0.2.7")},
      {"NotIpAddress", USER,
       R"("Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}})", false,
       ip("192.0.2.7")},
      {"IPv6 range", USER,
       R"("Condition":{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}})", true,
       ip("2001:db8::1")},
      {"no IPv4 address is in an IPv6 range", USER,
       R"("Condition":{"IpAddress":{"aws:SourceIp":"::/0"}})", false,
       ip("192.0.2.7")},
      {"nor an IPv6 address in an IPv4 range", USER,
       R"("Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})", false,
       ip("2001:db8::1")},
      {"through a VPC endpoint there is no aws:SourceIp", USER,
       R"("Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}})", true,
       Keys({{"aws:VpcSourceIp", {"10.0.0.7"}}})},
      {"aws:VpcSourceIp", USER,
       R"("Condition":{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}})", true,
       Keys({{"aws:VpcSourceIp", {"10.0.0.7"}}})},
      {"ArnLike", SESSION,
       R"("Condition":{"ArnLike":{)"
       R"("aws:PrincipalArn":"arn:aws:iam::*:role/a*"}})",
       true},
      {"ArnEquals is ArnLike", SESSION,
       R"("Condition":{"ArnEquals":{)"
       R"("aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}})",
       true},
      {"wildcards of ARNs stay in their part", SESSION,
       R"("Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam:*"}})",
       false},
      {"ArnNotEquals", SESSION,
       R"("Condition":{"ArnNotEquals":{"aws:PrincipalArn":")" ROLE R"("}})",
       false},
  };
  return *rows;
}

const std::vector<Row>& Sets() {
  const auto tag_keys = [](RequestContext::Values values) {
    return Keys({{"aws:TagKeys", std::move(values)}});
  };
  static const auto* const rows = new std::vector<Row>{
      {"IAM reference_policies_condition-single-vs-multi-valued-context-keys: "
       "ForAllValues, all are listed",
       USER,
       R"("Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}})",
       true, tag_keys({"a", "b"})},
      {"ForAllValues, one is not listed", USER,
       R"("Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}})",
       false, tag_keys({"a", "c"})},
      {"ForAllValues holds without values", USER,
       R"("Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}})",
       true},
      {"ForAnyValue, one is listed", USER,
       R"("Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}})",
       true, tag_keys({"a", "c"})},
      {"ForAnyValue, none is listed", USER,
       R"("Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}})",
       false, tag_keys({"b", "c"})},
      {"ForAnyValue does not hold without values", USER,
       R"("Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}})",
       false},
      {"ForAnyValue with a negated operator", USER,
       R"("Condition":{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a"]}})",
       true, tag_keys({"a", "c"})},
      {"ForAllValues with a negated operator", USER,
       R"("Condition":{"ForAllValues:StringNotEquals":{"aws:TagKeys":["a"]}})",
       false, tag_keys({"a", "c"})},
      {"ForAnyValue:StringLike on aws:PrincipalOrgPaths", USER,
       R"("Condition":{"ForAnyValue:StringLike":{)"
       R"("aws:PrincipalOrgPaths":"o-1/r-1/ou-1/*"}})",
       true, Keys({{"aws:PrincipalOrgPaths", {"o-1/r-1/ou-1/ou-2/"}}})},
  };
  return *rows;
}

const std::vector<Row>& GlobalKeys() {
  static const auto* const rows = new std::vector<Row>{
      {"IAM reference_policies_condition-keys: aws:PrincipalArn of a session "
       "is its role's",
       SESSION,
       R"("Condition":{"StringEquals":{"aws:PrincipalArn":")" ROLE R"("}})",
       true},
      {"aws:PrincipalAccount", USER,
       R"("Condition":{"StringEquals":{)"
       R"("aws:PrincipalAccount":"123456789012"}})",
       true},
      {"aws:PrincipalType of a user", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalType":"User"}})", true},
      {"aws:PrincipalType of a session", SESSION,
       R"("Condition":{"StringEquals":{"aws:PrincipalType":"AssumedRole"}})",
       true},
      {"aws:PrincipalType of root", ROOT,
       R"("Condition":{"StringEquals":{"aws:PrincipalType":"Account"}})", true},
      {"aws:username of a user is its name, without path", USER,
       R"("Condition":{"StringEquals":{"aws:username":"alice"}})", true},
      {"aws:username is missing for roles", SESSION,
       R"("Condition":{"Null":{"aws:username":"true"}})", true},
      {"aws:userid of a session ends in its name", SESSION,
       R"("Condition":{"StringLike":{"aws:userid":"AROA*:s1"}})", true},
      {"aws:userid of root is the account", ROOT,
       R"("Condition":{"StringEquals":{"aws:userid":"123456789012"}})", true},
      {"aws:PrincipalIsAWSService", USER,
       R"("Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}})", true},
      {"aws:PrincipalOrgID", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}})", true,
       Keys({{"aws:PrincipalOrgID", {"o-1"}}})},
      {"aws:ResourceTag", USER,
       R"("Condition":{"StringEquals":{"aws:ResourceTag/env":"prod"}})", true,
       Keys({{"aws:ResourceTag/env", {"prod"}}})},
      {"DSQL rbp-examples: deny from outside of any VPC", USER,
       R"("Action":["dsql:DbConnect","dsql:DbConnectAdmin"],)"
       R"("Condition":{"Null":{"aws:SourceVpc":"true"}})",
       true},
      {"the same, from a VPC", USER,
       R"("Action":["dsql:DbConnect","dsql:DbConnectAdmin"],)"
       R"("Condition":{"Null":{"aws:SourceVpc":"true"}})",
       false, Keys({{"aws:SourceVpc", {"vpc-1"}}})},
      {"DSQL rbp-examples: deny from another VPC", USER,
       R"("Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})", true,
       Keys({{"aws:SourceVpc", {"vpc-2"}}})},
      {"DSQL rbp-examples: deny through another endpoint", USER,
       R"("Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}})", false,
       Keys({{"aws:SourceVpce", {"vpce-1"}}})},
      {"DSQL rbp-examples: deny to another organization", USER,
       R"("Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}})", true},
      {"DSQL rbp-examples: deny to other roles", SESSION,
       R"("Condition":{"ArnNotEquals":{"aws:PrincipalArn":[")" ROLE R"("]}})",
       false},
  };
  return *rows;
}

const std::vector<Row>& Variables() {
  static const auto* const rows = new std::vector<Row>{
      {"IAM reference_policies_variables: in a string condition", USER,
       R"("Condition":{"StringEquals":{)"
       R"("aws:PrincipalTag/owner":"${aws:username}"}})",
       true, Keys({{"aws:PrincipalTag/owner", {"alice"}}})},
      {"another value", USER,
       R"("Condition":{"StringEquals":{)"
       R"("aws:PrincipalTag/owner":"${aws:username}"}})",
       false, Keys({{"aws:PrincipalTag/owner", {"bob"}}})},
      {"within a text", USER,
       R"("Condition":{"StringLike":{)"
       R"("aws:PrincipalTag/owner":"user-${aws:username}-*"}})",
       true, Keys({{"aws:PrincipalTag/owner", {"user-alice-7"}}})},
      {"names of variables have no case", USER,
       R"("Condition":{"StringEquals":{)"
       R"("aws:PrincipalTag/owner":"${AWS:UserName}"}})",
       true, Keys({{"aws:PrincipalTag/owner", {"alice"}}})},
      {"a variable without a value equals nothing", SESSION,
       R"("Condition":{"StringEquals":{)"
       R"("aws:PrincipalTag/owner":"${aws:username}"}})",
       false, Keys({{"aws:PrincipalTag/owner", {""}}})},
      {"and differs from everything", SESSION,
       R"("Condition":{"StringNotEquals":{)"
       R"("aws:PrincipalTag/owner":"${aws:username}"}})",
       true, Keys({{"aws:PrincipalTag/owner", {"alice"}}})},
      {"default value", SESSION,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/owner":)"
       R"("${aws:username, 'nobody'}"}})",
       true, Keys({{"aws:PrincipalTag/owner", {"nobody"}}})},
      {"a value wins over the default", USER,
       R"("Condition":{"StringEquals":{"aws:PrincipalTag/owner":)"
       R"("${aws:username, 'nobody'}"}})",
       false, Keys({{"aws:PrincipalTag/owner", {"nobody"}}})},
      {"a star in a value is no wildcard", USER,
       R"("Condition":{"StringLike":{)"
       R"("aws:PrincipalTag/owner":"${aws:PrincipalTag/pattern}"}})",
       false,
       Keys({{"aws:PrincipalTag/owner", {"alice"}},
             {"aws:PrincipalTag/pattern", {"*"}}})},
      {"${*} is a star", USER,
       R"("Condition":{"StringLike":{"aws:PrincipalTag/owner":"a${*}"}})", true,
       Keys({{"aws:PrincipalTag/owner", {"a*"}}})},
      {"${*} is no wildcard", USER,
       R"("Condition":{"StringLike":{"aws:PrincipalTag/owner":"a${*}"}})",
       false, Keys({{"aws:PrincipalTag/owner", {"ab"}}})},
      {"${?} and ${$}", USER,
       R"("Condition":{"StringLike":{"aws:PrincipalTag/owner":"${?}${$}"}})",
       true, Keys({{"aws:PrincipalTag/owner", {"?$"}}})},
      {"in a resource", USER,
       R"("Resource":"arn:aws:dsql:*:${aws:PrincipalAccount}:cluster/*")",
       true},
      {"in a resource of another account", STRANGER,
       R"("Resource":"arn:aws:dsql:*:${aws:PrincipalAccount}:cluster/*")",
       false},
      {"in a resource, without a value", SESSION,
       R"("Resource":"arn:aws:dsql:*:*:cluster/${aws:username}*")", false},
      {"in an ARN condition", SESSION,
       R"("Condition":{"ArnEquals":{"aws:PrincipalArn":)"
       R"("arn:aws:iam::${aws:PrincipalAccount}:role/app"}})",
       true},
      {"not in a date condition", USER,
       R"("Condition":{"DateEquals":{"aws:CurrentTime":)"
       R"("${aws:PrincipalTag/day}"}})",
       false,
       Keys({{"aws:CurrentTime", {"2026-01-01"}},
             {"aws:PrincipalTag/day", {"2026-01-01"}}})},
  };
  return *rows;
}

std::string Statement(const Row& row, const char* effect) {
  const std::string members = row.members;
  const auto add = [&](const char* member, const char* otherwise) {
    const bool there =
        members.rfind(absl::StrCat("\"", member, "\":"), 0) == 0 ||
        members.find(absl::StrCat(",\"", member, "\":")) != members.npos ||
        members.rfind(absl::StrCat("\"Not", member, "\":"), 0) == 0;
    return there ? "" : absl::StrCat(",\"", member, "\":\"", otherwise, "\"");
  };
  return absl::StrCat(R"({"Effect":")", effect, "\",", members,
                      add("Principal", "*"), add("Action", "*"),
                      add("Resource", "*"), "}");
}

PolicyDecision Decide(const Row& row, const char* effect,
                      const char* version = "2012-10-17") {
  const std::string json =
      absl::StrCat(R"({"Version":")", version, R"(","Statement":)",
                   Statement(row, effect), "}");
  const auto policy = PolicyDocument::Parse(json);
  EXPECT_TRUE(policy.ok()) << json << "\n" << policy.status();
  if (!policy.ok()) return PolicyDecision::kNone;
  PolicyRequest request;
  request.principal_arn = row.caller;
  request.action = "dsql:DbConnect";
  request.resource_arn = kCluster;
  request.context = row.context;
  return EvaluatePolicy(*policy, request).decision;
}

class PolicyDecisionsTest
    : public ::testing::TestWithParam<const std::vector<Row>& (*)()> {};

TEST_P(PolicyDecisionsTest, AsDocumented) {
  for (const Row& row : GetParam()()) {
    SCOPED_TRACE(absl::StrCat(row.source, "\n", row.caller, "\n", row.members));
    EXPECT_EQ(Decide(row, "Allow"),
              row.applies ? PolicyDecision::kAllow : PolicyDecision::kNone);
    EXPECT_EQ(Decide(row, "Deny"),
              row.applies ? PolicyDecision::kDeny : PolicyDecision::kNone);
  }
}

INSTANTIATE_TEST_SUITE_P(Statements, PolicyDecisionsTest,
                         ::testing::Values(Principals, ActionsAndResources,
                                           Strings, OtherTypes, Sets,
                                           GlobalKeys, Variables));

TEST(PolicyDecisionsTest, ThereAreEnough) {
  size_t rows = 0;
  for (const auto* list :
       {&Principals(), &ActionsAndResources(), &Strings(), &OtherTypes(),
        &Sets(), &GlobalKeys(), &Variables()}) {
    rows += list->size();
  }
  // Each an Allow and a Deny; authorization_test.cc has those of several
  // policies.
  EXPECT_GE(rows * 2, 280);
}

// Variables are those of version 2012-10-17.
TEST(PolicyDecisionsTest, TheOldVersionHasNoVariables) {
  const Row literal = {"IAM reference_policies_elements_version", USER,
                       R"("Condition":{"StringEquals":{)"
                       R"("aws:PrincipalTag/owner":"${aws:username}"}})",
                       true,
                       Keys({{"aws:PrincipalTag/owner", {"${aws:username}"}}})};
  EXPECT_EQ(Decide(literal, "Deny", "2008-10-17"), PolicyDecision::kDeny);
  EXPECT_EQ(Decide(literal, "Deny"), PolicyDecision::kNone);
}

}  // namespace
}  // namespace dsql
