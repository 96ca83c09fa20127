// GoogleTest matchers of protobuf messages.
//
//   EXPECT_THAT(output, EqualsProto(expected));
//   EXPECT_THAT(output, EqualsProto(R"pb(status: ACTIVE)pb"));
//   EXPECT_THAT(output, IncludesProto(R"pb(status: ACTIVE)pb"));

#ifndef TESTING_PROTO_MATCHERS_H_
#define TESTING_PROTO_MATCHERS_H_

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace dsql_testing {

// `expected` as a message of the type of `like`; a failure of the test where
// its text is not of that type.
template <typename Message>
Message ExpectedProto(const Message& like, const Message& expected) {
  return expected;
}
template <typename Message>
Message ExpectedProto(const Message& like, const std::string& expected) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(expected, &message)) {
    ADD_FAILURE() << "No " << like.GetTypeName() << ": " << expected;
  }
  return message;
}

// Matches an equal message, given as one or as its text.
MATCHER_P(EqualsProto, expected, "") {
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  const bool equal = differencer.Compare(ExpectedProto(arg, expected), arg);
  *result_listener << differences;
  return equal;
}

// Matches a message that has at least the fields of `expected`, with its
// values.
MATCHER_P(IncludesProto, expected, "") {
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_scope(google::protobuf::util::MessageDifferencer::PARTIAL);
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  const bool included = differencer.Compare(ExpectedProto(arg, expected), arg);
  *result_listener << differences;
  return included;
}

}  // namespace dsql_testing

#endif  // TESTING_PROTO_MATCHERS_H_
