// SPDX-License-Identifier: Apache-2.0

// What the server is known to answer otherwise than DSQL. A test here fails
// when a divergence disappears: then its row goes.

#include <string>

#include "dsql/postgres/test_support.h"
#include "testing/server/server_schema_fixture.h"

namespace dsql_testing {
namespace {

struct Divergence {
  const char* id;
  const char* dsql;    // what DSQL does
  const char* why;     // why this does not
  const char* source;  // a chapter of the notes that this was made to
  const char* sql;
  const char* answer;  // what this answers
};

constexpr Divergence kDivergences[] = {
    {"sys-functions",
     "sys has decode_job_status, decode_job_ext_status, decode_job_statement, "
     "fetch_seq_data_tuple, get_key_desc, job_err_msg, supported_datatypes",
     "nobody has published their arguments and results", "2.6",
     "SELECT count(*) FROM pg_proc WHERE pronamespace = 'sys'::regnamespace"
     " AND proname ~ 'decode_job|fetch_seq|key_desc|err_msg|supported'",
     "0"},
    {"jobs-nobody-asked-for", "sys.jobs lists ANALYZE and DROP jobs",
     "they would need the injected clock within the statement", "10.16",
     "ANALYZE t; DROP TABLE t; SELECT count(*) FROM sys.jobs", "0"},
    {"json-key-of-a-table",
     "datatype json is not supported in a key (0A000), for CREATE TABLE too",
     "PostgreSQL looks for an operator class before anybody is asked", "2.4",
     "CREATE TABLE t (j json PRIMARY KEY)",
     "42704: data type json has no default operator class for access method "
     "\"btree\""},
};

TEST_F(ServerSchemaTest, KnownDivergences) {
  for (const Divergence& divergence : kDivergences) {
    SCOPED_TRACE(divergence.id);
    Admin("BEGIN; CREATE TABLE t (id int PRIMARY KEY)");
    if (std::string(divergence.id) == "json-key-of-a-table") Admin("ROLLBACK");
    EXPECT_EQ(Admin(divergence.sql), divergence.answer)
        << "DSQL: " << divergence.dsql << " (" << divergence.source << ")";
    Admin("ROLLBACK");
  }
}

}  // namespace
}  // namespace dsql_testing
