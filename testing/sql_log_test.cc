// SPDX-License-Identifier: Apache-2.0

// The log of a cluster's SQL, as a test that fails prints it.

#include "dsql/gateway/session/sql_log.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/gateway/session/connection_faults.h"
#include "dsql/testing/fake_dsql_fixture.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {
namespace {

using ::dsql::SqlLogEntry;
using ::testing::ElementsAre;

class SqlLogTest : public FakeDsqlTest {
 protected:
  std::vector<std::string> Entries() {
    std::vector<std::string> texts;
    for (const SqlLogEntry& entry : cluster().sql_log().entries()) {
      texts.push_back(absl::StrCat(entry.session, ".", entry.transaction, " ",
                                   entry.text, ": ", entry.command_tag,
                                   entry.sqlstate));
    }
    cluster().sql_log().Clear();
    return texts;
  }
};

TEST_F(SqlLogTest, TellsWhatWasSentAndWhatCameOfIt) {
  auto one = Connect();
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(one->Execute("CREATE TABLE t (i int PRIMARY KEY, v int)"),
              IsOk());
  auto other = Connect();
  ASSERT_THAT(other, IsOk());
  Entries();
  ASSERT_THAT(one->Execute("INSERT INTO t VALUES (1, 10)"), IsOk());
  ASSERT_THAT(one->Execute("INSERT INTO t VALUES (2, 20)"), IsOk());
  EXPECT_THAT(one->Execute("TRUNCATE t").ok(), false);
  ASSERT_THAT(one->Query("SELECT * FROM t WHERE i = $1", {1}), IsOk());
  // A write that loses.
  ASSERT_THAT(one->Execute("BEGIN"), IsOk());
  ASSERT_THAT(one->Execute("UPDATE t SET v = 0 WHERE i = 1"), IsOk());
  ASSERT_THAT(other->Execute("UPDATE t SET v = 1 WHERE i = 1"), IsOk());
  EXPECT_FALSE(one->Execute("COMMIT").ok());
  EXPECT_THAT(
      Entries(),
      ElementsAre(
          "1.2 INSERT INTO t VALUES (1, 10): INSERT 0 1",
          "1.3 INSERT INTO t VALUES (2, 20): INSERT 0 1",
          "1.4 TRUNCATE t: 0A000", "1.5 SELECT * FROM t WHERE i = $1: SELECT 1",
          "1.6 BEGIN: BEGIN", "1.6 UPDATE t SET v = 0 WHERE i = 1: UPDATE 1",
          "2.1 UPDATE t SET v = 1 WHERE i = 1: UPDATE 1", "1.6 COMMIT: 40001"));
}

TEST_F(SqlLogTest, DroppedConnectionIsSeen) {
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  ASSERT_THAT(connection->Execute("CREATE TABLE t (i int)"), IsOk());
  Entries();
  ASSERT_THAT(cluster().connection_faults().DropBeforeCommit(), IsOk());
  EXPECT_FALSE(connection->Execute("INSERT INTO t VALUES (1)").ok());
  EXPECT_THAT(Entries(), ElementsAre("1.2 INSERT INTO t VALUES (1): "));
}

}  // namespace
}  // namespace dsql_testing
