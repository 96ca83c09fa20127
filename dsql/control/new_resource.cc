// SPDX-License-Identifier: Apache-2.0

#include "dsql/control/new_resource.h"

#include "absl/numeric/int128.h"
#include "dsql/aws/identifier.h"

namespace dsql {

std::string NewIdentifier(const Environment& environment) {
  const absl::uint128 id = environment.ids->NextId();
  return environment.options.identifier_style == IdentifierStyle::kUuid
             ? UuidIdentifier(id)
             : Base32Identifier(id);
}

double CreationTime(absl::Time now) { return absl::ToUnixMillis(now) / 1000.0; }

}  // namespace dsql
