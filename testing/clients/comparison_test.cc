// SPDX-License-Identifier: Apache-2.0

// Random scripts, answered by a cluster as PostgreSQL answers them, message by
// message. DSQL_TEST_SEED and DSQL_TEST_HISTORIES choose which.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <regex>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "testing/clients/plain_server.h"
#include "testing/clients/random_script.h"
#include "testing/clients/raw_client.h"
#include "testing/clients/wire_fixture.h"

namespace dsql_testing {
namespace {

constexpr int kSteps = 15;
// A hang takes its time.
constexpr int kMaxFailures = 3;

uint32_t FromEnvironment(const char* name, uint32_t otherwise) {
  const char* const text = getenv(name);
  uint32_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

std::string Answer(RawClient* session, const ScriptStep& step) {
  for (const Request& part : step.parts) session->Send(part);
  return session->Read('Z', step.readies, TraceDetail::kFull);
}

class ComparisonTest : public WireTest {
 protected:
  static void TearDownTestSuite() { StopPlainServer(); }

  // Same rows, same order.
  static void Fill(RawClient* session) {
    EXPECT_EQ(session
                  ->Query("DELETE FROM u; INSERT INTO u SELECT i, i, 'x' "
                          "FROM generate_series(1, 6) i")
                  .substr(0, 2),
              "C[");
  }
  static std::string CreateTable() {
    return "CREATE TABLE u (k int PRIMARY KEY, v int UNIQUE, x text)";
  }

  // What has to be the same. Of settings it is what the client knows in the
  // end: they are told later where a transaction that failed takes them back,
  // as the gateway has a savepoint. In such a transaction a portal of an
  // earlier step is gone sooner. (parameter_status_test has the rest.)
  static std::string Comparable(std::string answer, const ScriptStep& step,
                                const RawClient& session) {
    static const auto* const settings = new std::regex(R"(S\[[^\]]*\] )");
    static const auto* const portals =
        new std::regex(R"(E\[(34000|25P02|55000)[^\]]*\])");
    answer = std::regex_replace(answer, *settings, "");
    if (step.names_portal) {
      answer = std::regex_replace(answer, *portals, "E[no portal]");
    }
    if (absl::EndsWith(answer, "Z[E]")) return answer;
    for (const char* setting : {"TimeZone", "DateStyle", "IntervalStyle"}) {
      absl::StrAppend(&answer, " ", setting, "=", session.Told(setting));
    }
    return answer;
  }

  // Whether all answers of the script were the same.
  bool Compare(uint32_t seed) {
    const auto ours = NewSession();
    const auto theirs = NewPlainSession();
    Fill(ours.get());
    Fill(theirs.get());
    RandomScript script(seed);
    std::string history;
    for (int i = 0; i < kSteps; ++i) {
      const ScriptStep step = script.Next();
      absl::StrAppend(&history, "  ", step.text, "\n");
      const std::string expected =
          Comparable(Answer(theirs.get(), step), step, *theirs);
      const std::string answer =
          Comparable(Answer(ours.get(), step), step, *ours);
      if (answer == expected) continue;
      ADD_FAILURE() << "DSQL_TEST_SEED=" << seed
                    << " DSQL_TEST_HISTORIES=1 after\n"
                    << history << "PostgreSQL: " << expected
                    << "\nthe cluster: " << answer;
      return false;
    }
    return true;
  }
};

TEST_F(ComparisonTest, RandomScripts) {
  const uint32_t seed = FromEnvironment("DSQL_TEST_SEED", 1);
  const uint32_t histories = FromEnvironment("DSQL_TEST_HISTORIES", 300);
  Run(CreateTable());
  NewPlainSession()->Query(
      absl::StrCat("DROP TABLE IF EXISTS u; ", CreateTable()));
  int failures = 0;
  for (uint32_t i = 0; i < histories && failures < kMaxFailures; ++i) {
    if (!Compare(seed + i)) ++failures;
  }
  RecordProperty("seed", absl::StrCat(seed));
}

}  // namespace
}  // namespace dsql_testing
