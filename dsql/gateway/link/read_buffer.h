// SPDX-License-Identifier: Apache-2.0

// Bytes that were read from a peer and not yet used.

#ifndef DSQL_GATEWAY_LINK_READ_BUFFER_H_
#define DSQL_GATEWAY_LINK_READ_BUFFER_H_

#include <cstddef>
#include <cstring>
#include <vector>

#include "absl/strings/string_view.h"

namespace dsql {

// Contiguous. Views of it are good until the next Prepare().
class ReadBuffer {
 public:
  absl::string_view view() const {
    return absl::string_view(bytes_.data() + begin_, end_ - begin_);
  }
  void Consume(size_t size) {
    begin_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  // Room for more bytes behind view(): at least kChunk, and as many as make
  // view() hold `whole_size`. Bytes written there count after Commit().
  struct Room {
    char* data;
    size_t size;
  };
  Room Prepare(size_t whole_size = 0) {
    const size_t used = end_ - begin_;
    const size_t room = whole_size > used + kChunk ? whole_size - used : kChunk;
    if (bytes_.size() - end_ < room) {
      if (used > 0) memmove(bytes_.data(), bytes_.data() + begin_, used);
      begin_ = 0;
      end_ = used;
      if (bytes_.size() < used + room) bytes_.resize(used + room);
    }
    return {bytes_.data() + end_, bytes_.size() - end_};
  }
  void Commit(size_t size) { end_ += size; }

  // Gives memory back that one long message needed.
  void Shrink() {
    if (begin_ == end_ && bytes_.size() > kKept) {
      bytes_ = std::vector<char>();
      begin_ = end_ = 0;
    }
  }

 private:
  static constexpr size_t kChunk = 16 * 1024;
  static constexpr size_t kKept = 256 * 1024;

  std::vector<char> bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_READ_BUFFER_H_
