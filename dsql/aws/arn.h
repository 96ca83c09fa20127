// The ARNs of DSQL's resources, as values that cannot be built wrong.

#ifndef DSQL_AWS_ARN_H_
#define DSQL_AWS_ARN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql {

// The partition that a Region belongs to: "aws", "aws-cn", "aws-us-gov" or
// "aws-eusc".
absl::string_view PartitionOf(absl::string_view region);

// True for what can be the name of a Region: 1 to 20 of [a-z0-9-].
bool IsRegionName(absl::string_view region);

// True for an account id: 12 digits.
bool IsAccountId(absl::string_view account_id);

// A cluster's or stream's ARN:
//   arn:aws:dsql:us-east-1:000000000000:cluster/<id>
//   arn:aws:dsql:us-east-1:000000000000:cluster/<id>/stream/<id>
struct DsqlArn {
  // Returns nullopt where `text` is no ARN of this form.
  static absl::optional<DsqlArn> Parse(absl::string_view text);

  static DsqlArn Cluster(absl::string_view region, absl::string_view account_id,
                         absl::string_view cluster_identifier);

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
