// SPDX-License-Identifier: Apache-2.0

// Fuzzes what reads the passwords of DSQL, the most exposed text of all:
//
//   bazel run --config=asan //dsql/iam:auth_token_fuzzer -- $PWD/corpus
//
// The corpus has good tokens. Whatever becomes of one, it is good for nothing
// but what it was signed for.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/variant.h"
#include "dsql/iam/auth_token.h"
#include "dsql/iam/credentials.h"

namespace dsql {
namespace {

constexpr char kHost[] = "abcdefghijklmnopqrstuvwxyz.dsql.us-east-1.on.aws";
constexpr char kAccessKey[] = "AKIAIOSFODNN7EXAMPLE";
constexpr char kPrincipal[] = "arn:aws:iam::000000000000:user/alice";

void Require(bool holds) {
  if (!holds) std::abort();
}

const CredentialStore& Store() {
  static const CredentialStore* const store = [] {
    auto* made = new CredentialStore;
    made->Put({kAccessKey, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "",
               kPrincipal});
    return made;
  }();
  return *store;
}

void Check(absl::string_view token) {
  // 2026-01-01 12:00:10, ten seconds after the corpus was signed.
  const absl::Time now = absl::FromUnixSeconds(1767268810);
  const auto verified = VerifyAuthToken(token, "us-east-1", Store(), now);
  if (const auto* failure = absl::get_if<AuthTokenFailure>(&verified)) {
    Require(!failure->message.empty());
    return;
  }
  const auto& good = absl::get<AuthToken>(verified);
  Require(good.access_key_id == kAccessKey);
  Require(good.principal_arn == kPrincipal);
  Require(absl::EqualsIgnoreCase(good.host, kHost));
  Require(good.action == kDbConnect || good.action == kDbConnectAdmin);
  // Not in another Region, nor when it has expired.
  Require(absl::holds_alternative<AuthTokenFailure>(
      VerifyAuthToken(token, "eu-west-1", Store(), now)));
  Require(absl::holds_alternative<AuthTokenFailure>(
      VerifyAuthToken(token, "us-east-1", Store(),
                      now + absl::Hours(24 * 7) + absl::Hours(1))));
}

}  // namespace
}  // namespace dsql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dsql::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
