// SPDX-License-Identifier: Apache-2.0

#include "testing/streams/stream_fixture.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/control/stream_manager.h"
#include "dsql/testing/inputs.h"
#include "dsql/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dsql_testing {

void StreamTest::SetUp() {
  FakeDsqlTest::SetUp();
  auto connection = Connect();
  ASSERT_THAT(connection, IsOk());
  connection_.emplace(*std::move(connection));
  auto stream = NewStream(cluster());
  ASSERT_THAT(stream, IsOk());
  stream_.emplace(*std::move(stream));
}

absl::StatusOr<dsql::ChangeStream> StreamTest::NewStream(
    const dsql::Cluster& cluster, const std::string& target) {
  const auto created =
      fake()
          .streams(cluster.region())
          .CreateStream(dsql_testing::NewStream(cluster).To(target));
  if (!created.ok()) return created.status();
  return fake().stream(created->arn());
}

void StreamTest::Run(const std::string& sql) {
  EXPECT_THAT(connection_->Execute(sql), IsOk()) << sql;
}

std::vector<std::string> StreamTest::Delivered() {
  EXPECT_THAT(cluster().FlushStreams(), IsOk());
  const auto records = stream_->Records();
  EXPECT_THAT(records, IsOk());
  std::vector<std::string> texts;
  if (!records.ok()) return texts;
  for (; seen_ < records->size(); ++seen_) {
    const boost::json::value record =
        boost::json::parse((*records)[seen_].data);
    std::string text =
        absl::StrCat(record.at("op").as_string().c_str(), " ",
                     record.at("source").at("table").as_string().c_str());
    for (const char* image : {"before", "after"}) {
      if (!record.at(image).is_null())
        absl::StrAppend(&text, " ", boost::json::serialize(record.at(image)));
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace dsql_testing
