// SPDX-License-Identifier: Apache-2.0

// Results for tests, made without a server.

#ifndef DSQL_POSTGRES_RESULT_TESTING_H_
#define DSQL_POSTGRES_RESULT_TESTING_H_

#include <cstring>
#include <vector>

#include "dsql/postgres/libpq.h"
#include "dsql/postgres/result.h"

namespace dsql::postgres {

struct TestColumn {
  const char* name;
  Oid type;
};

// The rows of values, in which null is NULL.
inline Result MakeResult(const std::vector<TestColumn>& columns,
                         const std::vector<std::vector<const char*>>& rows) {
  PGresult* result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::vector<PGresAttDesc> descriptions;
  for (const TestColumn& column : columns) {
    PGresAttDesc description = {};
    description.name = const_cast<char*>(column.name);
    description.typid = column.type;
    descriptions.push_back(description);
  }
  PQsetResultAttrs(result, static_cast<int>(descriptions.size()),
                   descriptions.data());
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t i = 0; i < rows[row].size(); ++i) {
      const char* value = rows[row][i];
      PQsetvalue(result, static_cast<int>(row), static_cast<int>(i),
                 const_cast<char*>(value),
                 value == nullptr ? -1 : static_cast<int>(std::strlen(value)));
    }
  }
  return Result(result);
}

}  // namespace dsql::postgres

#endif  // DSQL_POSTGRES_RESULT_TESTING_H_
