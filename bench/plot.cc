#include "bench/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "bench/results.h"

namespace weft_bench {

namespace {

constexpr double kWidth = 760;
constexpr double kLeft = 78, kRight = 190, kTop = 36, kBottom = 48;
constexpr double kPlotHeight = 250;
constexpr double kBarHeight = 24, kBarLeft = 190, kBarRight = 190;
constexpr double kLabelGap = 15; /* least distance of two names at the right edge */

__attribute__((format(printf, 1, 2))) std::string format(const char *pattern, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

std::string text_at(double x, double y, const char *css, const std::string &text) {
    return format("<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, css) + html_escape(text) +
           "</text>\n";
}

std::string line_at(double x1, double y1, double x2, double y2, const std::string &css) {
    return format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1,
                  x2, y2, css.c_str());
}

/* Maps values to pixels. */
struct Axis {
    double least, most;
    bool logarithmic;
    double from, to; /* pixels of least and most */

    double at(double value) const {
        double share = logarithmic ? std::log(value / least) / std::log(most / least)
                                   : (value - least) / (most - least);
        return from + share * (to - from);
    }
};

/* The range of all values, widened to the next marks; 0 is part of a linear axis. */
Axis axis_for(const Chart &chart, double from, double to) {
    double least = INFINITY;
    double most = -INFINITY;
    for (const Series &series : chart.series) {
        for (const Spread &point : series.points) {
            if (point.count != 0 && (!chart.logarithmic || point.least > 0)) {
                least = std::min(least, point.least);
                most = std::max(most, point.most);
            }
        }
    }
    if (!(least <= most)) {
        return {chart.logarithmic ? 1.0 : 0.0, 10, chart.logarithmic, from, to};
    }
    if (chart.logarithmic) {
        return {least / 1.25, most * 1.25, true, from, to};
    }
    return {std::min(0.0, least), most > 0 ? most * 1.06 : 1, false, from, to};
}

/* "20 ms", not "20.0 ms": marks are round numbers. */
std::string mark_label(const Chart &chart, double mark) {
    std::string text = mark == 0 ? "0" : for_people(mark, chart.metric, chart.value_unit);
    size_t point = text.find('.');
    if (point != std::string::npos) {
        size_t end = std::min(text.find(' '), text.size());
        size_t keep = text.find_last_not_of('0', end - 1);
        keep += keep == point ? 0 : 1;
        text.erase(keep, end - keep);
    }
    return text;
}

std::string open_svg(const Chart &chart, double height) {
    std::string label = html_escape(chart.title);
    return format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", kWidth, height) +
           label + "\">\n" + text_at(8, 18, "title", chart.title);
}

double x_of_category(const Chart &chart, size_t index) {
    double width = kWidth - kLeft - kRight;
    double count = static_cast<double>(chart.categories.size());
    return kLeft + width * (static_cast<double>(index) + 0.5) / count;
}

std::string shading(const Chart &chart) {
    if (chart.shaded_from >= chart.categories.size()) {
        return "";
    }
    double step = (kWidth - kLeft - kRight) / static_cast<double>(chart.categories.size());
    double x = x_of_category(chart, chart.shaded_from) - step / 2;
    return format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"shade\"/>\n",
                  x, kTop, kWidth - kRight - x, kPlotHeight) +
           text_at(x + 4, kTop + 13, "note", chart.shade_label);
}

std::string line_frame(const Chart &chart, const Axis &y) {
    std::string svg = shading(chart);
    double right = kWidth - kRight;
    for (double mark : axis_marks(y.least, y.most, y.logarithmic)) {
        svg += line_at(kLeft, y.at(mark), right, y.at(mark), "grid");
        svg += text_at(kLeft - 6, y.at(mark) + 4, "tick end", mark_label(chart, mark));
    }
    for (size_t i = 0; i < chart.categories.size(); i++) {
        svg += text_at(x_of_category(chart, i), kTop + kPlotHeight + 17, "tick middle",
                       chart.categories[i]);
    }
    svg += line_at(kLeft, kTop + kPlotHeight, right, kTop + kPlotHeight, "axis");
    svg += text_at((kLeft + right) / 2, kTop + kPlotHeight + 38, "label middle", chart.x_label);
    svg += format("<text class=\"label middle\" transform=\"translate(14 %.1f) rotate(-90)\">",
                  kTop + kPlotHeight / 2) +
           html_escape(chart.y_label + (chart.logarithmic ? " (log)" : "")) + "</text>\n";
    return svg;
}

std::string draw_series(const Chart &chart, const Series &series, const Axis &y) {
    std::string path;
    std::string marks;
    for (size_t i = 0; i < series.points.size(); i++) {
        const Spread &point = series.points[i];
        if (point.count == 0 || (chart.logarithmic && point.least <= 0)) {
            continue;
        }
        double x = x_of_category(chart, i);
        path += format("%s%.1f %.1f", path.empty() ? "M" : " L", x, y.at(point.median));
        marks += line_at(x, y.at(point.least), x, y.at(point.most), "whisker " + series.css);
        marks += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" class=\"dot %s\"><title>", x,
                        y.at(point.median), series.css.c_str()) +
                 html_escape(series.name + ": " +
                             for_people(point.median, chart.metric, chart.value_unit)) +
                 "</title></circle>\n";
    }
    if (path.empty()) {
        return "";
    }
    return "<path d=\"" + path + "\" class=\"line " + series.css + "\"/>\n" + marks;
}

/* Names at the right ends of their lines, moved apart where they would overlap. */
std::string end_labels(const Chart &chart, const Axis &y) {
    struct Label {
        const Series *series;
        double wanted, y;
    };
    std::vector<Label> labels;
    for (const Series &series : chart.series) {
        if (!series.points.empty() && series.points.back().count != 0) {
            double at = y.at(std::max(series.points.back().median, y.least));
            labels.push_back({&series, at, at});
        }
    }
    std::sort(labels.begin(), labels.end(),
              [](const Label &a, const Label &b) { return a.wanted < b.wanted; });
    for (size_t i = 1; i < labels.size(); i++) {
        labels[i].y = std::max(labels[i].y, labels[i - 1].y + kLabelGap);
    }
    double limit = kTop + kPlotHeight + 4;
    for (size_t i = labels.size(); i-- > 0;) {
        labels[i].y = std::min(labels[i].y, limit);
        limit = labels[i].y - kLabelGap;
    }
    std::string svg;
    double last = x_of_category(chart, chart.categories.size() - 1);
    for (const Label &label : labels) {
        double edge = kWidth - kRight + 6;
        svg += line_at(last + 5, label.wanted, edge, label.y, "leader " + label.series->css);
        svg += text_at(edge + 4, label.y + 4, ("name " + label.series->css).c_str(),
                       label.series->name);
    }
    return svg;
}

std::string bar_of(const Chart &chart, const Series &series, const Axis &x, double y) {
    const Spread &point = series.points[0];
    double middle = y + kBarHeight / 2;
    double end = std::max(x.at(point.median), x.from + 1);
    std::string value = for_people(point.median, chart.metric, chart.value_unit);
    std::string svg =
        text_at(kBarLeft - 8, middle + 4, ("name end " + series.css).c_str(), series.name);
    svg += format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"bar %s\"/>\n",
                  x.from, y + 4, end - x.from, kBarHeight - 8, series.css.c_str());
    svg += line_at(x.at(point.least), middle, x.at(point.most), middle, "whisker ink");
    for (double whisker : {point.least, point.most}) {
        svg += line_at(x.at(whisker), middle - 4, x.at(whisker), middle + 4, "whisker ink");
    }
    return svg + text_at(std::max(end, x.at(point.most)) + 8, middle + 4, "value", value);
}

} // namespace

std::vector<double> axis_marks(double least, double most, bool logarithmic) {
    std::vector<double> marks;
    if (logarithmic) {
        bool few = most / least < 300; /* room for 2 and 5 between the powers */
        int last = static_cast<int>(std::floor(std::log10(most)));
        for (int exponent = static_cast<int>(std::floor(std::log10(least))); exponent <= last;
             exponent++) {
            double power = std::pow(10, exponent);
            for (double factor : {1.0, 2.0, 5.0}) {
                double mark = power * factor;
                if (mark >= least && mark <= most && (few || factor == 1.0)) {
                    marks.push_back(mark);
                }
            }
        }
        return marks;
    }
    double step = std::pow(10, std::floor(std::log10((most - least) / 4)));
    while ((most - least) / step > 7) {
        step *= (most - least) / step > 14 ? 5 : 2;
    }
    int first = static_cast<int>(std::ceil(least / step));
    for (int i = first; i * step <= most; i++) {
        marks.push_back(i * step);
    }
    return marks;
}

std::string html_escape(const std::string &text) {
    std::string escaped;
    for (char c : text) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

std::string line_chart(const Chart &chart) {
    Axis y = axis_for(chart, kTop + kPlotHeight, kTop);
    std::string svg = open_svg(chart, kTop + kPlotHeight + kBottom);
    svg += line_frame(chart, y);
    for (size_t i = chart.series.size(); i-- > 0;) { /* the first, ours, on top */
        svg += draw_series(chart, chart.series[i], y);
    }
    return svg + end_labels(chart, y) + "</svg>\n";
}

std::string bar_chart(const Chart &chart, bool largest_first) {
    Axis x = axis_for(chart, kBarLeft, kWidth - kBarRight);
    std::vector<const Series *> order;
    for (const Series &series : chart.series) {
        if (!series.points.empty() && series.points[0].count != 0 &&
            (!chart.logarithmic || series.points[0].least > 0)) {
            order.push_back(&series);
        }
    }
    std::sort(order.begin(), order.end(), [&](const Series *a, const Series *b) {
        double left = a->points[0].median;
        double right = b->points[0].median;
        if (left == right) {
            return a < b; /* both of chart.series: its order */
        }
        return largest_first ? left > right : left < right;
    });
    double bottom = kTop + kBarHeight * static_cast<double>(order.size());
    std::string svg = open_svg(chart, bottom + kBottom);
    for (double mark : axis_marks(x.least, x.most, x.logarithmic)) {
        svg += line_at(x.at(mark), kTop, x.at(mark), bottom, "grid");
        svg += text_at(x.at(mark), bottom + 17, "tick middle", mark_label(chart, mark));
    }
    svg += line_at(kBarLeft, kTop, kBarLeft, bottom, "axis");
    double y = kTop;
    for (const Series *series : order) {
        svg += bar_of(chart, *series, x, y);
        y += kBarHeight;
    }
    svg += text_at((x.from + x.to) / 2, bottom + 38, "label middle",
                   chart.y_label + (chart.logarithmic ? " (log)" : ""));
    return svg + "</svg>\n";
}

} // namespace weft_bench
