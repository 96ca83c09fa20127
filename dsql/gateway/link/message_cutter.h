// SPDX-License-Identifier: Apache-2.0

// Cutting what a server says into the messages that it is of.

#ifndef DSQL_GATEWAY_LINK_MESSAGE_CUTTER_H_
#define DSQL_GATEWAY_LINK_MESSAGE_CUTTER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace dsql {

// Answers are handed on as they come, which may be in the middle of a message;
// who wants whole messages gets them here. Only what is not whole is copied.
class MessageCutter {
 public:
  // Takes the next message off `bytes`, with what was kept of it. "" where
  // `bytes` ends within it: its beginning is kept then, and `bytes` is empty.
  // Good until the next call.
  //
  // Throws StatusError for what is no message.
  absl::string_view Take(absl::string_view* bytes);

 private:
  // Moves bytes until `size` are kept or none is left.
  void Keep(size_t size, absl::string_view* bytes);

  std::string kept_;
  // Whether kept_ is what the last call returned.
  bool returned_ = false;
};

}  // namespace dsql

#endif  // DSQL_GATEWAY_LINK_MESSAGE_CUTTER_H_
