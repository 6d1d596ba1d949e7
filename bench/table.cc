#include "bench/table.h"

#include <algorithm>
#include <cstdio>

namespace weft_bench {

namespace {

std::vector<Metric> columns_of(const Case &question, const std::vector<Row> &rows) {
    if (!question.columns.empty()) {
        return question.columns;
    }
    std::vector<Metric> columns;
    for (int m = 0; m < kMetrics; m++) {
        bool any = std::any_of(rows.begin(), rows.end(),
                               [m](const Row &row) { return row.metric[m].count != 0; });
        if (any) {
            columns.push_back(static_cast<Metric>(m));
        }
    }
    return columns;
}

std::string lead_text(const Row &row) {
    char text[64];
    if (row.is_subject()) {
        std::snprintf(text, sizeof text, "(A/A noise %.1f %%)",
                      row.noise[lead_metric(*row.block->question)] * 100);
    } else {
        std::snprintf(text, sizeof text, "%.2fx [%.2f - %.2f]", row.lead.median, row.lead.least,
                      row.lead.most);
    }
    return measured(row.lead.median) ? text : "-";
}

std::string spread_text(const Row &row, Metric metric) {
    const Spread &spread = row.metric[metric];
    const std::string &unit = row.block->question->value_unit;
    std::string text = for_people(spread.median, metric, unit);
    if (metric == lead_metric(*row.block->question) && spread.count > 1) {
        text += " [" + for_people(spread.least, metric, unit) + " - " +
                for_people(spread.most, metric, unit) + "]";
    }
    return text;
}

std::string short_label(Metric metric, const Case &question) {
    static const char *const labels[kMetrics] = {"ns/op", "ops/s",  "wait p50", "p99",
                                                 "p99.9", "p99.99", "longest",  "preempted/M",
                                                 "jain",  "memory", ""};
    return metric == kValue ? question.value_name : labels[metric];
}

std::vector<std::string> cells_of(const Row &row, const std::vector<Metric> &columns) {
    std::vector<std::string> cells = {row.implementation->name};
    for (Metric metric : columns) {
        cells.push_back(spread_text(row, metric));
    }
    char share[16];
    std::snprintf(share, sizeof share, "%.0f %%", row.cpu_share * 100);
    cells.push_back(measured(row.cpu_share) ? share : "-");
    cells.push_back(lead_text(row));
    if (row.failures != 0) {
        cells.push_back(std::to_string(row.failures) + " failed: " + row.failure);
    }
    return cells;
}

std::string block_table(const Block &block) {
    std::vector<std::vector<std::string>> lines;
    for (TableLine &line : block_lines(block)) {
        line.cells[0] = "  " + line.cells[0];
        lines.push_back(line.cells);
    }
    return block_heading(block) + "\n" + aligned(lines, 1) + "\n";
}

} // namespace

std::string block_heading(const Block &block) {
    char text[240];
    std::snprintf(text, sizeof text, "%s / %s: %s, %u thread%s%s", block.suite->name.c_str(),
                  block.question->name.c_str(), block.question->title.c_str(), block.threads,
                  block.threads == 1 ? "" : "s", block.oversubscribed ? ", oversubscribed" : "");
    std::string line = text;
    std::snprintf(text, sizeof text, " (%zu rounds", block.judged().size());
    line += text;
    if (block.repeated != 0) {
        line += ", " + std::to_string(block.repeated) + " disturbed and repeated";
    }
    if (block.judged_on_disturbed()) {
        std::snprintf(text, sizeof text, ", DISTURBED: other processes took %.0f %% of the machine",
                      block.others_share() * 100);
        line += text;
    }
    return line + ")";
}

std::vector<TableLine> block_lines(const Block &block) {
    std::vector<Row> rows = rows_of(block);
    std::vector<Metric> columns = columns_of(*block.question, rows);
    std::vector<TableLine> lines = {{{"implementation"}, true, false}};
    for (Metric metric : columns) {
        lines[0].cells.push_back(short_label(metric, *block.question));
    }
    lines[0].cells.push_back("CPU");
    lines[0].cells.push_back("ours is better by");
    for (const Row &row : rows) {
        lines.push_back({cells_of(row, columns), false, row.is_subject()});
    }
    return lines;
}

std::string aligned(const std::vector<std::vector<std::string>> &lines, size_t left) {
    std::vector<size_t> widths;
    for (const auto &line : lines) {
        widths.resize(std::max(widths.size(), line.size()), 0);
        for (size_t i = 0; i < line.size(); i++) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string text;
    for (const auto &line : lines) {
        std::string row;
        for (size_t i = 0; i < line.size(); i++) {
            std::string padding(widths[i] - line[i].size(), ' ');
            row += i < left ? line[i] + padding : padding + line[i];
            row += "  ";
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text;
}

std::string results_table(const std::vector<Block> &blocks) {
    std::string text;
    for (const Block &block : blocks) {
        text += block_table(block);
    }
    return text;
}

const char *verdict_for_people(Verdict verdict) {
    switch (verdict) {
    case Verdict::kMet:
        return "met";
    case Verdict::kNotMet:
        return "NOT MET";
    default:
        return "unknown";
    }
}

std::string goals_table(const std::vector<Judgement> &judgements) {
    std::vector<std::vector<std::string>> lines = {
        {"goal", "measured [min - max]", "bound", "met", "note"}};
    unsigned met = 0;
    for (const Judgement &judgement : judgements) {
        lines.push_back({judgement.goal->suite + ": " + judgement.goal->text,
                         measured_for_people(judgement), bound_for_people(judgement),
                         verdict_for_people(judgement.verdict), judgement.note});
        met += judgement.verdict == Verdict::kMet;
    }
    return aligned(lines, 5) + std::to_string(met) + " of " + std::to_string(judgements.size()) +
           " goals met\n";
}

std::vector<std::pair<std::string, std::string>> missing_peers(const std::vector<Suite> &suites) {
    std::vector<std::pair<std::string, std::string>> peers;
    for (const Suite &suite : suites) {
        for (const Case &question : suite.cases) {
            for (const Implementation &implementation : question.implementations) {
                std::pair<std::string, std::string> peer = {implementation.name,
                                                            implementation.missing};
                if (!peer.second.empty() &&
                    std::find(peers.begin(), peers.end(), peer) == peers.end()) {
                    peers.push_back(peer);
                }
            }
        }
    }
    return peers;
}

std::string missing_table(const std::vector<Suite> &suites) {
    std::string text;
    for (const auto &peer : missing_peers(suites)) {
        text += "missing: " + peer.first + ": " + peer.second + "\n";
    }
    return text.empty() ? "missing: none, every peer is there\n" : text;
}

std::string suite_list(const std::vector<Suite> &suites) {
    std::string text;
    for (const Suite &suite : suites) {
        text += suite.name + ": " + suite.about + "\n";
        for (const Case &question : suite.cases) {
            text += "  case " + question.name + ": " + question.title + "\n";
        }
        for (const Goal &goal : suite.goals) {
            text += "  goal " + goal.id + ": " + goal.text + "\n";
        }
    }
    return text;
}

} // namespace weft_bench
