// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/splices.h"

#include <algorithm>
#include <utility>

#include "dsql/sql/rewrite/copying_text.h"

namespace dsql::sql {

void Splices::Add(size_t begin, size_t length, std::string replacement) {
  splices_.push_back({begin, length, std::move(replacement)});
}

const std::vector<Token>& Splices::tokens() {
  if (tokens_.empty()) tokens_ = Scan(std::string(text_));
  return tokens_;
}

size_t Splices::TokenAt(size_t place) {
  const std::vector<Token>& all = tokens();
  return std::lower_bound(
             all.begin(), all.end(), place,
             [](const Token& token, size_t at) { return token.begin < at; }) -
         all.begin();
}

absl::optional<Rewrite> Splices::Finish() && {
  if (splices_.empty()) return absl::nullopt;
  std::sort(splices_.begin(), splices_.end(),
            [](const Splice& a, const Splice& b) { return a.begin < b.begin; });
  CopyingText result(text_);
  size_t at = 0;
  const Splice* last = nullptr;
  for (const Splice& splice : splices_) {
    if (last != nullptr && last->begin == splice.begin &&
        last->length == splice.length && last->text == splice.text)
      continue;
    result.Copy(at, splice.begin);
    result.Add(splice.text);
    at = splice.begin + splice.length;
    last = &splice;
  }
  result.Copy(at, text_.size());
  return std::move(result).Finish();
}

}  // namespace dsql::sql
