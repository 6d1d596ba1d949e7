/* plot.h: draws SVG for the report. Colours come from classes, so that the page's style decides
 * them for light and dark; no text depends on colour alone, every line and bar carries its name. */
#ifndef WEFT_BENCH_PLOT_H
#define WEFT_BENCH_PLOT_H

#include <string>
#include <vector>

#include "bench/stats.h"
#include "bench/suite.h"

namespace weft_bench {

struct Series {
    std::string name;
    std::string css;            /* class of the colour and the dash */
    std::vector<Spread> points; /* one per category; NaN where there is none */
};

struct Chart {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<std::string> categories;
    size_t shaded_from; /* categories from here on are shaded: more threads than cores */
    std::string shade_label;
    Metric metric; /* how values are written */
    std::string value_unit;
    bool logarithmic;
    std::vector<Series> series;
};

/* Lines over the categories, with min-max whiskers, each named at its right end. */
std::string line_chart(const Chart &chart);

/* One horizontal bar per series (its first point), the smallest on top, or the largest where
 * `largest_first`; with min-max whiskers and the value beside it. */
std::string bar_chart(const Chart &chart, bool largest_first);

/* Values at which an axis from `least` to `most` is marked: 1, 2 or 5 times a power of ten. */
std::vector<double> axis_marks(double least, double most, bool logarithmic);

std::string html_escape(const std::string &text);

} // namespace weft_bench

#endif /* WEFT_BENCH_PLOT_H */
