// SPDX-License-Identifier: Apache-2.0

#include "testing/benchmarks/comparison.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "boost/json.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/benchmarks/chart.h"
#include "testing/benchmarks/report.h"

namespace dsql_testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Comparison Row(Goal goal, double target, absl::StatusOr<Samples> samples) {
  return {"work", "other", "ms",
          goal,   target,  [samples](const Effort&) { return samples; }};
}

Outcome MeasureRow(Goal goal, double target, absl::StatusOr<Samples> samples) {
  return Measure(Row(goal, target, std::move(samples)), Effort());
}

TEST(MedianTest, IsTheMiddleOrBetweenTheTwo) {
  EXPECT_EQ(Median({5, 1, 100}), 5);
  EXPECT_EQ(Median({4, 1, 100, 2}), 3);
}

TEST(MeasureTest, RatioIsOfPairsMeasuredTogether) {
  // The machine became ten times slower; each pair is of one speed.
  const Outcome outcome =
      MeasureRow(Goal::kAtMost, 0.5, Samples{{1, 10, 20}, {2, 20, 40}});
  EXPECT_EQ(outcome.ours, 10);
  EXPECT_EQ(outcome.theirs, 20);
  EXPECT_EQ(outcome.ratio, 0.5);
}

TEST(MeasureTest, TargetIsMetOrNot) {
  const Samples half = {{1}, {2}};
  EXPECT_EQ(MeasureRow(Goal::kAtMost, 0.5, half).verdict, Verdict::kMet);
  EXPECT_EQ(MeasureRow(Goal::kAtMost, 0.49, half).verdict, Verdict::kNotMet);
  EXPECT_EQ(MeasureRow(Goal::kAtLeast, 0.5, half).verdict, Verdict::kMet);
  EXPECT_EQ(MeasureRow(Goal::kAtLeast, 0.51, half).verdict, Verdict::kNotMet);
  EXPECT_EQ(MeasureRow(Goal::kReported, 0, half).verdict, Verdict::kReported);
}

TEST(MeasureTest, MissingOpponentIsNoFailure) {
  const Outcome missing =
      MeasureRow(Goal::kAtMost, 1, absl::NotFoundError("no such package"));
  EXPECT_EQ(missing.verdict, Verdict::kMissing);
  EXPECT_EQ(missing.reason, "no such package");
  EXPECT_EQ(MeasureRow(Goal::kAtMost, 1, absl::InternalError("x")).verdict,
            Verdict::kFailed);
  EXPECT_EQ(MeasureRow(Goal::kAtMost, 1, Samples()).verdict, Verdict::kFailed);
}

TEST(InTurnTest, MeasuresByTurns) {
  std::string order;
  const auto samples = InTurn(
      2,
      [&]() -> absl::StatusOr<double> {
        order += 'B';
        return 2;
      },
      [&]() -> absl::StatusOr<double> {
        order += 'A';
        return 1;
      });
  EXPECT_EQ(order, "BABA");
  EXPECT_THAT(samples->ours, ElementsAre(1, 1));
  EXPECT_THAT(samples->theirs, ElementsAre(2, 2));
}

TEST(InTurnTest, EndsWithTheFirstError) {
  int calls = 0;
  const auto samples = InTurn(
      5, [&]() -> absl::StatusOr<double> { return ++calls; },
      [&]() -> absl::StatusOr<double> { return absl::AbortedError("gone"); });
  EXPECT_EQ(samples.status(), absl::AbortedError("gone"));
  EXPECT_EQ(calls, 1);
}

TEST(EffortTest, QuickIsShort) {
  Effort effort;
  EXPECT_EQ(effort.Rounds(100), 100);
  effort.quick = true;
  EXPECT_EQ(effort.Rounds(100), 3);
  EXPECT_EQ(effort.Rounds(1), 1);
  EXPECT_EQ(effort.Seconds(4), 1);
}

std::vector<Outcome> SomeOutcomes() {
  return {MeasureRow(Goal::kAtMost, 0.08, Samples{{50}, {1000}}),
          MeasureRow(Goal::kAtLeast, 1.0, Samples{{1234567}, {2469134}}),
          MeasureRow(Goal::kAtLeast, 30, absl::NotFoundError("not here"))};
}

TEST(ReportTest, TableHasALineForEachRow) {
  EXPECT_EQ(
      TableOf(SomeOutcomes()),
      "| what | measured | compared with | measured | ratio | target | |\n"
      "|---|---|---|---|---|---|---|\n"
      "| work | 50.0 ms | other | 1,000 ms | 0.0500 | ≤ 0.08 | met |\n"
      "| work | 1,230,000 ms | other | 2,470,000 ms | 0.500 | ≥ 1 | not "
      "met |\n"
      "| work |  | other |  |  | ≥ 30 | missing: not here |\n");
}

TEST(ReportTest, JsonHasAllThatWasMeasured) {
  const auto document =
      boost::json::parse(JsonOf(SomeOutcomes(), "a machine")).as_object();
  EXPECT_EQ(document.at("machine").as_string(), "a machine");
  const auto& rows = document.at("rows").as_array();
  ASSERT_EQ(rows.size(), 3);
  const auto& first = rows[0].as_object();
  EXPECT_EQ(first.at("ratio").as_double(), 0.05);
  EXPECT_EQ(first.at("goal").as_string(), "at most");
  EXPECT_EQ(first.at("target").as_double(), 0.08);
  EXPECT_EQ(first.at("verdict").as_string(), "met");
  EXPECT_EQ(first.at("samples").at("theirs").as_array().size(), 1);
  EXPECT_EQ(rows[2].as_object().at("reason").as_string(), "not here");
  EXPECT_FALSE(rows[2].as_object().contains("ratio"));
}

const std::vector<Panel> kPanels = {
    {"rows",
     {{"read, ms", {{1, 0.5}, {1000, 20}}}, {"copy, ms", {{1000, 3}}}}}};

TEST(ReportTest, TableOfCurvesHasAColumnForEachSize) {
  EXPECT_EQ(TableOf(kPanels),
            "| rows | 1 | 1000 |\n"
            "| --- | --- | --- |\n"
            "| read, ms | 0.500 | 20.0 |\n"
            "| copy, ms |  | 3.00 |\n");
}

TEST(ReportTest, JsonOfCurvesHasTheirPoints) {
  const auto document = boost::json::parse(JsonOf(kPanels, "m"));
  const auto& curve = document.at("panels").at(0).at("curves").at(0);
  EXPECT_EQ(curve.at("name").as_string(), "read, ms");
  EXPECT_EQ(curve.at("points").at(1).at(1).as_double(), 20);
}

TEST(ChartTest, BarsTellHowMuchBetterThanTheTarget) {
  const std::string script = BarScript(SomeOutcomes(), "a machine");
  EXPECT_THAT(script, HasSubstr("set xrange [0.416667:2]"));
  EXPECT_THAT(script, HasSubstr("set title \"a machine\""));
  EXPECT_THAT(script, HasSubstr("\"work / other\" 1.6\n"));
  EXPECT_THAT(script, HasSubstr("\"work / other\" 0.5\n"));
  EXPECT_THAT(script, HasSubstr("\"work / other: missing\" 1\n"));
  EXPECT_THAT(
      BarScript({MeasureRow(Goal::kReported, 0, Samples{{1}, {2}})}, ""),
      Not(HasSubstr("work")));
}

TEST(ChartTest, CurvesAreInTheData) {
  const std::string script = CurveScript(kPanels, "a machine");
  EXPECT_THAT(script, HasSubstr("1 0.5\n1000 20\nEND\n"));
  EXPECT_THAT(script, HasSubstr("set xlabel \"rows\""));
  EXPECT_THAT(script, HasSubstr("title \"copy, ms\""));
}

}  // namespace
}  // namespace dsql_testing
