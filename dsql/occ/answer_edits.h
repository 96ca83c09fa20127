// SPDX-License-Identifier: Apache-2.0

// Changes to answers that were captured.

#ifndef DSQL_OCC_ANSWER_EDITS_H_
#define DSQL_OCC_ANSWER_EDITS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "dsql/v1/errors.pb.h"

namespace dsql {

// With another error in the place of the one that it has.
std::string WithError(absl::string_view output,
                      const v1::SqlErrorDetail& error);

// Without rows and what ends them: what is left when the statement fails at its
// end.
std::string WithoutResult(absl::string_view output);

// Without the command tag that it ends with: the last statement of a Query is
// told to be done when it is committed.
std::string WithoutLastTag(absl::string_view output);

// With what PostgreSQL says to COMMIT and ROLLBACK where the client began no
// transaction, in front of the command tag or the error.
std::string WithNoTransactionWarning(absl::string_view output);

}  // namespace dsql

#endif  // DSQL_OCC_ANSWER_EDITS_H_
