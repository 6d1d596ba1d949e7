#include "bench/stats.h"

#include <algorithm>
#include <cmath>

#include "bench/sample.h"

namespace weft_bench {

Spread spread_of(std::vector<double> values) {
    values.erase(
        std::remove_if(values.begin(), values.end(), [](double v) { return !measured(v); }),
        values.end());
    if (values.empty()) {
        return {kNotMeasured, kNotMeasured, kNotMeasured, 0};
    }
    std::sort(values.begin(), values.end());
    size_t count = values.size();
    double upper = values[count / 2];
    double lower = values[(count - 1) / 2];
    return {lower + (upper - lower) / 2, values.front(), values.back(),
            static_cast<unsigned>(count)};
}

double median_of(const std::vector<double> &values) {
    return spread_of(values).median;
}

std::vector<double> paired_ratios(const std::vector<double> &over,
                                  const std::vector<double> &under) {
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(over.size(), under.size()); i++) {
        if (measured(over[i]) && measured(under[i]) && under[i] != 0) {
            ratios.push_back(over[i] / under[i]);
        }
    }
    return ratios;
}

double jain_index(const std::vector<uint64_t> &shares) {
    double sum = 0;
    double squares = 0;
    for (uint64_t share : shares) {
        double value = static_cast<double>(share);
        sum += value;
        squares += value * value;
    }
    return squares > 0 ? sum * sum / (static_cast<double>(shares.size()) * squares) : kNotMeasured;
}

double aa_noise(const std::vector<double> &first, const std::vector<double> &second) {
    std::vector<double> distances = paired_ratios(second, first);
    for (double &ratio : distances) {
        ratio = std::fabs(ratio - 1);
    }
    return median_of(distances);
}

} // namespace weft_bench
