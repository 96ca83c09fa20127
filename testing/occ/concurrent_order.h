// SPDX-License-Identifier: Apache-2.0

// Before and after, and whether all that is known of it fits together.

#ifndef TESTING_OCC_CONCURRENT_ORDER_H_
#define TESTING_OCC_CONCURRENT_ORDER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dsql_testing {

// A set of events, some before others. Not thread-safe.
class ConcurrentOrder {
 public:
  using Event = int;
  struct Edge {
    Event before;
    Event after;
  };
  using Edges = std::vector<Edge>;

  explicit ConcurrentOrder(int events);

  // `why` explains an edge where a contradiction is told; the first one stays.
  void Add(Edge edge, const std::string& why);
  // One of these is so. No alternatives at all contradict everything.
  void AddChoice(std::vector<Edges> alternatives, const std::string& why);

  // A contradiction, one edge a line, or nothing. Of the choices it follows
  // those that the rest forces, so it may overlook one but never invents one.
  std::string FindContradiction(const std::vector<std::string>& names);

 private:
  struct Choice {
    std::vector<Edges> alternatives;
    std::string why;
    bool made = false;
  };
  using Bits = std::vector<uint64_t>;

  bool Reaches(Event from, Event to) const {
    return (reached_[from][to / 64] >> (to % 64) & 1) != 0;
  }
  bool Contradicts(const Edges& edges) const;
  // Fills reached_ from edges_.
  void Close();
  // A path, at least one edge long.
  std::vector<Event> PathBetween(Event from, Event to) const;
  std::string Tell(const std::vector<Event>& path,
                   const std::vector<std::string>& names) const;
  std::string TellChoice(const Choice& choice,
                         const std::vector<std::string>& names) const;
  std::string FindCycle(const std::vector<std::string>& names) const;

  const int events_;
  std::vector<std::vector<Event>> edges_;
  std::map<std::pair<Event, Event>, std::string> why_;
  std::vector<Choice> choices_;
  std::vector<Bits> reached_;
};

}  // namespace dsql_testing

#endif  // TESTING_OCC_CONCURRENT_ORDER_H_
