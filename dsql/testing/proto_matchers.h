// SPDX-License-Identifier: Apache-2.0

// Protobuf messages in tests: matchers of them, and how to write one.
//
//   EXPECT_THAT(output, EqualsProto(expected));
//   EXPECT_THAT(output, EqualsProto(R"pb(status: ACTIVE)pb"));
//   EXPECT_THAT(output, IncludesProto(R"pb(status: ACTIVE)pb"));
//
//   fake().clusters().CreateCluster(ParseProto(R"pb(
//     deletion_protection_enabled: false
//     tags { key: "team" value: "orders" }
//   )pb"));

#ifndef DSQL_TESTING_PROTO_MATCHERS_H_
#define DSQL_TESTING_PROTO_MATCHERS_H_

#include "dsql/base/language.h"

#include <string>
#include <type_traits>
#include <utility>

#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace dsql_testing {

// The text of a message, which becomes one of the type that is asked for.
class ProtoText {
 public:
  explicit ProtoText(std::string text) : text_(std::move(text)) {}

  // A failure of the test, and an empty message, where the text is not of that
  // type; what is wrong with it is on stderr.
  template <typename Message,
            std::enable_if_t<
                std::is_base_of<google::protobuf::Message, Message>::value,
                int> = 0>
  operator Message() const {  // NOLINT: implicit on purpose
    Message message;
    if (!google::protobuf::TextFormat::ParseFromString(text_, &message)) {
      ADD_FAILURE() << "No " << message.GetTypeName() << ": " << text_;
      message.Clear();
    }
    return message;
  }

 private:
  std::string text_;
};

inline ProtoText ParseProto(std::string text) {
  return ProtoText(std::move(text));
}

// `expected`, a message or its text, as a message of the type of `like`.
template <typename Message>
Message ExpectedProto(const Message& /*like*/, const Message& expected) {
  return expected;
}
template <typename Message>
Message ExpectedProto(const Message& /*like*/, const std::string& expected) {
  return ProtoText(expected);
}

inline std::string DescribeProto(const google::protobuf::Message& expected) {
  return expected.ShortDebugString();
}
inline std::string DescribeProto(const std::string& expected) {
  return expected;
}

// Matches an equal message, given as one or as its text.
MATCHER_P(EqualsProto, expected,
          (negation ? "isn't equal to {" : "is equal to {") +
              DescribeProto(expected) + "}") {
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  const bool equal = differencer.Compare(ExpectedProto(arg, expected), arg);
  if (!equal) *result_listener << "with the differences\n" << differences;
  return equal;
}

// Matches a message that has at least the fields of `expected`, with its
// values.
MATCHER_P(IncludesProto, expected,
          (negation ? "doesn't include {" : "includes {") +
              DescribeProto(expected) + "}") {
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_scope(google::protobuf::util::MessageDifferencer::PARTIAL);
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  const bool included = differencer.Compare(ExpectedProto(arg, expected), arg);
  if (!included) *result_listener << "with the differences\n" << differences;
  return included;
}

}  // namespace dsql_testing

#endif  // DSQL_TESTING_PROTO_MATCHERS_H_
