// SPDX-License-Identifier: Apache-2.0

// The page of errors that users read, dsql/docs/trouble.md, for tests that make
// the errors.

#ifndef TESTING_TROUBLE_PAGE_H_
#define TESTING_TROUBLE_PAGE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"

namespace dsql_testing {

// A row of the page's first table.
struct TroubleRow {
  // Each of these is told, with anything where it has "...".
  std::vector<std::string> texts;
  std::string why;
  std::string what_to_do;
};

// The rows of a page in this form; one that is not complete has "" for what is
// missing.
std::vector<TroubleRow> ParseTroublePage(absl::string_view page);

// The rows of the page, from the runfiles of the test.
const std::vector<TroubleRow>& TroublePage();

// Whether the row is about what an error says.
bool IsAbout(const TroubleRow& row, absl::string_view error);

// Matches the text of an error that the page explains: what is told, why, and
// what to do.
MATCHER(IsOnTroublePage, "is explained by dsql/docs/trouble.md") {
  for (const TroubleRow& row : TroublePage()) {
    if (!IsAbout(row, arg)) continue;
    if (!row.why.empty() && !row.what_to_do.empty()) return true;
    *result_listener << "its row lacks why, or what to do";
    return false;
  }
  *result_listener << "it has no row";
  return false;
}

}  // namespace dsql_testing

#endif  // TESTING_TROUBLE_PAGE_H_
