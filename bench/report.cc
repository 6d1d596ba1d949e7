#include "bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>

#include "bench/machine.h"
#include "bench/plot.h"
#include "bench/results.h"
#include "bench/table.h"

namespace weft_bench {

namespace {

/* Colours are told apart on both backgrounds; spinning peers are dashed besides. */
const char *const kStyle = R"(
:root { color-scheme: light dark; --page: #ffffff; --ink: #1c2128; --soft: #59636e; --grid: #e3e6ea;
  --shade: #f3f4f6; --ours: #0b5cd5; --good: #1a7f37; --bad: #c4292f; --open: #8a6100; }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --ink: #e4e8ee; --soft: #9aa4b0;
  --grid: #2b3038; --shade: #1c2027; --ours: #6aa8ff; --good: #4cc26a; --bad: #ff7b78; --open: #e0b040; } }
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--grid); }
p.about, .soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: 0.5rem 0 1rem; }
th, td { padding: 0.2rem 0.6rem; text-align: right; border-bottom: 1px solid var(--grid);
  white-space: nowrap; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; }
.words td, .words th, td:first-child, th:first-child { text-align: left; }
.words td { white-space: normal; }
tr.ours td { font-weight: 600; }
.met { color: var(--good); font-weight: 600; } .unmet { color: var(--bad); font-weight: 600; }
.unknown { color: var(--open); font-weight: 600; }
svg { display: block; width: 100%; height: auto; margin: 1rem 0; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .title { font-size: 14px; font-weight: 600; }
svg .tick, svg .label, svg .note { fill: var(--soft); }
svg .middle { text-anchor: middle; } svg .end { text-anchor: end; }
svg .grid { stroke: var(--grid); } svg .axis { stroke: var(--soft); } svg .shade { fill: var(--shade); }
svg .line { fill: none; stroke-width: 2; stroke: currentColor; } svg .dot { fill: currentColor; }
svg .whisker { stroke: currentColor; stroke-width: 1.5; opacity: 0.7; } svg .ink { color: var(--ink); }
svg .leader { stroke: currentColor; opacity: 0.4; } svg .bar { fill: currentColor; opacity: 0.85; }
svg text.name { fill: currentColor; }
svg .ours { color: var(--ours); } svg .line.ours { stroke-width: 3.5; } svg text.ours { font-weight: 700; }
svg .floor { color: var(--soft); } svg .b0 { color: #c75b00; } svg .b1 { color: #1d8a4e; }
svg .b2 { color: #9055c8; } svg .b3 { color: #c93a6a; } svg .b4 { color: #8a7300; } svg .b5 { color: #0f8f9c; }
svg .s0 { color: #6d7f92; } svg .s1 { color: #93795f; } svg .s2 { color: #7a8b5f; } svg .s3 { color: #92719a; }
svg .line.s0, svg .line.s1, svg .line.s2, svg .line.s3 { stroke-dasharray: 5 4; stroke-width: 1.5; }
)";

using Cells = std::vector<std::string>;

std::string element(const char *name, const std::string &css, const std::string &content) {
    std::string open = css.empty() ? "" : " class=\"" + css + "\"";
    return std::string("<") + name + open + ">" + content + "</" + name + ">";
}

std::string paragraph(const std::string &css, const std::string &text) {
    return element("p", css, html_escape(text)) + "\n";
}

/* Cells are HTML already. */
std::string table_row(const char *cell, const std::string &css, const Cells &cells) {
    std::string row;
    for (const std::string &content : cells) {
        row += element(cell, "", content);
    }
    return element("tr", css, row) + "\n";
}

std::string table(const std::string &css, const std::string &rows) {
    return "<div class=\"scroll\">" + element("table", css, "\n" + rows) + "</div>\n";
}

/* A peer keeps its colour through all cases of a suite: its place among those of its family. */
std::string css_of(const Suite &suite, const Implementation &wanted) {
    if (wanted.family == Family::kSubject || wanted.family == Family::kFloor) {
        return wanted.family == Family::kSubject ? "ours" : "floor";
    }
    std::vector<std::string> names;
    for (const Case &question : suite.cases) {
        for (const Implementation &one : question.implementations) {
            bool known = std::find(names.begin(), names.end(), one.name) != names.end();
            if (one.family == wanted.family && !known) {
                names.push_back(one.name);
            }
        }
    }
    auto place = std::find(names.begin(), names.end(), wanted.name) - names.begin();
    return wanted.family == Family::kBlocking ? "b" + std::to_string(place % 6)
                                              : "s" + std::to_string(place % 4);
}

Chart empty_chart(const Case &question, const Plot &plot, const std::string &title) {
    Chart chart = {};
    chart.y_label = plot.metric == kValue ? question.value_name : metric_info(plot.metric).label;
    chart.title = title + ": " + chart.y_label;
    chart.shaded_from = SIZE_MAX;
    chart.shade_label = "more threads than cores";
    chart.metric = plot.metric;
    chart.value_unit = question.value_unit;
    chart.logarithmic = plot.logarithmic;
    return chart;
}

using Blocks = std::vector<const Block *>;

std::string chart_over_threads(const Blocks &blocks, const Plot &plot) {
    const Case &question = *blocks[0]->question;
    Chart chart = empty_chart(question, plot, question.title);
    chart.x_label = "threads";
    for (size_t i = 0; i < blocks.size(); i++) {
        chart.categories.push_back(std::to_string(blocks[i]->threads));
        if (blocks[i]->oversubscribed && chart.shaded_from == SIZE_MAX) {
            chart.shaded_from = i;
        }
    }
    for (size_t i = 0; i < question.implementations.size(); i++) {
        const Implementation &one = question.implementations[i];
        Series series = {one.name, css_of(*blocks[0]->suite, one), {}};
        for (const Block *block : blocks) {
            series.points.push_back(spread_of(block->values(i, plot.metric)));
        }
        chart.series.push_back(series);
    }
    return line_chart(chart);
}

std::string chart_of_bars(const Block &block, const Plot &plot, bool name_threads) {
    const Case &question = *block.question;
    std::string title = question.title;
    if (name_threads) {
        title += ", " + std::to_string(block.threads) + " threads";
    }
    Chart chart = empty_chart(question, plot, title);
    for (size_t i = 0; i < question.implementations.size(); i++) {
        chart.series.push_back({question.implementations[i].name,
                                css_of(*block.suite, question.implementations[i]),
                                {spread_of(block.values(i, plot.metric))}});
    }
    return bar_chart(chart, higher_is_better(plot.metric));
}

std::string chart_of_steps(const Block &block, const Plot &plot) {
    const Case &question = *block.question;
    Chart chart = empty_chart(question, plot, question.title);
    chart.x_label = question.steps_name;
    Series series = {"ours", "ours", {}};
    for (size_t i = 0; i < question.implementations.size(); i++) {
        chart.categories.push_back(question.implementations[i].name);
        series.points.push_back(spread_of(block.values(i, plot.metric)));
    }
    chart.series.push_back(series);
    return line_chart(chart);
}

std::string charts_of(const Blocks &blocks) {
    std::string html;
    for (const Plot &plot : blocks[0]->question->plots) {
        if (plot.kind == PlotKind::kThreads) {
            html += chart_over_threads(blocks, plot);
            continue;
        }
        for (const Block *block : blocks) {
            html += plot.kind == PlotKind::kBars ? chart_of_bars(*block, plot, blocks.size() > 1)
                                                 : chart_of_steps(*block, plot);
        }
    }
    return html;
}

std::string rows_of_block(const Block &block) {
    std::string html;
    for (const TableLine &line : block_lines(block)) {
        Cells cells;
        for (const std::string &cell : line.cells) {
            cells.push_back(html_escape(cell));
        }
        html += table_row(line.heading ? "th" : "td", line.subject ? "ours" : "", cells);
    }
    return html;
}

std::string section_of(const Blocks &blocks) {
    const Case &question = *blocks[0]->question;
    std::string html = element("h3", "", html_escape(question.title)) + "\n";
    html += paragraph("about", question.about);
    html += charts_of(blocks);
    std::string figures = element("summary", "", "figures");
    for (const Block *block : blocks) {
        figures += paragraph("soft", block_heading(*block));
        figures += table("", rows_of_block(*block));
    }
    return html + element("details", "", figures) + "\n";
}

/* A value for each round: what an implementation does of what the base does, geometric mean over blocks of as many threads. */
std::vector<double> speed_ups(const Blocks &blocks, const std::string &name,
                              const std::string &base) {
    std::vector<double> logarithms;
    for (const Block *block : blocks) {
        const std::vector<Implementation> &all = block->question->implementations;
        std::vector<double> own;
        std::vector<double> other;
        for (size_t i = 0; i < all.size(); i++) {
            if (all[i].name == name) {
                own = block->values(i, kOpsPerS);
            } else if (all[i].name == base) {
                other = block->values(i, kOpsPerS);
            }
        }
        size_t rounds = std::min(own.size(), other.size());
        logarithms.resize(block == blocks[0] ? rounds : std::min(logarithms.size(), rounds));
        for (size_t i = 0; i < logarithms.size(); i++) {
            logarithms[i] += std::log(own[i] / other[i]) / static_cast<double>(blocks.size());
        }
    }
    for (double &each : logarithms) {
        each = std::exp(each);
    }
    return logarithms;
}

std::string speed_up_section(const SpeedUp &wanted, const std::vector<Block> &blocks,
                             const Suite *suite) {
    std::map<unsigned, Blocks> by_threads;
    const Block *first = nullptr;
    for (const Block &block : blocks) {
        if (block.suite == suite &&
            std::count(wanted.cases.begin(), wanted.cases.end(), block.question->name) != 0) {
            by_threads[block.threads].push_back(&block);
            first = first != nullptr ? first : &block;
        }
    }
    if (first == nullptr) {
        return "";
    }
    Case unit;
    unit.value_name = "speed-up";
    unit.value_unit = "x";
    Chart chart = empty_chart(unit, {PlotKind::kThreads, kValue, false}, wanted.title);
    chart.x_label = "threads";
    if (by_threads.count(1) == 0) {
        chart.categories.emplace_back("1");
    }
    for (const auto &same : by_threads) {
        if (same.second[0]->oversubscribed && chart.shaded_from == SIZE_MAX) {
            chart.shaded_from = chart.categories.size();
        }
        chart.categories.push_back(std::to_string(same.first));
    }
    for (const Implementation &one : first->question->implementations) {
        Series series = {one.name, css_of(*suite, one), {}};
        if (by_threads.count(1) == 0) {
            series.points.push_back(spread_of({1.0})); /* the base */
        }
        for (const auto &same : by_threads) {
            series.points.push_back(spread_of(speed_ups(same.second, one.name, wanted.base)));
        }
        if (one.name != wanted.base) {
            chart.series.push_back(series);
        }
    }
    return element("h3", "", html_escape(wanted.title)) + "\n" + paragraph("about", wanted.about) +
           line_chart(chart);
}

/* The blocks of one case follow each other. */
std::string sections(const std::vector<Block> &blocks) {
    std::string html;
    Blocks same;
    const Suite *suite = nullptr;
    for (size_t i = 0; i < blocks.size(); i++) {
        if (blocks[i].suite != suite) {
            suite = blocks[i].suite;
            html += element("h2", "", html_escape("suite " + suite->name)) + "\n";
            html += paragraph("about", suite->about);
            for (const SpeedUp &picture : suite->speed_ups) {
                html += speed_up_section(picture, blocks, suite);
            }
        }
        same.push_back(&blocks[i]);
        if (i + 1 == blocks.size() || blocks[i + 1].question != blocks[i].question) {
            html += section_of(same);
            same.clear();
        }
    }
    return html;
}

std::string goals_section(const std::vector<Judgement> &judgements) {
    std::string rows =
        table_row("th", "", {"goal", "measured, median [min - max]", "bound", "met", "note"});
    for (const Judgement &judgement : judgements) {
        const char *css = judgement.verdict == Verdict::kMet      ? "met"
                          : judgement.verdict == Verdict::kNotMet ? "unmet"
                                                                  : "unknown";
        rows += table_row("td", "",
                          {html_escape(judgement.goal->suite + ": " + judgement.goal->text),
                           html_escape(measured_for_people(judgement)),
                           html_escape(bound_for_people(judgement)),
                           element("span", css, verdict_for_people(judgement.verdict)),
                           html_escape(judgement.note)});
    }
    return element("h2", "", "Goals") + "\n" +
           paragraph("about", "A figure with an x is the median over rounds of our figure divided "
                              "by the other's of the same round. Where we want to be at least as "
                              "fast, the noise of measuring our own row twice is allowed for.") +
           table("words", rows);
}

std::string pairs_section(const char *title,
                          const std::vector<std::pair<std::string, std::string>> &pairs) {
    std::string rows;
    for (const auto &pair : pairs) {
        rows += table_row("td", "", {html_escape(pair.first), html_escape(pair.second)});
    }
    return element("h2", "", title) + "\n" + table("words", rows);
}

std::string disturbance_note(const std::vector<Block> &blocks) {
    unsigned repeated = 0;
    unsigned kept = 0;
    for (const Block &block : blocks) {
        repeated += block.repeated;
        kept += block.judged_on_disturbed();
    }
    char text[240];
    std::snprintf(text, sizeof text,
                  "Rounds in which other processes took more than %.0f %% of the machine: %u were "
                  "repeated; %u tables had to be judged on such rounds, and say so.",
                  kDisturbedShare * 100, repeated, kept);
    return paragraph("soft", text);
}

std::string introduction(const ReportInput &input) {
    char text[320];
    std::snprintf(text, sizeof text,
                  "%s run, %.0f s of measuring on %u core%s. With more threads than cores a figure "
                  "shows how a lock behaves when holders lose their CPU, not how it scales.",
                  input.quick ? "Quick" : "Full", input.seconds, cores(), cores() == 1 ? "" : "s");
    return element("h1", "", "weft: benchmarks") + "\n" + paragraph("", text) +
           paragraph("", "Implementations take turns within every round, in an order that rotates; "
                         "figures are medians over the rounds, whiskers and brackets go from the "
                         "least to the most. Threads are pinned. Everything is compiled with the "
                         "same flags; peers that are libraries are as the system ships them.") +
           disturbance_note(*input.blocks);
}

} // namespace

std::string report_html(const ReportInput &input) {
    auto missing = missing_peers(*input.suites);
    if (missing.empty()) {
        missing.emplace_back("none", "every peer was found");
    }
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<title>weft: benchmarks</title>\n" +
           element("style", "", kStyle) + "\n</head>\n<body>\n" + introduction(input) +
           goals_section(*input.judgements) + sections(*input.blocks) +
           pairs_section("Missing peers", missing) + pairs_section("Machine", input.machine) +
           "</body>\n</html>\n";
}

} // namespace weft_bench
