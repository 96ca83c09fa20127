// SPDX-License-Identifier: Apache-2.0

#include "dsql/iam/sigv4_signer.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dsql/iam/sigv4_authorization.h"
#include "dsql/iam/sigv4_signature.h"
#include "dsql/iam/uri_encoding.h"

namespace dsql {
namespace {

std::set<std::string> HeadersToSign(const SigV4Request& request) {
  // Hop-by-hop headers and those that change on the way; botocore's list.
  static constexpr absl::string_view kUnsigned[] = {"authorization",
                                                    "connection",
                                                    "expect",
                                                    "keep-alive",
                                                    "proxy-authenticate",
                                                    "proxy-authorization",
                                                    "te",
                                                    "trailer",
                                                    "transfer-encoding",
                                                    "upgrade",
                                                    "user-agent",
                                                    "x-amzn-trace-id"};
  std::set<std::string> names;
  for (const auto& header : request.headers) {
    const std::string name = absl::AsciiStrToLower(header.first);
    if (!absl::c_linear_search(kUnsigned, name)) names.insert(name);
  }
  return names;
}

SigV4Credential CredentialOf(const Credentials& credentials,
                             const SigV4SigningContext& context) {
  SigV4Credential credential;
  credential.access_key_id = credentials.access_key_id;
  credential.date = SigV4Timestamp(context.now).substr(0, 8);
  credential.region = context.region;
  credential.service = context.service;
  return credential;
}

std::string Signature(const Credentials& credentials,
                      const SigV4SigningContext& context,
                      const SigV4Credential& credential,
                      const SigV4Request& request) {
  return SigV4Signature(
      credentials.secret_access_key, credential,
      StringToSign(SigV4Timestamp(context.now), credential,
                   CanonicalRequest(request, HeadersToSign(request))));
}

void SetHeader(absl::string_view name, const std::string& value,
               SigV4Request* request) {
  RemoveHeader(name, request);
  request->headers.emplace_back(name, value);
}

void AddParameter(absl::string_view name, absl::string_view value,
                  SigV4Request* request) {
  request->query.emplace_back(name, UriEncode(value));
}

}  // namespace

void SignRequest(const Credentials& credentials,
                 const SigV4SigningContext& context, SigV4Request* request) {
  SetHeader("X-Amz-Date", SigV4Timestamp(context.now), request);
  if (!credentials.session_token.empty()) {
    SetHeader("X-Amz-Security-Token", credentials.session_token, request);
  }
  const SigV4Credential credential = CredentialOf(credentials, context);
  const std::string authorization = absl::StrCat(
      kSigV4Algorithm, " Credential=", credential.access_key_id, "/",
      credential.Scope(),
      ", SignedHeaders=", absl::StrJoin(HeadersToSign(*request), ";"),
      ", Signature=", Signature(credentials, context, credential, *request));
  SetHeader("Authorization", authorization, request);
}

void PresignRequest(const Credentials& credentials,
                    const SigV4SigningContext& context, absl::Duration expires,
                    SigV4Request* request) {
  const SigV4Credential credential = CredentialOf(credentials, context);
  AddParameter("X-Amz-Algorithm", kSigV4Algorithm, request);
  AddParameter("X-Amz-Credential",
               absl::StrCat(credential.access_key_id, "/", credential.Scope()),
               request);
  AddParameter("X-Amz-Date", SigV4Timestamp(context.now), request);
  AddParameter("X-Amz-Expires", absl::StrCat(absl::ToInt64Seconds(expires)),
               request);
  AddParameter("X-Amz-SignedHeaders",
               absl::StrJoin(HeadersToSign(*request), ";"), request);
  if (!credentials.session_token.empty()) {
    AddParameter("X-Amz-Security-Token", credentials.session_token, request);
  }
  AddParameter("X-Amz-Signature",
               Signature(credentials, context, credential, *request), request);
}

}  // namespace dsql
