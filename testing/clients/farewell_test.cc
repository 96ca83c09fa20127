// SPDX-License-Identifier: Apache-2.0

// What the server says when it ends a connection reaches its client, by TLS and
// in clear, also one that does nothing.

#include <poll.h>
#include <signal.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "dsql/control/cluster_manager.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/kms/kms.h"
#include "dsql/postgres/libpq.h"
#include "dsql/testing/status_matchers.h"
#include "dsql/v1/dsql.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/client_fixture.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::HasSubstr;

class FarewellTest : public WireTest {
 protected:
  // From a session that stays.
  void EndOthers() {
    const auto session = NewSession();
    EXPECT_THAT(
        session->Query(absl::StrCat(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE usename = 'admin' AND pid <> ",
            session->key().pid)),
        HasSubstr("C[SELECT 1] Z[I]"));
  }
};

TEST_F(FarewellTest, ToWhoIsIdle) {
  EndOthers();
  EXPECT_EQ(a().ReadToEnd(), "E(57P01)");
  EXPECT_EQ(b().ReadToEnd(), "E(57P01)");
}

TEST_F(FarewellTest, ToWhoHasABlockOpen) {
  EXPECT_EQ(a().Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(a().Query("UPDATE t SET v = 1 WHERE k = 1"), "C[UPDATE 1] Z[T]");
  EndOthers();
  EXPECT_EQ(a().ReadToEnd(), "E(57P01)");
  const auto session = NewSession();
  EXPECT_EQ(session->Query("SELECT v FROM t WHERE k = 1"),
            "T D(0) C[SELECT 1] Z[I]");
}

TEST_F(FarewellTest, ToWhoWaitsForAnAnswer) {
  const int32_t pid = a().key().pid;
  a().Send(Request().Query("SELECT pg_sleep(600)"));
  const auto session = NewSession();
  std::string active;
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (active != "1" && absl::Now() < deadline)
    active = Value(absl::StrCat(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
        "query LIKE '%pg_sleep(600)' AND pid = ",
        pid));
  ASSERT_EQ(active, "1");
  EXPECT_EQ(
      session->Query(absl::StrCat("SELECT pg_terminate_backend(", pid, ")")),
      "T D(t) C[SELECT 1] Z[I]");
  EXPECT_THAT(a().ReadToEnd(), HasSubstr("E(57P01)"));
}

TEST_F(FarewellTest, ToWhoIsAskedForCopyData) {
  a().Send(Request().Query("COPY t FROM STDIN"));
  EXPECT_EQ(a().Read('G'), "G");
  a().Send(Request().CopyData("50\t1\n"));
  b().Send(Request().Sql("COPY t FROM STDIN").Sync());
  EXPECT_EQ(b().Read('G'), "1 2 G");
  EndOthers();
  EXPECT_EQ(a().ReadToEnd(), "E(57P01)");
  EXPECT_EQ(b().ReadToEnd(), "E(57P01)");
  EXPECT_EQ(NewSession()->Query("SELECT count(*) FROM t"),
            "T D(9) C[SELECT 1] Z[I]");
}

// The gateway itself ends it.
TEST_F(FarewellTest, ToWhoIsAskedForCopyDataWhenTheKeyIsLost) {
  const auto key = fake().kms().CreateKey(dsql::kms::KeySpecification());
  ASSERT_THAT(key, IsOk());
  dsql::v1::UpdateClusterInput input;
  input.set_identifier(cluster().identifier());
  input.set_kms_encryption_key(key->arn);
  ASSERT_THAT(fake().clusters(cluster().region()).UpdateCluster(input), IsOk());
  ASSERT_THAT(cluster().WaitUntilActive(), IsOk());
  const auto session = NewSession();
  session->Send(Request().Query("COPY t FROM STDIN"));
  EXPECT_EQ(session->Read('G'), "G");
  ASSERT_THAT(fake().kms().DisableKey(key->arn), IsOk());
  ASSERT_THAT(fake().kms().Propagate(), IsOk());
  EXPECT_EQ(session->ReadToEnd(), "E(57P01)");
}

class PlainFarewellTest : public FarewellTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = FarewellTest::Options();
    options.transactions.optimistic = false;
    return options;
  }
};

TEST_F(PlainFarewellTest, ToWhoIsAskedForCopyData) {
  a().Send(Request().Query("COPY t FROM STDIN"));
  EXPECT_EQ(a().Read('G'), "G");
  EndOthers();
  EXPECT_EQ(a().ReadToEnd(), "E(57P01)");
}

// PostgreSQL ends all of its sessions where one of them crashes, and has no
// error for the others.
TEST_F(FarewellTest, ToWhoIsIdleWhenAnotherOneCrashes) {
  ASSERT_EQ(kill(b().key().pid, SIGKILL), 0);
  EXPECT_EQ(a().ReadToEnd(), "N");
}

// The server is idle, and what it said waits behind an answer.
TEST_F(FarewellTest, ToWhoDoesNotRead) {
  a().Send(Request().Query(
      "SELECT k, repeat('x', 100000) FROM t, generate_series(1, 60)"));
  EXPECT_EQ(a().Read('T'), "T");
  EXPECT_EQ(b().Query("ALTER TABLE t ADD COLUMN w int"), "C[ALTER TABLE] Z[I]");
  EndOthers();
  EXPECT_EQ(b().ReadToEnd(), "E(57P01)");
  EXPECT_EQ(a().ReadToEnd(), std::string(540, 'D') + "CZE(57P01)");
}

// libpq asks for TLS.
class TlsFarewellTest : public ClientTest {
 protected:
  static void Append(void* heard, const char* message) {
    *static_cast<std::string*>(heard) += message;
  }
};

TEST_F(TlsFarewellTest, ToWhoIsIdle) {
  const Client client = NewClient();
  ASSERT_EQ(PQsslInUse(client.get()), 1);
  // Where it waits for nothing, an error is a notice for libpq.
  std::string heard;
  PQsetNoticeProcessor(client.get(), Append, &heard);
  Value(absl::StrCat("SELECT pg_terminate_backend(", PQbackendPID(client.get()),
                     ")"));
  pollfd socket = {PQsocket(client.get()), POLLIN, 0};
  ASSERT_EQ(poll(&socket, 1, absl::ToInt64Milliseconds(absl::Seconds(30))), 1);
  PQconsumeInput(client.get());
  PQisBusy(client.get());
  EXPECT_THAT(heard,
              HasSubstr("terminating connection due to administrator command"));
  // TLS's own, without which the end might be somebody else's.
  while (PQconsumeInput(client.get()) == 1) {
    ASSERT_EQ(poll(&socket, 1, absl::ToInt64Milliseconds(absl::Seconds(30))),
              1);
  }
  EXPECT_THAT(PQerrorMessage(client.get()),
              HasSubstr("SSL connection has been closed unexpectedly"));
}

}  // namespace
}  // namespace dsql_testing
