// SPDX-License-Identifier: Apache-2.0

// Inputs of CreateCluster and CreateStream, of which a test says what it is
// about:
//
//   fake().clusters().CreateCluster(NewCluster().Tag("team", "orders"));
//   fake().streams().CreateStream(NewStream(cluster()));
//
// Those of other operations have few members; ParseProto() (proto_matchers.h)
// writes any of them.

#ifndef DSQL_TESTING_INPUTS_H_
#define DSQL_TESTING_INPUTS_H_

#include "dsql/base/language.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "dsql/cluster.h"
#include "dsql/v1/dsql.pb.h"

namespace dsql_testing {

// NewCluster is the input that makes a cluster which may be deleted, as
// FakeDsql::CreateCluster() makes it, and what else a test wants of it.
class NewCluster {
 public:
  NewCluster() { input_.set_deletion_protection_enabled(false); }

  // Against deletion.
  NewCluster& Protected() {
    input_.set_deletion_protection_enabled(true);
    return *this;
  }
  NewCluster& Tag(absl::string_view key, absl::string_view value) {
    (*input_.mutable_tags())[std::string(key)] = std::string(value);
    return *this;
  }
  // An ARN, an identifier or an alias.
  NewCluster& KmsKey(absl::string_view key) {
    input_.set_kms_encryption_key(std::string(key));
    return *this;
  }
  // Multi-Region, PENDING_SETUP until its peer names it.
  NewCluster& Witness(absl::string_view region) {
    input_.mutable_multi_region_properties()->set_witness_region(
        std::string(region));
    return *this;
  }
  // Needs a Witness().
  NewCluster& Peer(absl::string_view arn) {
    input_.mutable_multi_region_properties()->add_clusters(std::string(arn));
    return *this;
  }

  operator const dsql::v1::CreateClusterInput&() const {  // NOLINT: on purpose
    return input_;
  }

 private:
  dsql::v1::CreateClusterInput input_;
};

// NewStream is the input that makes a stream of a cluster: records in JSON,
// without an order, to the Kinesis stream "target" of the cluster's Region and
// account.
class NewStream {
 public:
  explicit NewStream(const dsql::Cluster& cluster)
      : kinesis_(absl::StrCat("arn:aws:kinesis:", cluster.region(), ":",
                              AccountOf(cluster.arn()), ":stream/")) {
    input_.set_cluster_identifier(cluster.identifier());
    input_.set_ordering(dsql::v1::StreamOrdering::UNORDERED);
    input_.set_format(dsql::v1::StreamFormat::JSON);
    input_.mutable_target_definition()->mutable_kinesis()->set_role_arn(
        absl::StrCat("arn:aws:iam::", AccountOf(cluster.arn()),
                     ":role/streams"));
    To("target");
  }

  // The Kinesis stream of that name.
  NewStream& To(absl::string_view kinesis_stream) {
    input_.mutable_target_definition()->mutable_kinesis()->set_stream_arn(
        absl::StrCat(kinesis_, kinesis_stream));
    return *this;
  }
  NewStream& Tag(absl::string_view key, absl::string_view value) {
    (*input_.mutable_tags())[std::string(key)] = std::string(value);
    return *this;
  }

  operator const dsql::v1::CreateStreamInput&() const {  // NOLINT: on purpose
    return input_;
  }

 private:
  // The fifth of an ARN's parts; "" of a handle on nothing.
  static std::string AccountOf(absl::string_view arn) {
    const std::vector<std::string> parts = absl::StrSplit(arn, ':');
    return parts.size() > 4 ? parts[4] : "";
  }

  // The ARN of a Kinesis stream, but for its name.
  const std::string kinesis_;
  dsql::v1::CreateStreamInput input_;
};

}  // namespace dsql_testing

#endif  // DSQL_TESTING_INPUTS_H_
