#include "dsql/sql/rules.h"

namespace dsql::sql {

const std::vector<Rule>& Rules() {
  static const std::vector<Rule>* const rules = new std::vector<Rule>;
  return *rules;
}

}  // namespace dsql::sql
