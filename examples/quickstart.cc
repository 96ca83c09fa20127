// SPDX-License-Identifier: Apache-2.0

// A tour of FakeDsql: each step of LocalStack's guide to Aurora DSQL, by C++
// and libpq, with its answer.
//
//   ./bazelw run //examples:quickstart

#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dsql/aws/errors.h"
#include "dsql/cluster.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/control/policy_manager.h"
#include "dsql/control/stream_manager.h"
#include "dsql/control/tag_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/v1/dsql.pb.h"

namespace {

using ::dsql::FakeDsql;

constexpr char kPolicy[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
    R"({"AWS":"arn:aws:iam::000000000000:root"},"Action":"dsql:DbConnect",)"
    R"("Resource":"*"}]})";

// Prints an answer, or the error in its place; returns whether it was as
// expected.
template <typename Output>
bool Print(absl::string_view step, const absl::StatusOr<Output>& answer) {
  std::cout << "\n== " << step << "\n";
  if (!answer.ok()) {
    std::cout << answer.status().message() << "\n";
    return false;
  }
  const std::string text = answer->DebugString();
  std::cout << (text.empty() ? "(no members)\n" : text);
  return true;
}

bool RunSql(dsql::postgres::Connection* connection, absl::string_view sql) {
  const auto answer = connection->Execute(sql);
  std::cout << "\npostgres=> " << sql << ";\n";
  if (!answer.ok()) {
    std::cout << answer.status().message() << "\n";
    return false;
  }
  std::cout << *answer << "\n";
  return true;
}

bool QueryRows(const dsql::Cluster& cluster) {
  const auto info = cluster.ConnectionInfo();
  if (!info.ok()) {
    std::cout << info.status() << "\n";
    return false;
  }
  std::cout << "\n== psql \"" << info->ToConninfo() << "\"\n";
  auto connection = cluster.Connect();
  return connection.ok() &&
         RunSql(&*connection,
                "CREATE TABLE employees (id integer, name text)") &&
         RunSql(&*connection,
                "INSERT INTO employees (id, name) VALUES (1, 'Alice')") &&
         RunSql(&*connection, "SELECT id, name FROM employees");
}

bool ManageTags(FakeDsql* fake, const std::string& arn) {
  dsql::v1::TagResourceInput tag;
  tag.set_resource_arn(arn);
  (*tag.mutable_tags())["Team"] = "platform";
  (*tag.mutable_tags())["Env"] = "dev";
  dsql::v1::UntagResourceInput untag;
  untag.set_resource_arn(arn);
  untag.add_tag_keys("Env");
  dsql::v1::ListTagsForResourceInput list;
  list.set_resource_arn(arn);
  return Print("TagResource", fake->tags().TagResource(tag)) &&
         Print("UntagResource", fake->tags().UntagResource(untag)) &&
         Print("ListTagsForResource", fake->tags().ListTagsForResource(list));
}

bool ManagePolicy(FakeDsql* fake, const std::string& cluster) {
  dsql::v1::PutClusterPolicyInput put;
  put.set_identifier(cluster);
  put.set_policy(kPolicy);
  dsql::v1::GetClusterPolicyInput get;
  get.set_identifier(cluster);
  dsql::v1::DeleteClusterPolicyInput remove;
  remove.set_identifier(cluster);
  return Print("PutClusterPolicy", fake->policies().PutClusterPolicy(put)) &&
         Print("GetClusterPolicy", fake->policies().GetClusterPolicy(get)) &&
         Print("DeleteClusterPolicy",
               fake->policies().DeleteClusterPolicy(remove));
}

bool ManageStream(FakeDsql* fake, const std::string& cluster) {
  dsql::v1::CreateStreamInput create;
  create.set_cluster_identifier(cluster);
  create.set_ordering(dsql::v1::StreamOrdering::UNORDERED);
  create.set_format(dsql::v1::StreamFormat::JSON);
  auto* kinesis = create.mutable_target_definition()->mutable_kinesis();
  kinesis->set_stream_arn(
      "arn:aws:kinesis:us-east-1:000000000000:stream/my-stream");
  kinesis->set_role_arn("arn:aws:iam::000000000000:role/dsql-stream-role");
  const auto created = fake->streams().CreateStream(create);
  if (!Print("CreateStream", created)) return false;
  dsql::v1::GetStreamInput get;
  get.set_cluster_identifier(cluster);
  get.set_stream_identifier(created->stream_identifier());
  dsql::v1::ListStreamsInput list;
  list.set_cluster_identifier(cluster);
  dsql::v1::DeleteStreamInput remove;
  remove.set_cluster_identifier(cluster);
  remove.set_stream_identifier(created->stream_identifier());
  return Print("GetStream", fake->streams().GetStream(get)) &&
         Print("ListStreams", fake->streams().ListStreams(list)) &&
         Print("DeleteStream", fake->streams().DeleteStream(remove));
}

// A protected cluster cannot be deleted; without protection it can.
bool DeleteCluster(FakeDsql* fake, const std::string& cluster) {
  dsql::v1::DeleteClusterInput remove;
  remove.set_identifier(cluster);
  if (Print("DeleteCluster, while it is protected",
            fake->clusters().DeleteCluster(remove))) {
    return false;
  }
  dsql::v1::UpdateClusterInput update;
  update.set_identifier(cluster);
  update.set_deletion_protection_enabled(false);
  return Print("UpdateCluster", fake->clusters().UpdateCluster(update)) &&
         Print("DeleteCluster", fake->clusters().DeleteCluster(remove));
}

bool Tour(FakeDsql* fake) {
  dsql::v1::CreateClusterInput create;
  (*create.mutable_tags())["Name"] = "my-cluster";
  const auto created = fake->clusters().CreateCluster(create);
  if (!Print("CreateCluster", created)) return false;
  const std::string cluster = created->identifier();
  dsql::v1::GetClusterInput get;
  get.set_identifier(cluster);
  dsql::v1::GetVpcEndpointServiceNameInput vpc;
  vpc.set_identifier(cluster);
  return Print("GetCluster", fake->clusters().GetCluster(get)) &&
         Print("ListClusters", fake->clusters().ListClusters({})) &&
         QueryRows(*fake->cluster(cluster)) &&
         ManageTags(fake, created->arn()) && ManagePolicy(fake, cluster) &&
         ManageStream(fake, cluster) &&
         Print("GetVpcEndpointServiceName",
               fake->clusters().GetVpcEndpointServiceName(vpc)) &&
         DeleteCluster(fake, cluster);
}

}  // namespace

int main() {
  absl::StatusOr<std::unique_ptr<FakeDsql>> fake = FakeDsql::Create();
  if (!fake.ok()) {
    std::cerr << fake.status() << "\n";
    return 1;
  }
  return Tour(fake->get()) && (*fake)->Stop().ok() ? 0 : 1;
}
