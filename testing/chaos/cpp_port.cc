// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/str_cat.h"
#include "dsql/aws/has_shape.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/v1/dsql.pb.h"
#include "testing/chaos/control_port.h"

namespace dsql_testing {
namespace {

absl::Status Simplify(const absl::Status& status) {
  if (IsToBeTriedAgain(status)) return absl::UnavailableError(status.message());
  return dsql::HasShape(status, dsql::v1::AwsError::ResourceNotFoundException)
             ? absl::NotFoundError(status.message())
             : status;
}

std::string ArnOf(const std::string& identifier) {
  return absl::StrCat("arn:aws:dsql:us-east-1:000000000000:cluster/",
                      identifier);
}

class CppPort : public ControlPort {
 public:
  explicit CppPort(World* world) : fake_(world->fake()) {}

  absl::StatusOr<std::string> Create(const std::string& client_token,
                                     const Tags& tags) override {
    dsql::v1::CreateClusterInput input;
    input.set_client_token(client_token);
    input.set_deletion_protection_enabled(false);
    input.mutable_tags()->insert(tags.begin(), tags.end());
    const auto created = fake_.clusters().CreateCluster(input);
    if (!created.ok()) return Simplify(created.status());
    return created->identifier();
  }

  absl::Status Delete(const std::string& identifier,
                      const std::string& client_token) override {
    dsql::v1::DeleteClusterInput input;
    input.set_identifier(identifier);
    input.set_client_token(client_token);
    return Simplify(fake_.clusters().DeleteCluster(input).status());
  }

  absl::StatusOr<Tags> GetTags(const std::string& identifier) override {
    dsql::v1::GetClusterInput input;
    input.set_identifier(identifier);
    const auto cluster = fake_.clusters().GetCluster(input);
    if (!cluster.ok()) return Simplify(cluster.status());
    return Tags(cluster->tags().begin(), cluster->tags().end());
  }

  absl::Status SetTag(const std::string& identifier, const std::string& key,
                      const std::string& value) override {
    dsql::v1::TagResourceInput input;
    input.set_resource_arn(ArnOf(identifier));
    (*input.mutable_tags())[key] = value;
    return Simplify(fake_.tags().TagResource(input).status());
  }

  absl::Status RemoveTag(const std::string& identifier,
                         const std::string& key) override {
    dsql::v1::UntagResourceInput input;
    input.set_resource_arn(ArnOf(identifier));
    input.add_tag_keys(key);
    return Simplify(fake_.tags().UntagResource(input).status());
  }

  absl::StatusOr<std::set<std::string>> List() override {
    dsql::v1::ListClustersInput input;
    input.set_max_results(100);
    const auto listed = fake_.clusters().ListClusters(input);
    if (!listed.ok()) return Simplify(listed.status());
    std::set<std::string> identifiers;
    for (const auto& cluster : listed->clusters())
      identifiers.insert(cluster.identifier());
    return identifiers;
  }

 private:
  dsql::FakeDsql& fake_;
};

}  // namespace

bool IsToBeTriedAgain(const absl::Status& status) {
  return dsql::HasShape(status, dsql::v1::AwsError::ThrottlingException) ||
         dsql::HasShape(status, dsql::v1::AwsError::InternalServerException);
}

std::unique_ptr<ControlPort> MakeCppPort(World* world) {
  return std::make_unique<CppPort>(world);
}

}  // namespace dsql_testing
