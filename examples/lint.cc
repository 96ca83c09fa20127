// SPDX-License-Identifier: Apache-2.0

// Looks through SQL files for what DSQL refuses:
//   ./bazelw run //examples:lint -- "$PWD"/schema/*.sql
// Ends with 1 where it found something, with 2 where it could not read a file.

#include "dsql/sql/lint.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "dsql/sql/dialect_options.h"

namespace {

void Print(const std::string& path, const dsql::sql::Finding& finding) {
  std::cout << path << ':' << finding.line << ':' << finding.column << ": "
            << finding.message << " [" << finding.rule_id << "]";
  if (!finding.advice.empty()) std::cout << "; instead: " << finding.advice;
  std::cout << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::cerr << argv[i] << ": cannot be read\n";
      return 2;
    }
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    for (const auto& finding : dsql::sql::Lint(text, {})) {
      Print(argv[i], finding);
      status = 1;
    }
  }
  return status;
}
