/* The files a run leaves behind are well formed whatever the names and figures are. */
#include <cctype>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/json.h"
#include "bench/options.h"
#include "bench/plot.h"
#include "bench/report.h"
#include "bench/results.h"
#include "bench/table.h"
#include "bench/tests/fixture.h"

namespace weft_bench {
namespace {

/* Accepts exactly the JSON grammar (strings by their quotes and escapes, numbers loosely). */
class JsonReader {
  public:
    explicit JsonReader(const std::string &text) : text_(text) {}
    bool whole() {
        bool good = value();
        space();
        return good && at_ == text_.size();
    }

  private:
    void space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) {
            at_++;
        }
    }
    bool eat(char c) {
        space();
        if (at_ < text_.size() && text_[at_] == c) {
            at_++;
            return true;
        }
        return false;
    }
    bool word(const std::string &expected) {
        if (text_.compare(at_, expected.size(), expected) != 0) {
            return false;
        }
        at_ += expected.size();
        return true;
    }
    bool string() {
        if (!eat('"')) {
            return false;
        }
        for (; at_ < text_.size() && text_[at_] != '"'; at_++) {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) {
                return false;
            }
            at_ += text_[at_] == '\\';
        }
        return eat('"');
    }
    bool number() {
        size_t start = at_;
        while (at_ < text_.size() &&
               std::string("+-.eE0123456789").find(text_[at_]) != std::string::npos) {
            at_++;
        }
        return at_ > start;
    }
    bool members(char end, bool named) {
        if (eat(end)) {
            return true;
        }
        do {
            if (named && !(string() && eat(':'))) {
                return false;
            }
            if (!value()) {
                return false;
            }
        } while (eat(','));
        return eat(end);
    }
    bool value() {
        space();
        char next = at_ < text_.size() ? text_[at_] : '\0';
        if (next == '{' || next == '[') {
            at_++;
            return members(next == '{' ? '}' : ']', next == '{');
        }
        if (next == '"') {
            return string();
        }
        return word("true") || word("false") || word("null") || number();
    }

    const std::string &text_;
    size_t at_ = 0;
};

/* Every element is closed, in order; text holds no bare < or &. Returns what is wrong. */
std::string markup_fault(const std::string &html) {
    std::vector<std::string> open;
    for (size_t at = 0; at < html.size(); at++) {
        if (html[at] == '&' && html.find(';', at) > at + 6) {
            return "bare & at " + html.substr(at, 40);
        }
        if (html[at] != '<') {
            continue;
        }
        size_t end = html.find('>', at);
        if (end == std::string::npos) {
            return "unclosed tag at " + html.substr(at, 40);
        }
        std::string tag = html.substr(at + 1, end - at - 1);
        std::string name = tag.substr(0, tag.find(' '));
        if (tag[0] == '/') {
            if (open.empty() || open.back() != tag.substr(1)) {
                return "unexpected <" + tag + ">";
            }
            open.pop_back();
        } else if (tag[0] != '!' && tag.back() != '/') {
            open.push_back(name);
        }
        at = end;
    }
    return open.empty() ? "" : "never closed: " + open.back();
}

class Written : public ::testing::Test {
  protected:
    Written() {
        made.round(10, 10.5, 20, 30);
        made.round(11, 10.5, 22, 30);
        made.rounds[1].samples[2].fail("hung & \"burnt\"");
        made.suites[0].goals = {made.goal({"peer"}, Bound::kAtMost, 1, true),
                                made.goal({"gone"}, Bound::kAtMost, 1, true)};
        blocks = made.blocks();
        judgements = judge_goals(made.suites, blocks);
        machine = {{"processor", "a\\b \"c\" <d>"}};
    }
    Fixture made;
    std::vector<Block> blocks;
    std::vector<Judgement> judgements;
    std::vector<std::pair<std::string, std::string>> machine;
};

TEST_F(Written, ResultsAreJson) {
    std::string json = results_json(made.suites, blocks, machine, true);
    EXPECT_TRUE(JsonReader(json).whole()) << json;
    for (const char *key :
         {"suite", "case", "impl", "threads", "ns_per_op", "ops_per_s", "p50_ns", "p99_ns",
          "p999_ns", "p9999_ns", "max_ns", "preempted_per_million", "jain", "rss_kib"}) {
        EXPECT_NE(json.find("\"" + std::string(key) + "\": "), std::string::npos) << key;
    }
    EXPECT_NE(json.find("\"jain\": null"), std::string::npos);
    EXPECT_NE(json.find("\"reason\": \"not <installed>\""), std::string::npos);
}

TEST_F(Written, GoalsAreJson) {
    std::string json = goals_json(judgements);
    EXPECT_TRUE(JsonReader(json).whole()) << json;
    EXPECT_NE(json.find("\"met\": true"), std::string::npos);
    EXPECT_NE(json.find("\"met\": null"), std::string::npos);
}

TEST_F(Written, ReportIsWellFormedAndNeedsNothingElse) {
    std::string html = report_html({&made.suites, &blocks, &judgements, machine, true, 1});
    EXPECT_EQ(markup_fault(html), "");
    EXPECT_EQ(html.find("<script"), std::string::npos);
    EXPECT_EQ(html.find("http"), std::string::npos);
    EXPECT_EQ(html.find("nan"), std::string::npos);
    EXPECT_NE(html.find("<svg"), std::string::npos);
    EXPECT_NE(html.find("not &lt;installed&gt;"), std::string::npos);
}

TEST_F(Written, TablesNameEveryPeerAndEveryGoal) {
    std::string table = results_table(blocks);
    EXPECT_NE(table.find("2.00x"), std::string::npos) << table;
    EXPECT_NE(table.find("A/A noise"), std::string::npos) << table;
    EXPECT_NE(table.find("1 failed: hung"), std::string::npos) << table;
    EXPECT_NE(missing_table(made.suites).find("gone: not <installed>"), std::string::npos);
    EXPECT_NE(goals_table(judgements).find("1 of 2 goals met"), std::string::npos);
}

TEST(Markup, TheCheckItselfFindsFaults) {
    EXPECT_EQ(markup_fault("<a><b/>&amp;</a>"), "");
    EXPECT_NE(markup_fault("<a><b></a></b>"), "");
    EXPECT_NE(markup_fault("<a>"), "");
    EXPECT_NE(markup_fault("a & b and so on"), "");
    EXPECT_FALSE(JsonReader("{\"a\": }").whole());
    EXPECT_FALSE(JsonReader("[1,]").whole());
}

TEST(Plot, AxisMarksAreFewAndInside) {
    for (double most : {0.7, 1.0, 9.0, 33.0, 1e6, 4.2e7}) {
        std::vector<double> marks = axis_marks(0, most, false);
        EXPECT_GE(marks.size(), 3u) << most;
        EXPECT_LE(marks.size(), 9u) << most;
        EXPECT_LE(marks.back(), most);
    }
    EXPECT_EQ(axis_marks(9, 210, true), (std::vector<double>{10, 20, 50, 100, 200}));
    EXPECT_EQ(axis_marks(90, 1.1e6, true), (std::vector<double>{100, 1e3, 1e4, 1e5, 1e6}));
}

TEST(Plot, ChartsWithoutAnyValueAreStillDrawn) {
    Chart chart = {"t", "x", "y", {"1", "2"}, SIZE_MAX, "", kNsPerOp, "", true, {}};
    chart.series = {{"empty", "ours", {spread_of({}), spread_of({})}}};
    EXPECT_EQ(markup_fault(line_chart(chart)), "");
    EXPECT_EQ(markup_fault(bar_chart(chart, false)), "");
}

TEST(Report, SpeedUpsAreMediansOfRatiosOfTheSameRound) {
    Fixture made;
    made.suites[0].speed_ups = {{"made faster", "", "peer", {"pair"}}};
    double machine = 1;
    for (double ours : {30, 20, 40}) { /* of the peer's 10 */
        made.round(1, 1, 1, 1);
        made.rounds.back().samples[0].metric[kOpsPerS] = ours * machine;
        made.rounds.back().samples[1].metric[kOpsPerS] = 10 * machine;
        machine *= 7;
    }
    std::vector<Block> blocks = made.blocks();
    std::vector<Judgement> judgements;
    std::string html = report_html({&made.suites, &blocks, &judgements, {}, true, 1});
    EXPECT_EQ(markup_fault(html), "");
    EXPECT_NE(html.find("<h3>made faster</h3>"), std::string::npos);
    EXPECT_NE(html.find("<title>ours: 3.00 x</title>"), std::string::npos);
    EXPECT_EQ(html.find("<title>peer: 1.00 x</title>"), std::string::npos);
}

TEST(ForPeople, ValuesHaveThreeDigitsAndAUnit) {
    EXPECT_EQ(for_people(4.567, kNsPerOp), "4.57 ns");
    EXPECT_EQ(for_people(12345, kMax), "12.3 us");
    EXPECT_EQ(for_people(1.5e9, kMax), "1.50 s");
    EXPECT_EQ(for_people(26.4e6, kOpsPerS), "26.4 M/s");
    EXPECT_EQ(for_people(0.987, kJain), "0.99");
    EXPECT_EQ(for_people(412, kPreempted), "412");
    EXPECT_EQ(for_people(21.97, kValue, "bytes"), "22.0 bytes");
    EXPECT_EQ(for_people(kNotMeasured, kNsPerOp), "-");
}

TEST(Options, AreReadOrRefused) {
    Options good = parse_options({"--quick", "--suite", "a", "--suite", "b", "--out", "d"});
    EXPECT_EQ(good.error, "");
    EXPECT_TRUE(good.quick);
    EXPECT_EQ(good.suites, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(good.out, "d");
    EXPECT_NE(parse_options({"--suite"}).error, "");
    EXPECT_NE(parse_options({"--fast"}).error, "");
}

} // namespace
} // namespace weft_bench
