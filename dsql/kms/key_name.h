// SPDX-License-Identifier: Apache-2.0

// What names a KMS key: its id, its ARN, an alias, an alias's ARN.

#ifndef DSQL_KMS_KEY_NAME_H_
#define DSQL_KMS_KEY_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dsql::kms {

// A value: the ARN that a name stands for.
class KeyName {
 public:
  // `region` and `account_id` are those of a name that is no ARN; an ARN has
  // its own.
  //
  // Errors: InvalidArnException for an ARN that is not one of KMS's;
  //   NotFoundException for what can be no id of a key.
  static absl::StatusOr<KeyName> Parse(absl::string_view name,
                                       absl::string_view region,
                                       absl::string_view account_id);

  // "arn:aws:kms:us-east-1:000000000000:key/<id>" or ":alias/<name>".
  std::string arn() const;
  const std::string& region() const { return region_; }
  bool is_alias() const;
  // The key that an alias leads to which nobody has created: made up of its
  // name, the same in every run. Requires: is_alias().
  KeyName MadeUpKey() const;

 private:
  std::string partition_;
  std::string region_;
  std::string account_id_;
  // "key/<id>" or "alias/<name>".
  std::string resource_;
};

}  // namespace dsql::kms

#endif  // DSQL_KMS_KEY_NAME_H_
