#include "dsql/http/json_writer.h"

#include "google/protobuf/util/json_util.h"

namespace dsql {
namespace http {

std::string WriteJson(const google::protobuf::Message& message,
                      EmptyCollections empty) {
  google::protobuf::util::JsonPrintOptions options;
  // Members with presence, which all but lists and maps are, are left out
  // nevertheless.
  options.always_print_primitive_fields = empty == EmptyCollections::kWrite;
  std::string json;
  // It fails only for what a generated message cannot be.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options)
           .ok()) {
    return "{}";
  }
  return json;
}

}  // namespace http
}  // namespace dsql
