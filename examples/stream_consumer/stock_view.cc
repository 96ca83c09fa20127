// SPDX-License-Identifier: Apache-2.0

#include "examples/stream_consumer/stock_view.h"

#include "boost/json/parse.hpp"
#include "boost/json/value.hpp"

namespace examples {

bool StockView::Apply(absl::string_view record) {
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(
      boost::json::string_view(record.data(), record.size()), error);
  if (error || !parsed.is_object() || !parsed.as_object().contains("source") ||
      parsed.at("source").at("table").as_string() != "stock")
    return false;
  const bool deleted = parsed.at("op").as_string() == "d";
  const boost::json::value& image = parsed.at(deleted ? "before" : "after");
  const int64_t ts_ns = parsed.at("source").at("ts_ns").as_int64();
  Row& row = rows_[image.at("article").as_string().c_str()];
  if (ts_ns <= row.ts_ns) return true;
  row.ts_ns = ts_ns;
  row.count = deleted ? 0 : image.at("count").as_int64();
  return true;
}

int64_t StockView::CountOf(const std::string& article) const {
  const auto found = rows_.find(article);
  return found == rows_.end() ? 0 : found->second.count;
}

}  // namespace examples
