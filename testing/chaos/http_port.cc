// SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "dsql/base/status_macros.h"
#include "dsql/fake_dsql_options.h"
#include "dsql/iam/credentials.h"
#include "dsql/iam/sigv4_request.h"
#include "dsql/iam/sigv4_signer.h"
#include "dsql/iam/uri_encoding.h"
#include "testing/chaos/control_port.h"
#include "testing/http_client.h"

namespace dsql_testing {
namespace {

using ::boost::json::object;
using ::boost::json::value;

class HttpPort : public ControlPort {
 public:
  explicit HttpPort(World* world) : fake_(world->fake()) {}

  absl::StatusOr<std::string> Create(const std::string& client_token,
                                     const Tags& tags) override {
    object given;
    for (const auto& [key, text] : tags) given[key] = text;
    DSQL_ASSIGN_OR_RETURN(
        const object answer,
        Call("POST", "/cluster",
             serialize(value{{"clientToken", client_token},
                             {"deletionProtectionEnabled", false},
                             {"tags", given}})));
    return std::string(answer.at("identifier").as_string());
  }

  absl::Status Delete(const std::string& identifier,
                      const std::string& client_token) override {
    return Call("DELETE", absl::StrCat("/cluster/", identifier,
                                       "?client-token=", client_token))
        .status();
  }

  absl::StatusOr<Tags> GetTags(const std::string& identifier) override {
    DSQL_ASSIGN_OR_RETURN(const object cluster,
                          Call("GET", absl::StrCat("/cluster/", identifier)));
    Tags tags;
    for (const auto& tag : cluster.at("tags").as_object())
      tags[std::string(tag.key())] = std::string(tag.value().as_string());
    return tags;
  }

  absl::Status SetTag(const std::string& identifier, const std::string& key,
                      const std::string& text) override {
    return Call("POST", TagsOf(identifier),
                serialize(value{{"tags", object{{key, text}}}}))
        .status();
  }

  absl::Status RemoveTag(const std::string& identifier,
                         const std::string& key) override {
    return Call("DELETE", absl::StrCat(TagsOf(identifier), "?tagKeys=", key))
        .status();
  }

  absl::StatusOr<std::set<std::string>> List() override {
    DSQL_ASSIGN_OR_RETURN(const object listed,
                          Call("GET", "/cluster?max-results=100"));
    std::set<std::string> identifiers;
    for (const value& cluster : listed.at("clusters").as_array())
      identifiers.emplace(cluster.at("identifier").as_string());
    return identifiers;
  }

 private:
  static std::string TagsOf(const std::string& identifier) {
    return absl::StrCat(
        "/tags/",
        dsql::UriEncode(absl::StrCat(
            "arn:aws:dsql:us-east-1:000000000000:cluster/", identifier)));
  }

  absl::StatusOr<object> Call(const std::string& method,
                              const std::string& target,
                              const std::string& body = "") {
    DSQL_ASSIGN_OR_RETURN(const std::string url, fake_.http_endpoint());
    const HttpAnswer answer =
        HttpClient(PortOf(url))
            .Call(method, target, body, SignedHeaders(method, target, body));
    const std::string text = absl::StrCat(answer.status, " ", answer.body);
    if (answer.status == 429 || answer.status == 500)
      return absl::UnavailableError(text);
    if (answer.status == 404) return absl::NotFoundError(text);
    if (answer.status / 100 != 2) return absl::UnknownError(text);
    if (answer.body.empty()) return object();
    boost::json::error_code error;
    const value parsed = boost::json::parse(answer.body, error);
    if (error || !parsed.is_object()) return absl::DataLossError(text);
    return parsed.as_object();
  }

  static std::string SignedHeaders(const std::string& method,
                                   const std::string& target,
                                   const std::string& body) {
    dsql::SigV4Request request;
    request.method = method;
    dsql::SetTarget(target, &request);
    request.headers = {{"Host", "test"}};
    request.body = body;
    const dsql::FakeDsqlOptions options;
    dsql::Credentials credentials;
    credentials.access_key_id = options.access_key_id;
    credentials.secret_access_key = options.secret_access_key;
    dsql::SigV4SigningContext context;
    context.region = options.default_region;
    context.now = absl::Now();
    dsql::SignRequest(credentials, context, &request);
    std::string headers;
    for (const auto& [name, text] : request.headers) {
      if (name != "Host") absl::StrAppend(&headers, name, ": ", text, "\r\n");
    }
    return headers;
  }

  dsql::FakeDsql& fake_;
};

}  // namespace

std::unique_ptr<ControlPort> MakeHttpPort(World* world) {
  return std::make_unique<HttpPort>(world);
}

}  // namespace dsql_testing
