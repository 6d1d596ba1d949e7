#include "bench/results.h"

#include <cmath>
#include <cstdio>

#include "bench/json.h"

namespace weft_bench {

namespace {

/* > 1: the subject is better than the implementation, within the same rounds. */
Spread lead_over(const Block &block, size_t implementation) {
    Metric metric = lead_metric(*block.question);
    std::vector<double> ours = block.values(block.question->subject, metric);
    std::vector<double> theirs = block.values(implementation, metric);
    return spread_of(higher_is_better(metric) ? paired_ratios(ours, theirs)
                                              : paired_ratios(theirs, ours));
}

Row row_of(const Block &block, size_t index) {
    Row row;
    row.block = &block;
    row.implementation = &block.question->implementations[index];
    for (int m = 0; m < kMetrics; m++) {
        Metric metric = static_cast<Metric>(m);
        row.metric[m] = spread_of(block.values(index, metric));
        row.noise[m] = index == block.question->subject
                           ? aa_noise(block.values(index, metric), block.values_again(metric))
                           : kNotMeasured;
    }
    row.lead = lead_over(block, index);
    row.failures = 0;
    std::vector<double> shares;
    for (const Round *round : block.judged()) {
        const Sample &sample = round->samples[index];
        shares.push_back(sample.cpu_share);
        if (!sample.good()) {
            row.failure = row.failures++ == 0 ? sample.failure : row.failure;
        }
    }
    row.cpu_share = median_of(shares);
    return row;
}

std::string scaled(double value, double scale, const char *unit) {
    char text[48];
    value /= scale;
    int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    std::snprintf(text, sizeof text, "%.*f%s", digits, value, unit);
    return text;
}

std::string time_for_people(double ns) {
    if (ns < 1e3) {
        return scaled(ns, 1, " ns");
    }
    if (ns < 1e6) {
        return scaled(ns, 1e3, " us");
    }
    return ns < 1e9 ? scaled(ns, 1e6, " ms") : scaled(ns, 1e9, " s");
}

std::string rate_for_people(double rate) {
    if (rate < 1e3) {
        return scaled(rate, 1, " /s");
    }
    return rate < 1e6 ? scaled(rate, 1e3, " k/s") : scaled(rate, 1e6, " M/s");
}

void write_row(Json *json, const Row &row) {
    const Block &block = *row.block;
    json->open_object();
    json->text("suite", block.suite->name);
    json->text("case", block.question->name);
    json->text("impl", row.implementation->name);
    json->number("threads", block.threads);
    for (int m = 0; m < kMetrics; m++) {
        const MetricInfo &info = metric_info(static_cast<Metric>(m));
        bool value = m == kValue;
        if (!value || row.metric[m].count != 0) {
            json->number(info.key, row.metric[m].median);
            json->number(std::string(info.key) + "_min", row.metric[m].least);
            json->number(std::string(info.key) + "_max", row.metric[m].most);
        }
    }
    if (row.metric[kValue].count != 0) {
        json->text("value_name", block.question->value_name);
        json->text("value_unit", block.question->value_unit);
    }
    json->number("cpu_share", row.cpu_share);
    json->boolean("oversubscribed", block.oversubscribed);
    json->number("rounds", static_cast<double>(block.judged().size()));
    json->number("rounds_disturbed_and_repeated", block.repeated);
    json->number("others_share", block.others_share());
    json->boolean("judged_on_disturbed_rounds", block.judged_on_disturbed());
    if (row.is_subject()) {
        json->number("aa_noise", row.noise[lead_metric(*block.question)]);
    } else {
        json->number("subject_better_by", row.lead.median);
    }
    if (row.failures != 0) {
        json->number("samples_failed", row.failures);
        json->text("failure", row.failure);
    }
    json->close_object();
}

void write_missing(Json *json, const Suite &suite, const Case &question) {
    for (const Implementation &implementation : question.implementations) {
        if (!implementation.missing.empty()) {
            json->open_object();
            json->text("suite", suite.name);
            json->text("case", question.name);
            json->text("impl", implementation.name);
            json->text("reason", implementation.missing);
            json->close_object();
        }
    }
}

} // namespace

bool Row::is_subject() const {
    return implementation == &block->question->implementations[block->question->subject];
}

Metric lead_metric(const Case &question) {
    return question.plots.empty() ? kOpsPerS : question.plots[0].metric;
}

bool higher_is_better(Metric metric) {
    return metric == kOpsPerS || metric == kJain;
}

std::vector<Row> rows_of(const Block &block) {
    std::vector<Row> rows;
    for (size_t i = 0; i < block.question->implementations.size(); i++) {
        if (block.question->implementations[i].measure) {
            rows.push_back(row_of(block, i));
        }
    }
    return rows;
}

const Block *find_block(const std::vector<Block> &blocks, const std::string &suite,
                        const std::string &case_name, unsigned threads) {
    for (const Block &block : blocks) {
        if (block.suite->name == suite && block.question->name == case_name &&
            block.threads == threads) {
            return &block;
        }
    }
    return nullptr;
}

std::string for_people(double value, Metric metric, const std::string &value_unit) {
    if (!measured(value)) {
        return "-";
    }
    switch (metric) {
    case kOpsPerS:
        return rate_for_people(value);
    case kJain:
    case kPreempted:
        return scaled(value, 1, "");
    case kRss:
        return scaled(value, 1, " KiB");
    case kValue:
        return scaled(value, 1, value_unit.empty() ? "" : (" " + value_unit).c_str());
    default:
        return time_for_people(value);
    }
}

std::string results_json(const std::vector<Suite> &suites, const std::vector<Block> &blocks,
                         const std::vector<std::pair<std::string, std::string>> &machine,
                         bool quick) {
    Json json;
    json.open_object();
    json.text("mode", quick ? "quick" : "full");
    json.open_object("machine");
    for (const auto &fact : machine) {
        json.text(fact.first, fact.second);
    }
    json.close_object();
    json.open_array("rows");
    for (const Block &block : blocks) {
        for (const Row &row : rows_of(block)) {
            write_row(&json, row);
        }
    }
    json.close_array();
    json.open_array("missing");
    for (const Suite &suite : suites) {
        for (const Case &question : suite.cases) {
            write_missing(&json, suite, question);
        }
    }
    json.close_array();
    json.close_object();
    return json.str();
}

} // namespace weft_bench
