// SPDX-License-Identifier: Apache-2.0

// ARNs: those of DSQL's resources as values, those of others taken apart.

#ifndef DSQL_AWS_ARN_H_
#define DSQL_AWS_ARN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// The partition that a Region belongs to: "aws", "aws-cn", "aws-us-gov" or
// "aws-eusc".
absl::string_view PartitionOf(absl::string_view region);

// True for what can be the name of a Region, "us-east-1" or "us-gov-west-1":
// words, a direction and a digit. So a typo, "us-esat-1", is none.
bool IsRegionName(absl::string_view region);

// True for an account id: 12 digits.
bool IsAccountId(absl::string_view account_id);

// The ARN of an account itself, for which its root user stands:
// "arn:aws:iam::000000000000:root".
std::string RootArn(absl::string_view account_id,
                    absl::string_view partition = "aws");

// A value, a cluster's or stream's ARN:
//   arn:aws:dsql:us-east-1:000000000000:cluster/<id>
//   arn:aws:dsql:us-east-1:000000000000:cluster/<id>/stream/<id>
struct DsqlArn {
  // Returns nullopt where `text` is no ARN of this form.
  static absl::optional<DsqlArn> Parse(absl::string_view text);

  // Checks nothing: the ARN is one that Parse() takes where the parts are, i.e.
  // IsRegionName(region), IsAccountId(account_id), and an identifier of one or
  // more of [a-z0-9-]. Of other parts, an error's text may still be made.
  static DsqlArn Cluster(absl::string_view region, absl::string_view account_id,
                         absl::string_view cluster_identifier);

  // The ARN of a stream of this cluster; as unchecked as Cluster().
  DsqlArn Stream(absl::string_view stream_identifier) const;

  std::string ToString() const;

  std::string partition;
  std::string region;
  std::string account_id;
  std::string cluster_identifier;
  // Empty for a cluster.
  std::string stream_identifier;
};

// The six colon-separated parts of any ARN; the resource may hold colons.
struct ArnParts {
  // Returns nullopt where `text` does not start with "arn:" or lacks a part.
  static absl::optional<ArnParts> Parse(absl::string_view text);

  std::string partition;
  std::string service;
  std::string region;
  std::string account_id;
  std::string resource;
};

}  // namespace dsql

#endif  // DSQL_AWS_ARN_H_
