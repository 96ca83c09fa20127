// SPDX-License-Identifier: Apache-2.0

// How a connection begins, and what is not let in.

#include "dsql/pgwire/startup.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dsql/postgres/internal_role.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/clients/plain_server.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"
#include "testing/clients/wire_request.h"

namespace dsql_testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::string_view kSslRequest("\0\0\0\x08\x04\xd2\x16\x2f", 8);
const absl::string_view kGssRequest("\0\0\0\x08\x04\xd2\x16\x30", 8);

class StartupTest : public WireTest {
 protected:
  static void TearDownTestSuite() { StopPlainServer(); }

  std::string LogInWith(const std::string& options) {
    const auto info = ConnectionInfo();
    client_ = NewSocket();
    return client_->LogIn(info.user, info.database, {{"options", options}});
  }
  // All that who is not let in is told.
  std::string RefusalOf(const std::string& user, const std::string& database) {
    const auto client = NewSocket();
    client->Send(
        dsql::pgwire::EncodeStartup({{"user", user}, {"database", database}}));
    return client->Read('Z', 1, TraceDetail::kFull);
  }
  std::string Show(const std::string& name) {
    return client_->Query("SHOW " + name);
  }

  std::unique_ptr<RawClient> client_;
};

class TlsStartupTest : public StartupTest {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = WireTest::Options();
    options.gateway.tls = true;
    return options;
  }
  void SetUp() override { ClientTest::SetUp(); }
};

TEST_F(StartupTest, SslRequestIsAnsweredToWhoLeavesAtOnce) {
  const auto client = NewSocket();
  client->Send(kSslRequest);
  client->ShutDownWriting();
  EXPECT_EQ(client->ReadBytes(1), "N");
  EXPECT_EQ(client->ReadToEnd(), "");
}

TEST_F(TlsStartupTest, SslRequestIsAnsweredToWhoLeavesAtOnce) {
  const auto client = NewSocket();
  client->Send(kSslRequest);
  client->ShutDownWriting();
  EXPECT_EQ(client->ReadBytes(1), "S");
}

TEST_F(TlsStartupTest, InClearNobodyIsLetIn) {
  const auto client = NewSocket();
  client->Send(kGssRequest);
  EXPECT_EQ(client->ReadBytes(1), "N");
  EXPECT_EQ(client->LogIn("admin", "postgres"), "E(08P01)");
}

TEST_F(StartupTest, AfterARequestForEncryption) {
  const auto info = ConnectionInfo();
  for (const absl::string_view request : {kSslRequest, kGssRequest}) {
    const auto client = NewSocket();
    client->Send(request);
    EXPECT_EQ(client->ReadBytes(1), "N");
    EXPECT_THAT(client->LogIn(info.user, info.database), EndsWith("Z"));
  }
}

// Twice the same, or with what comes unasked: as PostgreSQL answers it.
TEST_F(StartupTest, RequestsForEncryptionThatAreOutOfOrder) {
  const std::string ssl(kSslRequest);
  const std::string gss(kGssRequest);
  for (const std::string& second : {ssl, gss}) {
    for (const std::string& first : {ssl, gss}) {
      const auto ours = NewSocket();
      ours->Send(first);
      EXPECT_EQ(ours->ReadBytes(1), "N");
      ours->Send(second);
      if (first == second) {
        EXPECT_EQ(ours->ReadToEnd(), "E(0A000)");
      } else {
        EXPECT_EQ(ours->ReadBytes(1), "N");
      }
    }
    const auto hasty = NewSocket();
    hasty->Send(second + dsql::pgwire::EncodeStartup(
                             {{"user", "admin"}, {"database", "postgres"}}));
    EXPECT_EQ(hasty->ReadBytes(1), "N");
    EXPECT_EQ(hasty->ReadToEnd(), "E(08P01)");
  }
}

TEST_F(StartupTest, OptionsThatAreNone) {
  for (const char* options : {"abc", "-c", "-c timezone", "--timezone", "-Z",
                              "-c application_name=b c"}) {
    EXPECT_EQ(LogInWith(options), "E(42601)") << options;
    const auto plain = NewPlainSocket();
    EXPECT_THAT(plain->LogIn("admin", "postgres", {{"options", options}}),
                EndsWith("E(42601)"))
        << options;
  }
}

// Closed with a message or without, as PostgreSQL does it.
TEST_F(StartupTest, Garbage) {
  const std::vector<std::string> packets = {
      std::string("\0\0\0\x03", 4),
      std::string("\0\0\0\0\0\0\0\0", 8),
      std::string("\0\0\0\x08\0\0\0\0", 8),
      std::string("\0\0\0\x08\0\x04\0\0", 8),
      std::string("\0\0\0\x08\0\x03\0\0", 8),
      std::string("\0\0\0\x09\0\x03\0\0\0", 9),
      std::string("\0\0\0\x0d\0\x03\0\0user\0", 13),
      std::string("\0\0\0\x0e\0\x03\0\0user\0\0", 14),
      std::string("\0\0\x27\x11\0\x03\0\0", 8),
      std::string("\x7f\xff\xff\xff\0\x03\0\0", 8),
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8),
      "GET / HTTP/1.1\r\nHost: here\r\n\r\n",
      std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11),
      std::string("\0\0\0\x0c\x04\xd2\x16\x2e\0\0\0\1", 12),
  };
  int number = 0;
  for (const std::string& packet : packets) {
    SCOPED_TRACE(absl::StrCat("packet ", number++));
    const auto ours = NewSocket();
    const auto theirs = NewPlainSocket();
    for (RawClient* client : {ours.get(), theirs.get()}) {
      client->Send(packet);
      client->ShutDownWriting();
    }
    EXPECT_EQ(ours->ReadToEnd(), theirs->ReadToEnd());
  }
}

TEST_F(StartupTest, OptionsAreSplitAtAnyWhiteSpace) {
  for (const char* space :
       {" ", "\t", "\n", "\r", "\v", "\f", " \r\n\v\f\t "}) {
    SCOPED_TRACE(absl::StrCat("character ", static_cast<int>(space[0])));
    EXPECT_THAT(
        LogInWith(absl::StrCat("-c", space, "timezone=Asia/Tokyo", space, "-c",
                               space, "datestyle=German", space)),
        EndsWith("Z"));
    EXPECT_EQ(Show("timezone"), "T D(Asia/Tokyo) C[SHOW] Z[I]");
    EXPECT_EQ(Show("datestyle"), "T D(German, DMY) C[SHOW] Z[I]");
    EXPECT_THAT(LogInWith(absl::StrCat("-c", space, "application_name=x", space,
                                       "-c", space, "statement_timeout=5")),
                StartsWith("E(0A000)"));
  }
}

TEST_F(StartupTest, WhiteSpaceInAValueIsPartOfIt) {
  const auto info = ConnectionInfo();
  for (const char* value : {"a\rb", "a\vb", "a\fb", "a\tb", "a b", "a\\b",
                            "x\r-c\rstatement_timeout=5"}) {
    client_ = NewSocket();
    EXPECT_THAT(
        client_->LogIn(info.user, info.database, {{"application_name", value}}),
        EndsWith("Z"));
    // PostgreSQL itself puts ? or \x.. in the place of some of them.
    const auto plain = NewPlainSocket();
    EXPECT_THAT(
        plain->LogIn("admin", "postgres", {{"application_name", value}}),
        EndsWith("Z"));
    EXPECT_EQ(Show("application_name"), plain->Query("SHOW application_name"));
    EXPECT_EQ(Show("statement_timeout"), "T D(0) C[SHOW] Z[I]");
  }
}

TEST_F(StartupTest, EscapedSpaces) {
  const std::string options = "-c search_path=\"a\\ b\\\\c\"";
  EXPECT_THAT(LogInWith(options), EndsWith("Z"));
  const auto plain = NewPlainSocket();
  EXPECT_THAT(plain->LogIn("admin", "postgres", {{"options", options}}),
              EndsWith("Z"));
  EXPECT_EQ(Show("search_path"), plain->Query("SHOW search_path"));
  EXPECT_THAT(Show("search_path"), HasSubstr("a b"));
}

TEST_F(StartupTest, NamesThatAreNotThere) {
  const auto info = ConnectionInfo();
  EXPECT_EQ(RefusalOf("nobody", info.database),
            "E[FATAL 28000 M=role \"nobody\" does not exist] <closed>");
  EXPECT_EQ(RefusalOf(info.user, "nowhere"),
            "E[FATAL 3D000 M=database \"nowhere\" does not exist] <closed>");
}

// It is there, unlike others that are not let in.
TEST_F(StartupTest, TheInternalRoleIsNotLetIn) {
  const std::string role = dsql::postgres::kInternalUser;
  EXPECT_EQ(RefusalOf(role, ConnectionInfo().database),
            absl::StrCat("E[FATAL 28000 M=role \"", role,
                         "\" is not permitted to log in] <closed>"));
}

// The gateway's own connections are not the client's.
TEST_F(StartupTest, ARoleWithOneConnection) {
  Run("CREATE ROLE one LOGIN CONNECTION LIMIT 1");
  Run("GRANT SELECT, INSERT, UPDATE, DELETE ON t TO one");
  const auto info = ConnectionInfo();
  client_ = NewSocket();
  ASSERT_THAT(client_->LogIn("one", info.database), EndsWith("Z"));
  EXPECT_EQ(client_->Query("BEGIN"), "C[BEGIN] Z[T]");
  EXPECT_EQ(client_->Query("UPDATE t SET v = 1 WHERE k = 1"),
            "C[UPDATE 1] Z[T]");
  EXPECT_EQ(b().Query("UPDATE t SET v = 2 WHERE k = 1"), "C[UPDATE 1] Z[I]");
  EXPECT_EQ(client_->Query("COMMIT"), kOC000);
  EXPECT_THAT(NewSocket()->LogIn("one", info.database), StartsWith("E(53300)"));
}

}  // namespace
}  // namespace dsql_testing
