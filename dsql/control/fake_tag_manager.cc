// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/fake_tag_manager.h"

#include "absl/strings/str_cat.h"
#include "dsql/aws/arn.h"
#include "dsql/aws/errors.h"
#include "dsql/base/status_macros.h"
#include "dsql/control/mutation.h"
#include "dsql/control/records.h"
#include "dsql/control/service_errors.h"
#include "dsql/control/tags.h"
#include "dsql/iam/authorization.h"

namespace dsql {
namespace {

// The cluster or stream that an ARN names.
struct Resource {
  TagMap* tags() {
    return stream != nullptr
               ? stream->record.mutable_stream()->mutable_tags()
               : cluster->record.mutable_cluster()->mutable_tags();
  }

  // One of them is set.
  Found<v1::ClusterRecord> cluster;
  Found<v1::StreamRecord> stream;
};

absl::StatusOr<DsqlArn> ParseArn(const std::string& text,
                                 absl::string_view operation,
                                 const Caller& caller,
                                 const std::string& account_id) {
  const absl::optional<DsqlArn> arn = DsqlArn::Parse(text);
  if (!arn.has_value()) {
    return InvalidMember("resourceArn",
                         "The ARN is not that of a DSQL cluster or stream.");
  }
  if (arn->account_id != account_id) {
    const std::string principal = caller.principal_arn.empty()
                                      ? RootArn(account_id)
                                      : caller.principal_arn;
    return AccessDeniedException(NotAuthorizedMessage(
        principal, absl::StrCat("dsql:", operation), text));
  }
  return *arn;
}

absl::StatusOr<Resource> FindResource(const Environment& environment,
                                      const std::string& region,
                                      const Caller& caller,
                                      absl::string_view operation,
                                      const std::string& resource_arn) {
  DSQL_ASSIGN_OR_RETURN(const DsqlArn arn,
                        ParseArn(resource_arn, operation, caller,
                                 environment.options.account_id));
  if (arn.region != region) {
    return arn.stream_identifier.empty()
               ? ClusterNotFound(arn.region, arn.account_id,
                                 arn.cluster_identifier)
               : StreamNotFound(arn.region, arn.account_id,
                                arn.cluster_identifier, arn.stream_identifier);
  }
  Resource resource;
  if (arn.stream_identifier.empty()) {
    DSQL_ASSIGN_OR_RETURN(
        resource.cluster,
        GetClusterRecord(environment, region, arn.cluster_identifier));
  } else {
    DSQL_ASSIGN_OR_RETURN(
        resource.stream,
        GetStreamRecord(environment, region, arn.cluster_identifier,
                        arn.stream_identifier));
  }
  return resource;
}

void WriteResource(const std::string& region, const Resource& resource,
                   WriteBatch* batch) {
  if (resource.stream != nullptr) {
    WriteStream(region, *resource.stream, batch);
  } else {
    WriteCluster(region, *resource.cluster, batch);
  }
}

}  // namespace

absl::StatusOr<v1::TagResourceOutput> FakeTagManager::TagResource(
    const v1::TagResourceInput& input) {
  const auto add_tags =
      [&](WriteBatch* batch) -> absl::StatusOr<v1::TagResourceOutput> {
    DSQL_ASSIGN_OR_RETURN(Resource resource,
                          FindResource(environment_, region_, caller_,
                                       "TagResource", input.resource_arn()));
    for (const auto& tag : input.tags()) {
      (*resource.tags())[tag.first] = tag.second;
    }
    DSQL_RETURN_IF_ERROR(CheckTags(*resource.tags(), input.resource_arn(),
                                   environment_.options.quotas));
    WriteResource(region_, resource, batch);
    return v1::TagResourceOutput();
  };
  return environment_.gate->Run<v1::TagResourceOutput>(
      {"TagResource", region_, caller_}, input, [&] {
        return Mutate<v1::TagResourceOutput>(environment_.storage,
                                             "TagResource", add_tags);
      });
}

absl::StatusOr<v1::UntagResourceOutput> FakeTagManager::UntagResource(
    const v1::UntagResourceInput& input) {
  const auto remove_tags =
      [&](WriteBatch* batch) -> absl::StatusOr<v1::UntagResourceOutput> {
    DSQL_ASSIGN_OR_RETURN(Resource resource,
                          FindResource(environment_, region_, caller_,
                                       "UntagResource", input.resource_arn()));
    for (const std::string& key : input.tag_keys()) resource.tags()->erase(key);
    WriteResource(region_, resource, batch);
    return v1::UntagResourceOutput();
  };
  return environment_.gate->Run<v1::UntagResourceOutput>(
      {"UntagResource", region_, caller_}, input, [&] {
        return Mutate<v1::UntagResourceOutput>(environment_.storage,
                                               "UntagResource", remove_tags);
      });
}

absl::StatusOr<v1::ListTagsForResourceOutput>
FakeTagManager::ListTagsForResource(const v1::ListTagsForResourceInput& input) {
  return environment_.gate->Run<v1::ListTagsForResourceOutput>(
      {"ListTagsForResource", region_, caller_}, input,
      [&]() -> absl::StatusOr<v1::ListTagsForResourceOutput> {
        DSQL_ASSIGN_OR_RETURN(
            Resource resource,
            FindResource(environment_, region_, caller_, "ListTagsForResource",
                         input.resource_arn()));
        v1::ListTagsForResourceOutput output;
        *output.mutable_tags() = *resource.tags();
        return output;
      });
}

}  // namespace dsql
