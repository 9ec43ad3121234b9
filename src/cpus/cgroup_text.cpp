#include "cpus/cgroup_text.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace cmwq::detail {
namespace {

// Takes the part of @text before @separator off it; all of it if there is none.
std::string_view take(std::string_view& text, char separator) noexcept {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = take(text, separator);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<long> parse_number(std::string_view text) noexcept {
  text = trim(text);
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

bool is_octal(char c) noexcept { return c >= '0' && c <= '7'; }

// The kernel writes blanks and backslashes of a path as three octal digits.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool begins_with_folder(std::string_view path, std::string_view folder) noexcept {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// A group outside of the namespace is written as a way up and down.
bool leaves_namespace(std::string_view path) noexcept {
  return path.find("/../") != std::string_view::npos || path.ends_with("/..");
}

std::string_view root_of(const cgroup_mount& mount) noexcept {
  return mount.root == "/" ? std::string_view() : std::string_view(mount.root);
}

std::optional<long> milli_cpus(long quota, long period) noexcept {
  if (quota <= 0 || period <= 0) return {};
  const long double milli = static_cast<long double>(quota) * 1000 / static_cast<long double>(period);
  if (milli >= static_cast<long double>(std::numeric_limits<int>::max())) return {};  // as good as none
  return std::max(1L, static_cast<long>(milli));
}

}  // namespace

std::vector<cgroup_membership> parse_memberships(std::string_view text) {
  std::vector<cgroup_membership> all;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    const std::string_view number = take(line, ':');
    if (!parse_number(number)) continue;
    const std::string_view controllers = take(line, ':');
    if (!line.starts_with('/')) continue;
    all.push_back({split(controllers, ','), std::string(line)});
  }
  return all;
}

std::vector<cgroup_mount> parse_cgroup_mounts(std::string_view text) {
  std::vector<cgroup_mount> all;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    const std::size_t dash = line.find(" - ");  // before it a varying number of fields
    if (dash == std::string_view::npos) continue;
    std::string_view left = line.substr(0, dash), right = line.substr(dash + 3);
    const std::string_view type = take(right, ' ');
    if (type != "cgroup" && type != "cgroup2") continue;
    for (int field = 0; field < 3; ++field) take(left, ' ');  // mount, parent, device
    cgroup_mount mount;
    mount.version2 = type == "cgroup2";
    mount.root = unescape(take(left, ' '));
    mount.mount_point = unescape(take(left, ' '));
    take(right, ' ');  // the source
    if (!mount.version2) mount.controllers = split(trim(right), ',');
    if (mount.root.starts_with('/') && mount.mount_point.starts_with('/')) all.push_back(std::move(mount));
  }
  return all;
}

std::optional<long> parse_cpu_max(std::string_view text) {
  text = trim(text);
  const auto quota = parse_number(take(text, ' '));
  const auto period = parse_number(text);
  if (!quota || !period) return {};
  return milli_cpus(*quota, *period);
}

std::optional<long> parse_cfs_quota(std::string_view quota, std::string_view period) {
  const auto q = parse_number(quota), p = parse_number(period);
  if (!q || !p) return {};
  return milli_cpus(*q, *p);
}

bool shows_group(const cgroup_mount& mount, std::string_view path) {
  return !leaves_namespace(path) && begins_with_folder(path, root_of(mount));
}

std::vector<std::string> visible_groups(const cgroup_mount& mount, std::string_view path) {
  std::string below;
  if (shows_group(mount, path)) below = path.substr(root_of(mount).size());
  while (below.ends_with('/')) below.pop_back();
  const std::string top = mount.mount_point == "/" ? "" : mount.mount_point;
  std::vector<std::string> folders;
  while (!below.empty()) {
    folders.push_back(top + below);
    below.erase(std::min(below.rfind('/'), below.size()));
  }
  folders.push_back(mount.mount_point);
  return folders;
}

}  // namespace cmwq::detail
