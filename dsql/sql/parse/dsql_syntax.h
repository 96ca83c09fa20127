// SPDX-License-Identifier: Apache-2.0

// The statements that DSQL has and PostgreSQL has not.

#ifndef DSQL_SQL_PARSE_DSQL_SYNTAX_H_
#define DSQL_SQL_PARSE_DSQL_SYNTAX_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace dsql::sql {

// AWS IAM GRANT and REVOKE, in the text that it was found in.
struct AwsIamStatement {
  size_t begin = 0;
  size_t length = 0;
  bool is_grant = false;
  std::string role;
  std::string arn;
};

// A text in words of PostgreSQL, as long as the one it was made of: all of
// DSQL's own is blank.
struct PlainText {
  std::string text;
  // Where ASYNC was.
  std::vector<size_t> async;
  // In the order of the text.
  std::vector<AwsIamStatement> aws_iam;
};

// Finds CREATE [UNIQUE] INDEX ASYNC, ALTER TABLE ASYNC and AWS IAM. What is
// not in the form of these stays as it is, for PostgreSQL to complain of.
PlainText TranslateDsqlSyntax(absl::string_view text);

// The byte at which a text, in which no ASYNC of DSQL's statements is left, has
// that word where only a name may stand: it is reserved there.
absl::optional<size_t> FindReservedName(absl::string_view plain_text);

}  // namespace dsql::sql

#endif  // DSQL_SQL_PARSE_DSQL_SYNTAX_H_
