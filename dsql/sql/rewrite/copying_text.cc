// SPDX-License-Identifier: Apache-2.0

#include "dsql/sql/rewrite/copying_text.h"

#include "dsql/sql/parse/text_position.h"

namespace dsql::sql {

void CopyingText::Add(absl::string_view text) {
  rewrite_.text.append(text.data(), text.size());
  length_ += CharactersIn(text);
}

void CopyingText::Copy(size_t begin, size_t end) {
  const absl::string_view part = original_.substr(begin, end - begin);
  if (part.empty()) return;
  rewrite_.copied.push_back(
      {length_, CharactersIn(part), CharactersIn(original_.substr(0, begin))});
  Add(part);
}

}  // namespace dsql::sql
