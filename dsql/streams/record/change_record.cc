// SPDX-License-Identifier: Apache-2.0

#include "dsql/streams/record/change_record.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/crc.hpp"
#include "dsql/streams/record/json_value.h"
#include "dsql/streams/record/stable_identifier.h"

namespace dsql::streams {
namespace {

constexpr int64_t kNanosPerMilli = 1000000;
// A fragment without its data: its type, a chunk_id, an index.
constexpr size_t kFragmentOverhead = 128;

absl::string_view OpName(RowChange::Op op) {
  switch (op) {
    case RowChange::Op::kCreate:
      return "c";
    case RowChange::Op::kUpdate:
      return "u";
    case RowChange::Op::kDelete:
      return "d";
  }
  return "";
}

// An image of a row; null for a row that is not there.
std::string RowJson(const DecodedRow& row, bool there) {
  if (!there) return "null";
  std::string json = "{";
  for (const DecodedValue& value : row) {
    absl::StrAppend(
        &json, json.size() > 1 ? "," : "", JsonString(value.column), ":",
        value.text.has_value() ? JsonValue(value.type, *value.text) : "null");
  }
  json.push_back('}');
  return json;
}

// How long `c` is within a JSON string, as JsonString() writes it.
size_t EscapedSize(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '\b':
    case '\f':
    case '\n':
    case '\r':
    case '\t':
      return 2;
    default:
      return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
  }
}

bool ContinuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Cuts `text` where a character begins, so that no part has more than `longest`
// bytes once it is escaped; a character that is longer is a part of its own.
std::vector<absl::string_view> Cut(absl::string_view text, size_t longest) {
  std::vector<absl::string_view> parts;
  size_t begin = 0;
  size_t size = 0;
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    size_t character = EscapedSize(text[i]);
    while (end < text.size() && ContinuesCharacter(text[end])) {
      ++end;
      ++character;
    }
    if (i > begin && size + character > longest) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i;
      size = 0;
    }
    size += character;
    i = end;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// The two images of a record, one of which may have been cut.
struct Images {
  std::string before;
  std::string after;
  // The members of "chunked".
  std::string chunked;
};

std::string RecordJson(const RowChange& change, const RecordSource& source,
                       int64_t published_ns, const Images& images) {
  std::string json = absl::StrCat(
      R"({"type":")", images.chunked.empty() ? "full" : "chunked",
      R"(","op":")", OpName(change.op), R"(","before":)", images.before,
      R"(,"after":)", images.after, R"(,"source":{"version":"1.0","ts_ms":)",
      source.ts_ns / kNanosPerMilli, R"(,"ts_ns":)", source.ts_ns,
      R"(,"txId":)", JsonString(source.tx_id));
  absl::StrAppend(&json, R"(,"schema":)", JsonString(change.schema),
                  R"(,"table":)", JsonString(change.table), R"(,"db":)",
                  JsonString(source.database), R"(,"cluster":)",
                  JsonString(source.cluster), "}");
  if (!images.chunked.empty())
    absl::StrAppend(&json, R"(,"chunked":{)", images.chunked, "}");
  absl::StrAppend(&json, R"(,"ts_ms":)", published_ns / kNanosPerMilli,
                  R"(,"ts_ns":)", published_ns, "}");
  return json;
}

// Replaces `image` by null, its parts by fragments, and names them in
// `chunked`.
void Chunk(absl::string_view name, const RecordSource& source, size_t longest,
           std::string* image, std::string* chunked,
           std::vector<std::string>* fragments) {
  const std::string whole = std::exchange(*image, "null");
  const std::string id = StableIdentifier(
      absl::StrCat(source.tx_id, " ", source.cluster, " ", name, " ", whole));
  const std::vector<absl::string_view> parts =
      Cut(whole, longest > kFragmentOverhead ? longest - kFragmentOverhead : 1);
  for (size_t i = 0; i < parts.size(); ++i) {
    fragments->push_back(absl::StrCat(R"({"type":"fragment","chunk_id":")", id,
                                      R"(","index":)", i, R"(,"data":)",
                                      JsonString(parts[i]), "}"));
  }
  absl::StrAppend(chunked, chunked->empty() ? "" : ",", "\"", name,
                  R"(":{"chunk_id":")", id, R"(","total_fragments":)",
                  parts.size(), R"(,"crc32c":")", Crc32c(whole), R"("})");
}

}  // namespace

uint32_t Crc32c(absl::string_view text) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(text.data(), text.size());
  return crc.checksum();
}

std::vector<std::string> MakeRecords(const RowChange& change,
                                     const RecordSource& source,
                                     int64_t published_ns, size_t longest) {
  const bool deleted = change.op == RowChange::Op::kDelete;
  Images images;
  images.before = RowJson(change.key, deleted && !change.key.empty());
  images.after = RowJson(change.after, !deleted);
  std::vector<std::string> records = {
      RecordJson(change, source, published_ns, images)};
  if (records[0].size() <= longest) return records;
  // The longer image first; mostly that is enough.
  const bool after_is_longer = images.after.size() >= images.before.size();
  for (const bool after : {after_is_longer, !after_is_longer}) {
    std::string& image = after ? images.after : images.before;
    if (image == "null") continue;
    Chunk(after ? "after" : "before", source, longest, &image, &images.chunked,
          &records);
    records[0] = RecordJson(change, source, published_ns, images);
    if (records[0].size() <= longest) break;
  }
  return records;
}

}  // namespace dsql::streams
