#include "log_capture.h"

#include <algorithm>
#include <cctype>

namespace cmwq::test {

namespace {

bool equal_letters(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

std::string joined(log_capture::words text) {
  std::string all;
  for (std::string_view word : text) all += "'" + std::string(word) + "' ";
  return all;
}

}  // namespace

bool log_capture::line::has(words wanted) const {
  return std::all_of(wanted.begin(), wanted.end(), [this](std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), equal_letters) != text.end() ||
           word.empty();
  });
}

int log_capture::count(words text) const {
  return point_.read([&] {
    const auto matches = [&](const line& l) { return l.has(text); };
    return static_cast<int>(std::count_if(lines_.begin(), lines_.end(), matches));
  });
}

bool log_capture::wait_for(words text) {
  const bool found = point_.wait("a message", [&] {
    return std::any_of(lines_.begin(), lines_.end(), [&](const line& l) { return l.has(text); });
  });
  if (!found) ADD_FAILURE() << "no message with: " << joined(text) << "\nmessages:\n" << text_of_all();
  return found;
}

int log_capture::take(words text) {
  wait_for(text);
  return discard(text);
}

int log_capture::discard(words text) {
  int taken = 0;
  point_.change([&] {
    const auto matches = [&](const line& l) { return l.has(text); };
    const auto kept = std::remove_if(lines_.begin(), lines_.end(), matches);
    taken = static_cast<int>(lines_.end() - kept);
    lines_.erase(kept, lines_.end());
  });
  return taken;
}

std::string log_capture::complaints() const {
  return point_.read([&] {
    std::string all;
    for (const line& l : lines_)
      if (l.level != log_level::info) all += l.text + "\n";
    return all;
  });
}

std::string log_capture::text_of_all() const {
  return point_.read([&] {
    std::string all;
    for (const line& l : lines_) all += l.text + "\n";
    return all;
  });
}

void log_capture::receive(log_level level, const char* message, void* context) {
  auto* self = static_cast<log_capture*>(context);
  self->point_.change([&] { self->lines_.push_back({level, message}); });
}

}  // namespace cmwq::test
