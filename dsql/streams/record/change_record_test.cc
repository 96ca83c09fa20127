// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/change_record.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "gtest/gtest.h"

namespace dsql::streams {
namespace {

RecordSource Source() {
  RecordSource source;
  source.tx_id = "dco3gwn3dfalh424f7ap6oiysu";
  source.ts_ns = 1773771026226299059;
  source.cluster = "foo";
  return source;
}

RowChange Created(std::string text) {
  RowChange change;
  change.schema = "public";
  change.table = "t";
  change.after = {{"id", "integer", "1"}, {"v", "text", std::move(text)}};
  return change;
}

TEST(ChangeRecordTest, MembersAreInTheOrderOfTheDocumentation) {
  RowChange change = Created("a");
  change.after.push_back({"n", "text", absl::nullopt});
  EXPECT_EQ(
      MakeRecords(change, Source(), 1773771026301000001),
      std::vector<std::string>{
          R"({"type":"full","op":"c","before":null,"after":{"id":1,"v":"a",)"
          R"("n":null},"source":{"version":"1.0","ts_ms":1773771026226,)"
          R"("ts_ns":1773771026226299059,"txId":"dco3gwn3dfalh424f7ap6oiysu",)"
          R"("schema":"public","table":"t","db":"postgres","cluster":"foo"},)"
          R"("ts_ms":1773771026301,"ts_ns":1773771026301000001})"});
}

TEST(ChangeRecordTest, UpdatesHaveNoBeforeAndDeletesNoAfter) {
  RowChange change = Created("a");
  change.op = RowChange::Op::kUpdate;
  EXPECT_EQ(MakeRecords(change, Source(), 0)[0].find(
                R"({"type":"full","op":"u","before":null,"after":{"id":1,)"),
            0u);
  change.op = RowChange::Op::kDelete;
  change.after.clear();
  change.key = {{"id", "integer", "1"}};
  EXPECT_EQ(MakeRecords(change, Source(), 0)[0].find(
                R"({"type":"full","op":"d","before":{"id":1},"after":null,)"),
            0u);
  // A table without a key.
  change.key.clear();
  EXPECT_EQ(MakeRecords(change, Source(), 0)[0].find(
                R"({"type":"full","op":"d","before":null,"after":null,)"),
            0u);
}

TEST(ChangeRecordTest, OddNamesAreEscaped) {
  RowChange change = Created("a");
  change.table = "t\"\\";
  change.after[0].column = "\"\n";
  const boost::json::value record =
      boost::json::parse(MakeRecords(change, Source(), 0)[0]);
  EXPECT_EQ(record.at("source").at("table").as_string(), "t\"\\");
  EXPECT_EQ(record.at("after").at("\"\n").as_int64(), 1);
}

// A consumer's way of putting the parts together.
std::string Joined(const std::vector<std::string>& records,
                   const boost::json::value& chunk) {
  std::map<int64_t, std::string> parts;
  for (size_t i = 1; i < records.size(); ++i) {
    const boost::json::value fragment = boost::json::parse(records[i]);
    EXPECT_EQ(fragment.at("type").as_string(), "fragment");
    EXPECT_EQ(fragment.as_object().size(), 4u);
    if (fragment.at("chunk_id") != chunk.at("chunk_id")) continue;
    parts[fragment.at("index").as_int64()] =
        std::string(fragment.at("data").as_string());
  }
  EXPECT_EQ(static_cast<int64_t>(parts.size()),
            chunk.at("total_fragments").as_int64());
  std::string whole;
  for (const auto& part : parts) whole += part.second;
  EXPECT_EQ(chunk.at("crc32c").as_string(), absl::StrCat(Crc32c(whole)));
  return whole;
}

TEST(ChangeRecordTest, LongRowsAreInFragments) {
  // Every character needs several bytes, quotes are escaped.
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\xe2\x82\xac\"\x01\xf0\x9f\x98\x80";
  const RowChange change = Created(text);
  constexpr size_t kLongest = 1000;
  const std::vector<std::string> records =
      MakeRecords(change, Source(), 0, kLongest);
  ASSERT_GT(records.size(), 6u);
  for (const std::string& record : records)
    EXPECT_LE(record.size(), kLongest) << record;
  const boost::json::value record = boost::json::parse(records[0]);
  EXPECT_EQ(record.at("type").as_string(), "chunked");
  EXPECT_TRUE(record.at("after").is_null());
  EXPECT_TRUE(record.at("before").is_null());
  const boost::json::value image =
      boost::json::parse(Joined(records, record.at("chunked").at("after")));
  EXPECT_EQ(image.at("v").as_string(), text.c_str());
  std::vector<std::string> names;
  for (const auto& member : record.as_object())
    names.emplace_back(member.key());
  EXPECT_EQ(names,
            (std::vector<std::string>{"type", "op", "before", "after", "source",
                                      "chunked", "ts_ms", "ts_ns"}));
  // Delivered again it is the same, but for its own time.
  const auto again = MakeRecords(change, Source(), 5, kLongest);
  EXPECT_EQ(std::vector<std::string>(again.begin() + 1, again.end()),
            std::vector<std::string>(records.begin() + 1, records.end()));
  EXPECT_NE(again[0], records[0]);
}

TEST(ChangeRecordTest, LongKeysAreInFragmentsToo) {
  RowChange change = Created("");
  change.op = RowChange::Op::kDelete;
  change.key = {{"k", "text", std::string(3000, 'x')}};
  const auto records = MakeRecords(change, Source(), 0, 1000);
  const boost::json::value record = boost::json::parse(records[0]);
  EXPECT_TRUE(record.at("before").is_null());
  EXPECT_EQ(Joined(records, record.at("chunked").at("before")),
            "{\"k\":\"" + std::string(3000, 'x') + "\"}");
}

TEST(ChangeRecordTest, NineMebibytesAreOneRecord) {
  const size_t envelope =
      MakeRecords(Created(""), Source(), 1773771026301000001)[0].size();
  const auto records_of = [&](size_t size) {
    return MakeRecords(Created(std::string(size - envelope, 'x')), Source(),
                       1773771026301000001);
  };
  ASSERT_EQ(records_of(kLongestRecord).size(), 1u);
  EXPECT_EQ(records_of(kLongestRecord)[0].size(), 9437184u);
  EXPECT_GT(records_of(kLongestRecord + 1).size(), 1u);
}

// RFC 3720, B.4, and the check value of the catalogue of CRCs.
TEST(Crc32cTest, KnownValues) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(""), 0u);
}

}  // namespace
}  // namespace dsql::streams
