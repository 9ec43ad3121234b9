// A table that prints itself aligned and writes itself as JSON.
#pragma once

#include <cctype>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace bench {

// What a table holds: text, a number with a fixed number of decimals, or nothing.
struct cell {
  std::string text;
  bool is_number = false;

  cell(const char* s) : text(s) {}
  cell(std::string s) : text(std::move(s)) {}
  cell(double x, int decimals) : is_number(true) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, x);
    text = buffer;
  }
};

inline cell num(double x, int decimals = 2) { return {x, decimals}; }
inline cell none() { return ""; }

/* "<= 1.05 ok" or "<= 1.05 MISS". */
inline cell verdict(double measured, double at_most) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "<= %g %s", at_most, measured <= at_most ? "ok" : "MISS");
  return std::string(buffer);
}

inline std::string json_string(const std::string& s) {
  std::string out = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

/* "x bound" -> "x_bound": column titles as JSON keys. */
inline std::string json_key(const std::string& title) {
  std::string key;
  for (char c : title) key += std::isalnum(static_cast<unsigned char>(c)) ? c : c == '%' ? 'p' : '_';
  return json_string(key);
}

class table {
 public:
  table(std::string title, std::vector<std::string> columns)
      : title_(std::move(title)), columns_(std::move(columns)) {}

  void row(std::vector<cell> cells) {
    cells.resize(columns_.size(), none());
    rows_.push_back(std::move(cells));
  }

  void print() const {
    std::printf("\n%s\n", title_.c_str());
    for (std::size_t c = 0; c < columns_.size(); c++) print_padded(c, columns_[c]);
    std::printf("\n");
    for (const auto& cells : rows_) {
      for (std::size_t c = 0; c < cells.size(); c++) print_padded(c, cells[c].text);
      std::printf("\n");
    }
    std::fflush(stdout);
  }

  std::string json() const {
    std::string out = "{\"title\": " + json_string(title_) + ", \"rows\": [";
    for (std::size_t r = 0; r < rows_.size(); r++) {
      out += r == 0 ? "\n    {" : ",\n    {";
      const char* separator = "";
      for (std::size_t c = 0; c < columns_.size(); c++) {
        const cell& x = rows_[r][c];
        if (x.text.empty()) continue;
        out += separator + json_key(columns_[c]) + ": " + (x.is_number ? x.text : json_string(x.text));
        separator = ", ";
      }
      out += "}";
    }
    return out + "]}";
  }

 private:
  std::size_t width(std::size_t column) const {
    std::size_t widest = columns_[column].size();
    for (const auto& cells : rows_) widest = std::max(widest, cells[column].text.size());
    return widest;
  }
  // The first column is the name of the row: to the left; the others to the right.
  void print_padded(std::size_t column, const std::string& text) const {
    const int w = static_cast<int>(width(column));
    if (column == 0)
      std::printf("  %-*s", w, text.c_str());
    else
      std::printf("  %*s", w, text.c_str());
  }

  std::string title_;
  std::vector<std::string> columns_;
  std::vector<std::vector<cell>> rows_;
};

}  // namespace bench
