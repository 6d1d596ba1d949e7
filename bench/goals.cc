#include "bench/goals.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "bench/json.h"
#include "bench/results.h"
#include "bench/stats.h"

namespace weft_bench {

namespace {

/* The rounds of one implementation that a goal speaks of. */
struct Found {
    const Block *block = nullptr;
    size_t index = 0;
    std::string why_not; /* empty if it was measured */
};

Found find_row(const std::vector<Block> &blocks, const Goal &goal, const RowRef &row,
               const std::string &name) {
    Found found;
    found.block = find_block(blocks, goal.suite, row.case_name, row.threads);
    if (found.block == nullptr) {
        found.why_not = row.case_name + " was not run";
        return found;
    }
    const std::vector<Implementation> &all = found.block->question->implementations;
    auto at = std::find_if(all.begin(), all.end(),
                           [&](const Implementation &one) { return one.name == name; });
    if (at == all.end()) {
        found.why_not = row.case_name + " has no " + name;
        return found;
    }
    found.index = static_cast<size_t>(at - all.begin());
    if (!at->missing.empty()) {
        found.why_not = name + " is missing";
    } else if (!measured(median_of(found.block->values(found.index, goal.metric)))) {
        found.why_not = name + " gave no figure";
    }
    return found;
}

void add_note(std::string *note, const std::string &text) {
    *note += (note->empty() ? "" : "; ") + text;
}

/* Of the rows a goal compares with, the best by median; those not measured are named in the note.
 */
Found best_of(const std::vector<Block> &blocks, const Goal &goal, std::string *note) {
    Found best;
    best.why_not = "nothing to compare with";
    double best_median = kNotMeasured;
    for (const std::string &name : goal.against.implementations) {
        Found found = find_row(blocks, goal, goal.against, name);
        if (!found.why_not.empty()) {
            add_note(note, found.why_not);
            continue;
        }
        double median = median_of(found.block->values(found.index, goal.metric));
        bool better = higher_is_better(goal.metric) ? median > best_median : median < best_median;
        if (!best.why_not.empty() || better) {
            best = found;
            best_median = median;
        }
    }
    return best;
}

double margin_of(const Goal &goal, const Found &subject, std::string *note) {
    if (!goal.noise_margin) {
        return 0;
    }
    const Block &block = *subject.block;
    double noise =
        aa_noise(block.values(subject.index, goal.metric), block.values_again(goal.metric));
    if (subject.index != block.question->subject || !measured(noise)) {
        add_note(note, "A/A noise was not measured");
        return 0;
    }
    if (noise > kLargestMargin) {
        char text[80];
        std::snprintf(text, sizeof text, "A/A noise %.0f %%, only %.0f %% allowed for", noise * 100,
                      kLargestMargin * 100);
        add_note(note, text);
        return kLargestMargin;
    }
    return noise;
}

/* A round each, for goals with and without a row to compare with. */
std::vector<double> figures(const Goal &goal, const Found &subject, const Found &against) {
    std::vector<double> ours = subject.block->values(subject.index, goal.metric);
    if (goal.against.implementations.empty()) {
        return ours;
    }
    std::vector<double> theirs = against.block->values(against.index, goal.metric);
    /* Rows of different blocks were not measured in the same rounds: only medians compare. */
    if (subject.block != against.block) {
        return {median_of(ours) / median_of(theirs)};
    }
    return paired_ratios(ours, theirs);
}

Judgement judge_rows(const Goal &goal, const std::vector<Block> &blocks) {
    Judgement result = {&goal, kNotMeasured, kNotMeasured, kNotMeasured, 0, Verdict::kUnknown, ""};
    Found subject = find_row(blocks, goal, goal.subject, goal.subject.implementations[0]);
    if (!subject.why_not.empty()) {
        result.note = "not measured: " + subject.why_not;
        return result;
    }
    std::string absent;
    Found against;
    if (!goal.against.implementations.empty()) {
        against = best_of(blocks, goal, &absent);
        if (!against.why_not.empty()) {
            result.note = "not measured: " + absent;
            return result;
        }
        if (goal.against.implementations.size() > 1) {
            result.note = "best is " + against.block->question->implementations[against.index].name;
        }
    }
    Spread spread = spread_of(figures(goal, subject, against));
    if (!measured(spread.median)) {
        result.note = "not measured: no round in which both gave a figure";
        return result;
    }
    result.measured = spread.median;
    result.least = spread.least;
    result.most = spread.most;
    result.margin = margin_of(goal, subject, &result.note);
    result.verdict =
        within(goal, result.measured, result.margin) ? Verdict::kMet : Verdict::kNotMet;
    if (!absent.empty()) {
        add_note(&result.note, absent);
        /* A peer that is not there might have been better: a goal cannot be met against it. */
        result.verdict = result.verdict == Verdict::kMet ? Verdict::kUnknown : result.verdict;
    }
    if (subject.block->judged_on_disturbed()) {
        char text[80];
        std::snprintf(text, sizeof text, "disturbed: others took %.0f %% of the machine",
                      subject.block->others_share() * 100);
        add_note(&result.note, text);
    }
    return result;
}

/* The geometric mean over places, each judged by itself. What is missing in one is missing in all. */
Judgement judge_mean(const Goal &goal, const std::vector<Block> &blocks) {
    Judgement result = {&goal, 0, 0, 0, 0, Verdict::kMet, ""};
    for (const Place &place : goal.across) {
        Goal there = goal;
        there.subject.case_name = there.against.case_name = place.case_name;
        there.subject.threads = there.against.threads = place.threads;
        Judgement one = judge_rows(there, blocks);
        result.measured += std::log(one.measured);
        result.least += std::log(one.least);
        result.most += std::log(one.most);
        result.margin = std::max(result.margin, one.margin);
        if (one.verdict == Verdict::kUnknown) {
            result.verdict = Verdict::kUnknown;
        }
        char text[96];
        std::snprintf(text, sizeof text, "%s %u: %.2f", place.case_name.c_str(), place.threads,
                      one.measured);
        add_note(&result.note, text + (one.note.empty() ? "" : " (" + one.note + ")"));
    }
    auto places = static_cast<double>(goal.across.size());
    result.measured = std::exp(result.measured / places);
    result.least = std::exp(result.least / places);
    result.most = std::exp(result.most / places);
    if (result.verdict == Verdict::kMet && !within(goal, result.measured, result.margin)) {
        result.verdict = Verdict::kNotMet;
    }
    return result;
}

Judgement judge(const Goal &goal, const std::vector<Block> &blocks) {
    return goal.across.empty() ? judge_rows(goal, blocks) : judge_mean(goal, blocks);
}

std::string figure(const Goal &goal, double value) {
    if (goal.against.implementations.empty()) {
        return for_people(value, goal.metric);
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.3fx", value);
    return measured(value) ? text : "-";
}

const char *symbol(Bound direction) {
    switch (direction) {
    case Bound::kAtMost:
        return "<=";
    case Bound::kBelow:
        return "<";
    case Bound::kAtLeast:
        break;
    }
    return ">=";
}

const char *words(Bound direction) {
    switch (direction) {
    case Bound::kAtMost:
        return "at most";
    case Bound::kBelow:
        return "below";
    case Bound::kAtLeast:
        break;
    }
    return "at least";
}

} // namespace

double effective_bound(const Goal &goal, double margin) {
    return goal.bound * (goal.direction == Bound::kAtLeast ? 1 - margin : 1 + margin);
}

bool within(const Goal &goal, double value, double margin) {
    double bound = effective_bound(goal, margin);
    switch (goal.direction) {
    case Bound::kAtMost:
        return value <= bound;
    case Bound::kBelow:
        return value < bound;
    case Bound::kAtLeast:
        break;
    }
    return value >= bound;
}

std::vector<Judgement> judge_goals(const std::vector<Suite> &suites,
                                   const std::vector<Block> &blocks) {
    std::vector<Judgement> judgements;
    for (const Suite &suite : suites) {
        bool was_run = std::any_of(blocks.begin(), blocks.end(),
                                   [&](const Block &block) { return block.suite == &suite; });
        for (const Goal &goal : suite.goals) {
            if (was_run) {
                judgements.push_back(judge(goal, blocks));
            }
        }
    }
    return judgements;
}

std::string measured_for_people(const Judgement &judgement) {
    const Goal &goal = *judgement.goal;
    std::string text = figure(goal, judgement.measured);
    if (measured(judgement.measured)) {
        text += " [" + figure(goal, judgement.least) + " - " + figure(goal, judgement.most) + "]";
    }
    return text;
}

std::string bound_for_people(const Judgement &judgement) {
    const Goal &goal = *judgement.goal;
    std::string text = symbol(goal.direction);
    text += " " + figure(goal, goal.bound);
    if (goal.noise_margin) {
        char margin[40];
        std::snprintf(margin, sizeof margin, " %c %.1f %% noise",
                      goal.direction == Bound::kAtLeast ? '-' : '+', judgement.margin * 100);
        text += margin;
    }
    return text;
}

std::string goals_json(const std::vector<Judgement> &judgements) {
    Json json;
    json.open_array();
    for (const Judgement &judgement : judgements) {
        const Goal &goal = *judgement.goal;
        json.open_object();
        json.text("id", goal.id);
        json.text("suite", goal.suite);
        json.text("text", goal.text);
        json.number("measured", judgement.measured);
        json.number("measured_min", judgement.least);
        json.number("measured_max", judgement.most);
        json.text("metric", metric_info(goal.metric).key);
        json.text("direction", words(goal.direction));
        json.number("bound", goal.bound);
        json.number("margin", judgement.margin);
        if (judgement.verdict == Verdict::kUnknown) {
            json.null("met");
        } else {
            json.boolean("met", judgement.verdict == Verdict::kMet);
        }
        json.text("note", judgement.note);
        json.close_object();
    }
    json.close_array();
    return json.str();
}

} // namespace weft_bench
