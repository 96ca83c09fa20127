// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/duplicate_members.h"

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "boost/json/basic_parser_impl.hpp"

namespace dsql {
namespace {

namespace json = ::boost::json;

// The events of Boost.JSON's parser. Each returns true to go on.
class MemberHandler {
 public:
  static constexpr size_t max_array_size = -1;
  static constexpr size_t max_object_size = -1;
  static constexpr size_t max_string_size = -1;
  static constexpr size_t max_key_size = -1;

  std::vector<std::string>& duplicates() { return duplicates_; }

  bool on_object_begin(json::error_code&) { return Enter(false); }
  bool on_object_end(size_t, json::error_code&) { return Leave(); }
  bool on_array_begin(json::error_code&) { return Enter(true); }
  bool on_array_end(size_t, json::error_code&) { return Leave(); }

  bool on_key_part(json::string_view part, size_t, json::error_code&) {
    partial_key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, size_t, json::error_code&) {
    partial_key_.append(part.data(), part.size());
    Level& level = levels_.back();
    level.member = std::move(partial_key_);
    partial_key_.clear();
    if (!level.members.insert(level.member).second) {
      duplicates_.push_back(Path());
    }
    return true;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_string_part(json::string_view, size_t, json::error_code&) {
    return true;
  }
  bool on_string(json::string_view, size_t, json::error_code&) {
    return NextElement();
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(int64_t, json::string_view, json::error_code&) {
    return NextElement();
  }
  bool on_uint64(uint64_t, json::string_view, json::error_code&) {
    return NextElement();
  }
  bool on_double(double, json::string_view, json::error_code&) {
    return NextElement();
  }
  bool on_bool(bool, json::error_code&) { return NextElement(); }
  bool on_null(json::error_code&) { return NextElement(); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  // An array or object that has begun and not ended.
  struct Level {
    bool is_array;
    size_t index = 0;
    std::string member;
    absl::flat_hash_set<std::string> members;
  };

  bool Enter(bool is_array) {
    levels_.emplace_back();
    levels_.back().is_array = is_array;
    return true;
  }

  bool Leave() {
    levels_.pop_back();
    return NextElement();
  }

  bool NextElement() {
    if (!levels_.empty()) ++levels_.back().index;
    return true;
  }

  // Where the parser is: "Statement[0].Effect".
  std::string Path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.is_array) {
        absl::StrAppend(&path, "[", level.index, "]");
      } else {
        absl::StrAppend(&path, path.empty() ? "" : ".", level.member);
      }
    }
    return path;
  }

  std::vector<Level> levels_;
  std::string partial_key_;
  std::vector<std::string> duplicates_;
};

}  // namespace

std::vector<std::string> DuplicateMembers(absl::string_view json,
                                          size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<MemberHandler> parser(options);
  json::error_code error;
  parser.write_some(/*more=*/false, json.data(), json.size(), error);
  return std::move(parser.handler().duplicates());
}

}  // namespace dsql
