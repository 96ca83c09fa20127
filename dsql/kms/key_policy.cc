// SPDX-License-Identifier: Apache-2.0

#include "dsql/kms/key_policy.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/json.hpp"
#include "dsql/aws/arn.h"
#include "dsql/iam/policy_document.h"
#include "dsql/iam/policy_evaluator.h"
#include "dsql/kms/kms_error.h"

namespace dsql::kms {
namespace {

namespace json = ::boost::json;

constexpr char kDsqlService[] = "dsql.amazonaws.com";

absl::Status Malformed(absl::string_view why) {
  return KmsException(
      kMalformedPolicy,
      absl::StrCat("The key policy is not syntactically or semantically "
                   "correct: ",
                   why));
}

absl::StatusOr<PolicyDocument> Parse(absl::string_view policy) {
  auto document = PolicyDocument::Parse(policy, PolicyKind::kKey);
  if (!document.ok()) return Malformed(document.status().message());
  return document;
}

PolicyRequest RequestOf(absl::string_view key_arn, const DsqlArn& cluster) {
  PolicyRequest request;
  request.principal_service = kDsqlService;
  request.resource_arn = std::string(key_arn);
  request.context.Set("aws:SourceArn", {cluster.ToString()});
  request.context.Set("aws:SourceAccount", {cluster.account_id});
  return request;
}

}  // namespace

std::string DefaultKeyPolicy(absl::string_view key_arn) {
  const absl::optional<ArnParts> key = ArnParts::Parse(key_arn);
  const std::string root =
      key.has_value() ? RootArn(key->account_id, key->partition) : "*";
  return json::serialize(json::value(
      {{"Version", "2012-10-17"},
       {"Id", "key-default-1"},
       {"Statement",
        {{{"Sid", "Enable IAM User Permissions"},
          {"Effect", "Allow"},
          {"Principal", {{"AWS", root}}},
          {"Action", "kms:*"},
          {"Resource", "*"}},
         {{"Sid", "Allow access through Aurora DSQL"},
          {"Effect", "Allow"},
          {"Principal", {{"Service", kDsqlService}}},
          {"Action", json::array({"kms:DescribeKey", "kms:Decrypt",
                                  "kms:Encrypt", "kms:GenerateDataKey",
                                  "kms:ReEncryptFrom", "kms:ReEncryptTo"})},
          {"Resource", "*"}}}}}));
}

absl::Status CheckKeyPolicy(absl::string_view policy) {
  return Parse(policy).status();
}

bool AllowsDsql(absl::string_view policy, absl::string_view key_arn,
                absl::string_view cluster_arn) {
  const absl::StatusOr<PolicyDocument> document = Parse(policy);
  const absl::optional<DsqlArn> cluster = DsqlArn::Parse(cluster_arn);
  if (!document.ok() || !cluster.has_value()) return false;
  PolicyRequest request = RequestOf(key_arn, *cluster);
  const auto allows = [&](const char* action) {
    request.action = action;
    return EvaluatePolicy(*document, request).decision ==
           PolicyDecision::kAllow;
  };
  // Has no encryption context.
  if (!allows("kms:DescribeKey")) return false;
  request.context.Set("kms:EncryptionContext:aws:dsql:ClusterId",
                      {cluster->cluster_identifier});
  request.context.Set("kms:EncryptionContextKeys", {"aws:dsql:ClusterId"});
  return allows("kms:GenerateDataKey") && allows("kms:Decrypt");
}

}  // namespace dsql::kms
