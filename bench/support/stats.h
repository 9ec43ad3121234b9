// Samples of one quantity: medians and spread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace bench {

class samples {
 public:
  void add(double x) { values_.push_back(x); }
  void append(const samples& other) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
  }
  std::size_t size() const { return values_.size(); }
  const std::vector<double>& values() const { return values_; }

  /* The @q quantile (0 .. 1), nearest rank, so that the median of 9 is the 5th; 0 without samples. */
  double quantile(double q) const {
    if (values_.empty()) return 0;
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    const auto rank = static_cast<std::size_t>(std::lround(q * static_cast<double>(sorted.size() - 1)));
    return sorted[rank];
  }
  double median() const { return quantile(0.5); }
  double p10() const { return quantile(0.1); }
  double p90() const { return quantile(0.9); }
  double p99() const { return quantile(0.99); }
  double min() const { return quantile(0); }
  double max() const { return quantile(1); }

 private:
  std::vector<double> values_;
};

}  // namespace bench
