// SPDX-License-Identifier: Apache-2.0

// What a statement does with sequences, which no ROLLBACK sets back.

#ifndef DSQL_OCC_SEQUENCE_USE_H_
#define DSQL_OCC_SEQUENCE_USE_H_

#include <string>
#include <vector>

namespace dsql {

struct SequenceUse {
  // By a default perhaps.
  bool may_move = false;
  // Those that it surely moves, and those whose last value it asks for, by the
  // names in its text; empty for one that is not known.
  std::vector<std::string> moved;
  std::vector<std::string> read;
};

}  // namespace dsql

#endif  // DSQL_OCC_SEQUENCE_USE_H_
