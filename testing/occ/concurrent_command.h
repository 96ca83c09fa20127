// SPDX-License-Identifier: Apache-2.0

// One statement on its way to the server, and the names that a client gave to
// statements.

#ifndef TESTING_OCC_CONCURRENT_COMMAND_H_
#define TESTING_OCC_CONCURRENT_COMMAND_H_

#include <map>
#include <string>
#include <vector>

#include "testing/occ/concurrent_operation.h"

namespace dsql_testing {

struct ConcurrentCommand {
  enum Kind {
    kBegin,
    kCommit,
    kRollback,
    kOperation,
    kPrepare,  // Parse and Describe of the operation's text
    kClose,    // of `statement`
    kDeallocateAll,
    kSync,  // what ReadyForQuery answers
  };
  Kind kind = kOperation;
  ConcurrentOperation operation;
  ConcurrentSql sql;
  // Of the extended protocol.
  std::string statement;
  bool parses = true;
  bool describes = false;

  // As far as it has come.
  ConcurrentAnswer answer;

  // "COMMIT", "S_2: SELECT …".
  std::string ToString() const;
};

ConcurrentCommand ControlCommand(ConcurrentCommand::Kind kind);
ConcurrentCommand OperationCommand(const ConcurrentOperation& operation);

// Appends the messages of the extended protocol.
void EncodeExtended(const ConcurrentCommand& command, std::string* out);
// Appends one Query.
void EncodeSimple(const std::vector<ConcurrentCommand>& commands,
                  std::string* out);

// What a driver knows to be prepared. A name is known once ParseComplete came,
// whatever happened to the statement afterwards.
class StatementNames {
 public:
  // Sets statement and parses, for the next execution of the command's text;
  // it gets a name the `named_from`th time.
  void Choose(int named_from, ConcurrentCommand* command);
  // Whether Choose() would have it parsed under a name.
  bool IsNew(const std::string& text) const;

  void OnParsed(const std::string& name);
  void OnClosed(const std::string& name);
  // `again`: names are given from S_1 on again.
  void OnDeallocated(bool again);
  // What was not answered by now was skipped.
  void OnSync();
  // The connection is new.
  void Clear() { *this = StatementNames(); }
  // Some name that is known; empty where there is none.
  std::string Any(unsigned random) const;

 private:
  struct Entry {
    std::string name;
    int executions = 0;
    bool sent = false;
    bool known = false;
  };
  std::map<std::string, Entry> by_text_;
  int last_ = 0;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_COMMAND_H_
