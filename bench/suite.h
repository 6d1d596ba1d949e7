/* suite.h: what a suite hands to the harness: cases, implementations, goals. All data.
 *
 * A case is one question ("how long does an uncontended pair take?"), asked of several
 * implementations at one or several thread counts. One of them is the subject, ours; it is measured
 * twice in every round, and the difference is the A/A noise of its row.
 */
#ifndef WEFT_BENCH_SUITE_H
#define WEFT_BENCH_SUITE_H

#include <functional>
#include <string>
#include <vector>

#include "bench/sample.h"

namespace weft_bench {

/* How an implementation is drawn, and what it can be compared with. */
enum class Family : uint8_t {
    kSubject,
    kBlocking, /* a waiter sleeps */
    kSpinning, /* a waiter burns its CPU */
    kFloor,    /* not a usable implementation: what the machine itself costs */
};

using Measure = std::function<Sample(const Work &)>;

struct Implementation {
    std::string name;
    Family family;
    Measure measure;     /* empty if missing */
    std::string missing; /* why it is not measured; empty if it is */
};

/* Rounds and seconds per measurement. */
struct Effort {
    unsigned rounds;
    double seconds;
};

enum class PlotKind : uint8_t {
    kBars,    /* one bar per implementation */
    kThreads, /* one line per implementation over the thread counts */
    kSteps,   /* one line over the implementations, in their order (a parameter) */
};

struct Plot {
    PlotKind kind;
    Metric metric;
    bool logarithmic;
};

struct Case {
    std::string name;  /* in results.json and in goals */
    std::string title; /* for people */
    std::string about; /* what is measured, in one or two sentences */
    std::vector<Implementation> implementations;
    size_t subject = 0;            /* its place among them */
    std::vector<unsigned> threads; /* empty: the harness' ladder of thread counts */
    Effort quick = {5, 0.1};
    Effort full = {15, 0.5};
    std::vector<Plot> plots;
    std::vector<Metric> columns; /* of the terminal's table; empty: those that were measured */
    std::string value_name = ""; /* what Metric kValue is, and its unit */
    std::string value_unit = "";
    std::string steps_name = ""; /* what the implementations of a kSteps plot vary */
    bool full_only = false;      /* a quick run leaves it out, unless it is asked for by name */
};

enum class Bound : uint8_t { kAtMost, kBelow, kAtLeast };

/* Rows a goal speaks of: of several implementations the best (by median) is taken. */
struct RowRef {
    std::string case_name;
    std::vector<std::string> implementations;
    unsigned threads;
};

/* A case and a number of threads. */
struct Place {
    std::string case_name;
    unsigned threads;
};

/* One figure that must be reached. With `against`, the measured figure is the median over rounds of
 * subject / against, paired by round; without, the subject's own median over rounds.
 * With `across`, it is the geometric mean of that over these places, and the rows name none. */
struct Goal {
    std::string id;
    std::string suite;
    std::string text;
    RowRef subject;
    RowRef against; /* no implementations: an absolute bound */
    Metric metric;
    Bound direction;
    double bound;
    bool noise_margin; /* "at least as fast": the subject's A/A noise is allowed for */
    std::vector<Place> across = {};
};

/* A picture at the head of a suite: throughput over the threads as a multiple of `base`'s of the same round and number
 * of threads, geometric mean over the cases. */
struct SpeedUp {
    std::string title;
    std::string about;
    std::string base; /* an implementation of all the cases */
    std::vector<std::string> cases;
};

struct Suite {
    std::string name;
    std::string about;
    std::vector<Case> cases;
    std::vector<Goal> goals;
    std::vector<SpeedUp> speed_ups = {};
};

/* For a peer that the build did not find. */
inline Implementation missing(const std::string &name, Family family, const std::string &why) {
    return {name, family, nullptr, why};
}

/* 1, 2, 4, ... up to twice the cores and at least 8, with the number of cores itself. */
std::vector<unsigned> thread_ladder(unsigned cores);

/* Every suite of the project, in the order they are run: suites/suites.cc. */
std::vector<Suite> all_suites();

} // namespace weft_bench

#endif /* WEFT_BENCH_SUITE_H */
