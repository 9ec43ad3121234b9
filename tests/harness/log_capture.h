// Collects what the library says, so that a test can wait for a message, count it and take it.
//
// Everything that is left at the end of a test and is at least a warning fails the test (the fixture looks):
// an item that is healed, a limit that is clamped, a leak that is reported are seen or they are a bug.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "cmwq/inspect.h"
#include "gate.h"

namespace cmwq::test {

class log_capture {
 public:
  // A message is meant that contains all of them, upper and lower case being equal.
  using words = std::initializer_list<std::string_view>;

  log_capture() { listen(); }
  ~log_capture() { set_log_sink(nullptr, nullptr); }

  // Again, after a test has set a sink of its own.
  void listen() { set_log_sink(&log_capture::receive, this); }

  int count(words text) const;

  // Waits for the first such message.
  bool wait_for(words text);

  // Waits for one and removes all.  Return: how many.
  int take(words text);

  // Removes all without waiting.  Return: how many.
  int discard(words text);

  // What has not been taken, information left out.
  std::string complaints() const;

  std::string text_of_all() const;

 private:
  struct line {
    log_level level;
    std::string text;
    bool has(words wanted) const;
  };

  static void receive(log_level level, const char* message, void* context);

  meeting_point point_;
  std::vector<line> lines_;
};

}  // namespace cmwq::test
