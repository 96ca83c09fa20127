// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/model_comparison.h"

#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/has_shape.h"
#include "gtest/gtest.h"

namespace dsql {
namespace {

template <typename Tags>
ReferenceModel::Tags ToMap(const Tags& tags) {
  return ReferenceModel::Tags(tags.begin(), tags.end());
}

template <typename Output>
bool IsMissing(const absl::StatusOr<Output>& output) {
  return HasShape(output.status(), v1::AwsError::ResourceNotFoundException);
}

// All entries of a list, by pages that `read_page` returns after it has added
// its entries.
template <typename Input, typename ReadPage>
std::vector<std::string> ReadAll(Input input, ReadPage read_page) {
  std::vector<std::string> entries;
  while (true) {
    const std::string next_token = read_page(input, &entries);
    if (next_token.empty()) return entries;
    input.set_next_token(next_token);
  }
}

}  // namespace

std::string ArnOfName(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  return DsqlArn::Cluster(parts[0], "000000000000", parts[1]).ToString();
}

void ModelComparison::Compare(const std::vector<std::string>& names) {
  std::map<std::string, std::vector<std::string>> living = {{"us-east-1", {}},
                                                            {"us-east-2", {}}};
  for (const auto& entry : model_.clusters()) {
    const std::vector<std::string> parts = absl::StrSplit(entry.first, '/');
    living[parts[0]].push_back(parts[1]);
  }
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    const std::vector<std::string> parts = absl::StrSplit(name, '/');
    region_ = parts[0];
    id_ = parts[1];
    const ReferenceModel::Cluster* cluster = model_.Find(name);
    if (cluster != nullptr) {
      CompareCluster(*cluster);
      ComparePolicy(*cluster);
      CompareStreams(*cluster);
      continue;
    }
    v1::GetClusterInput input;
    input.set_identifier(id_);
    EXPECT_TRUE(IsMissing(control_.clusters(region_).GetCluster(input)));
  }
  for (const auto& entry : living) {
    EXPECT_EQ(ListClusters(entry.first), entry.second);
  }
}

void ModelComparison::CompareCluster(const ReferenceModel::Cluster& cluster) {
  v1::GetClusterInput input;
  input.set_identifier(id_);
  const auto output = control_.clusters(region_).GetCluster(input);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(v1::ClusterStatus::Value_Name(output->status()),
            v1::ClusterStatus::Value_Name(cluster.status));
  EXPECT_EQ(output->deletion_protection_enabled(), cluster.is_protected);
  const v1::EncryptionDetails& encryption = output->encryption_details();
  EXPECT_EQ(v1::EncryptionStatus::Value_Name(encryption.encryption_status()),
            v1::EncryptionStatus::Value_Name(cluster.encryption));
  const bool is_changing = cluster.encryption == v1::EncryptionStatus::UPDATING;
  EXPECT_EQ(encryption.has_kms_key_arn(),
            (is_changing ? cluster.former_key : cluster.key) !=
                ReferenceModel::kAwsOwnedKey);
  const auto& named = output->multi_region_properties().clusters();
  const int named_size = !cluster.multi_region  ? 0
                         : cluster.peer.empty() ? 1
                                                : 2;
  ASSERT_EQ(named.size(), named_size);
  if (named_size == 2) {
    EXPECT_EQ(named[1], ArnOfName(cluster.peer));
  }
  const bool is_open = cluster.status != v1::ClusterStatus::DELETING;
  EXPECT_EQ(output->has_endpoint(), is_open);
  EXPECT_EQ(data_plane_.IsOpen(region_, id_), is_open);
  CompareTags(output->arn(), cluster.tags);
  v1::GetVpcEndpointServiceNameInput vpc;
  vpc.set_identifier(id_);
  EXPECT_TRUE(control_.clusters(region_).GetVpcEndpointServiceName(vpc).ok());
}

void ModelComparison::ComparePolicy(const ReferenceModel::Cluster& cluster) {
  v1::GetClusterPolicyInput input;
  input.set_identifier(id_);
  const auto policy = control_.policies(region_).GetClusterPolicy(input);
  if (cluster.policy_version.empty()) {
    EXPECT_TRUE(IsMissing(policy));
    return;
  }
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->policy_version(), cluster.policy_version);
}

void ModelComparison::CompareStreams(const ReferenceModel::Cluster& cluster) {
  std::vector<std::string> expected;
  for (const auto& entry : cluster.streams) {
    v1::GetStreamInput input;
    input.set_cluster_identifier(id_);
    input.set_stream_identifier(entry.first);
    const auto output = control_.streams(region_).GetStream(input);
    ASSERT_TRUE(output.ok()) << output.status();
    EXPECT_EQ(v1::StreamStatus::Value_Name(output->status()),
              v1::StreamStatus::Value_Name(entry.second.status));
    EXPECT_EQ(output->status_reason().error(), entry.second.reason);
    CompareTags(output->arn(), entry.second.tags);
    expected.push_back(entry.first);
  }
  EXPECT_EQ(ListStreams(), expected);
}

void ModelComparison::CompareTags(const std::string& arn,
                                  const ReferenceModel::Tags& tags) {
  v1::ListTagsForResourceInput input;
  input.set_resource_arn(arn);
  const auto output = control_.tags(region_).ListTagsForResource(input);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(ToMap(output->tags()), tags);
}

std::vector<std::string> ModelComparison::ListClusters(
    const std::string& region) {
  v1::ListClustersInput list;
  list.set_max_results(page_);
  return ReadAll(list,
                 [&](const v1::ListClustersInput& input,
                     std::vector<std::string>* entries) -> std::string {
                   const auto page =
                       control_.clusters(region).ListClusters(input);
                   EXPECT_TRUE(page.ok()) << page.status();
                   if (!page.ok()) return "";
                   for (const auto& cluster : page->clusters()) {
                     entries->push_back(cluster.identifier());
                   }
                   return page->next_token();
                 });
}

std::vector<std::string> ModelComparison::ListStreams() {
  v1::ListStreamsInput list;
  list.set_cluster_identifier(id_);
  list.set_max_results(page_);
  return ReadAll(list,
                 [&](const v1::ListStreamsInput& input,
                     std::vector<std::string>* entries) -> std::string {
                   const auto page =
                       control_.streams(region_).ListStreams(input);
                   EXPECT_TRUE(page.ok()) << page.status();
                   if (!page.ok()) return "";
                   for (const auto& stream : page->streams()) {
                     entries->push_back(stream.stream_identifier());
                   }
                   return page->next_token();
                 });
}

}  // namespace dsql
