// SPDX-License-Identifier: Apache-2.0

// Whoever applies the records of a stream has the cluster's tables, in whatever
// order and however often they come.

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/cluster.h"
#include "dsql/fake_dsql.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/postgres/connection.h"
#include "dsql/postgres/result.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/streams/stream_fixture.h"

namespace dsql_testing {
namespace {

constexpr int kTransactions = 150;
constexpr int kKeys = 12;

// A consumer as DSQL's documentation wants it: of the records of a key the
// latest counts, by ts_ns.
class Model {
 public:
  void Apply(const std::string& data) {
    const boost::json::value record = boost::json::parse(data);
    const bool deleted = record.at("op").as_string() == "d";
    const boost::json::value& image = record.at(deleted ? "before" : "after");
    const std::string key =
        absl::StrCat(record.at("source").at("table").as_string().c_str(), " ",
                     boost::json::serialize(image.at("id")));
    const int64_t time = record.at("source").at("ts_ns").as_int64();
    Row& row = rows_[key];
    if (time <= row.time) return;
    row.time = time;
    row.text = deleted ? "" : boost::json::serialize(image);
  }

  std::map<std::string, std::string> Rows() const {
    std::map<std::string, std::string> rows;
    for (const auto& row : rows_)
      if (!row.second.text.empty()) rows[row.first] = row.second.text;
    return rows;
  }

 private:
  struct Row {
    int64_t time = 0;
    std::string text;
  };
  std::map<std::string, Row> rows_;
};

class ReplayTest : public StreamTest,
                   public ::testing::WithParamInterface<uint64_t> {
 protected:
  dsql::FakeDsqlOptions Options() override {
    dsql::FakeDsqlOptions options = StreamTest::Options();
    options.streams.seed = GetParam();
    options.streams.shuffle_window = static_cast<int>(GetParam() % 3) * 20;
    options.streams.repeat_probability = GetParam() % 2 == 0 ? 0.2 : 0;
    return options;
  }

  int Random(int choices) {
    return static_cast<int>(random_() % static_cast<uint64_t>(choices));
  }

  std::string Statement() {
    const char* table = Random(2) == 0 ? "a" : "b";
    const int id = Random(kKeys);
    const int value = Random(1000);
    switch (Random(6)) {
      case 0:
      case 1:
        return absl::StrCat("INSERT INTO ", table, " VALUES (", id, ", ", value,
                            ", 'text ", value,
                            "') ON CONFLICT (id) DO UPDATE SET v = ", value);
      case 2:
        return absl::StrCat("UPDATE ", table, " SET v = ", value,
                            " WHERE id >= ", id);
      case 3:
        return absl::StrCat("DELETE FROM ", table, " WHERE id = ", id);
      case 4:
        return absl::StrCat("DELETE FROM ", table, " WHERE id > ", id + 6);
      default:
        // To a key that is free.
        return absl::StrCat("UPDATE ", table, " SET id = ", 100 + Random(20),
                            " WHERE id = ", id, " AND NOT EXISTS (SELECT FROM ",
                            table, " x WHERE x.id >= 100)");
    }
  }

  void RunTransaction() {
    if (Random(3) == 0) {
      connection_->Execute(Statement()).status().IgnoreError();
      return;
    }
    Run("BEGIN");
    for (int i = Random(6); i >= 0; --i)
      connection_->Execute(Statement()).status().IgnoreError();
    const bool commits = Random(4) > 0;
    connection_->Execute(commits ? "COMMIT" : "ROLLBACK")
        .status()
        .IgnoreError();
  }

  std::map<std::string, std::string> InTheCluster() {
    std::map<std::string, std::string> rows;
    for (const char* table : {"a", "b"}) {
      const auto result =
          connection_->Execute(absl::StrCat("SELECT id, v, t FROM ", table));
      EXPECT_THAT(result, IsOk());
      if (!result.ok()) continue;
      for (int i = 0; i < result->row_count(); ++i) {
        const std::string id = *result->Get<std::string>(i, 0);
        const auto t = *result->Get<absl::optional<std::string>>(i, 2);
        rows[absl::StrCat(table, " ", id)] = absl::StrCat(
            "{\"id\":", id, ",\"v\":", *result->Get<std::string>(i, 1),
            ",\"t\":", t.has_value() ? absl::StrCat("\"", *t, "\"") : "null",
            "}");
      }
    }
    return rows;
  }

  std::mt19937_64 random_{GetParam()};
};

TEST_P(ReplayTest, GivesTheTables) {
  for (const char* table : {"a", "b"})
    Run(absl::StrCat("CREATE TABLE ", table,
                     " (id int PRIMARY KEY, v int, t text)"));
  for (int i = 0; i < kTransactions; ++i) RunTransaction();
  ASSERT_THAT(cluster().FlushStreams(), IsOk());
  DSQL_ASSERT_OK_AND_ASSIGN(auto records, stream_->Records());
  ASSERT_GT(records.size(), 100u);
  Model model;
  for (const auto& record : records) model.Apply(record.data);
  const auto expected = InTheCluster();
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(model.Rows(), expected);
  // And in an order of this test's own.
  std::shuffle(records.begin(), records.end(), random_);
  Model shuffled;
  for (const auto& record : records) shuffled.Apply(record.data);
  EXPECT_EQ(shuffled.Rows(), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReplayTest, ::testing::Range<uint64_t>(1, 7));

}  // namespace
}  // namespace dsql_testing
