#include "dsql/postgres/connection_parameters.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace dsql::postgres {
namespace {

TEST(ConnectionParametersTest, QuotesEveryValue) {
  ConnectionParameters parameters;
  parameters.host = "/dev/shm/a b";
  parameters.user = R"(o'ne\two)";
  parameters.others["sslmode"] = "disable";
  EXPECT_EQ(parameters.ToConninfo(),
            R"(host='/dev/shm/a b' user='o\'ne\\two' sslmode='disable')");
}

TEST(ConnectionParametersTest, ParsesWhatItPrints) {
  ConnectionParameters parameters;
  parameters.host = "/dev/shm/a b";
  parameters.port = "5433";
  parameters.user = R"(o'ne\two)";
  parameters.password = " ";
  parameters.database = "d=b";
  parameters.others["sslmode"] = "disable";
  auto parsed = ParseConninfo(parameters.ToConninfo());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->ToConninfo(), parameters.ToConninfo());
}

TEST(ConnectionParametersTest, TakesUris) {
  auto parsed = ParseConninfo("postgresql://me:pw@host:99/db?sslmode=require");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->host, "host");
  EXPECT_EQ(parsed->port, "99");
  EXPECT_EQ(parsed->user, "me");
  EXPECT_EQ(parsed->password, "pw");
  EXPECT_EQ(parsed->database, "db");
  EXPECT_EQ(parsed->others.at("sslmode"), "require");
}

TEST(ConnectionParametersTest, RefusesWhatIsNoConninfo) {
  for (const char* bad : {"host", "nosuchkey=1", "host='open", "://"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseConninfo(bad).status())) << bad;
  }
}

}  // namespace
}  // namespace dsql::postgres
