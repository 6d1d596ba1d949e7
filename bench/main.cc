/* main.cc: measures, judges, writes. The story of a run, from the command line to the report. */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "bench/clock.h"
#include "bench/goals.h"
#include "bench/machine.h"
#include "bench/options.h"
#include "bench/report.h"
#include "bench/results.h"
#include "bench/runner.h"
#include "bench/table.h"

namespace {

using namespace weft_bench;

/* `bazel run` changes the directory; what the user meant is where the command was given. */
std::filesystem::path output_directory(const std::string &wanted) {
    const char *given_in = std::getenv("BUILD_WORKING_DIRECTORY");
    std::filesystem::path base = given_in != nullptr ? given_in : ".";
    return base / (wanted.empty() ? "bench-out" : wanted);
}

bool write_file(const std::filesystem::path &path, const std::string &content) {
    std::ofstream file(path);
    file << content;
    file.close();
    if (!file) {
        std::fprintf(stderr, "bench: cannot write %s\n", path.c_str());
    }
    return static_cast<bool>(file);
}

/* One line that is rewritten on a terminal, and a line per step elsewhere. */
void show_progress(const std::string &line) {
    static const bool terminal = isatty(STDERR_FILENO) != 0;
    std::fprintf(stderr, terminal ? "\r\033[K%s" : "%s\n", line.c_str());
    std::fflush(stderr);
}

/* A name on the command line that is none of the suites' or cases'; empty if all are known. */
std::string unknown_name(const Options &options, const std::vector<Suite> &suites) {
    std::vector<std::string> known_suites;
    std::vector<std::string> known_cases;
    for (const Suite &suite : suites) {
        known_suites.push_back(suite.name);
        for (const Case &question : suite.cases) {
            known_cases.push_back(question.name);
        }
    }
    auto unknown_in = [](const std::vector<std::string> &given,
                         const std::vector<std::string> &known) -> std::string {
        for (const std::string &name : given) {
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                return name;
            }
        }
        return "";
    };
    std::string unknown = unknown_in(options.suites, known_suites);
    return unknown.empty() ? unknown_in(options.cases, known_cases) : unknown;
}

int run(const Options &options, const std::vector<Suite> &suites) {
    std::filesystem::path out = output_directory(options.out);
    std::error_code failure;
    std::filesystem::create_directories(out, failure);
    if (failure) {
        std::fprintf(stderr, "bench: cannot make %s: %s\n", out.c_str(), failure.message().c_str());
        return 2;
    }
    calibration();
    auto machine = describe_machine();
    uint64_t start = monotonic_ns();
    std::vector<Block> blocks =
        run_suites(suites, {options.quick, options.suites, options.cases}, show_progress);
    double seconds = static_cast<double>(monotonic_ns() - start) * 1e-9;
    show_progress("measured in " + std::to_string(static_cast<int>(seconds)) + " s");
    std::vector<Judgement> judgements = judge_goals(suites, blocks);
    std::printf("\n%s%s\n%s\n", results_table(blocks).c_str(), missing_table(suites).c_str(),
                goals_table(judgements).c_str());
    bool written =
        write_file(out / "results.json", results_json(suites, blocks, machine, options.quick)) &&
        write_file(out / "goals.json", goals_json(judgements)) &&
        write_file(out / "report.html",
                   report_html({&suites, &blocks, &judgements, machine, options.quick, seconds}));
    std::printf("written to %s: report.html, results.json, goals.json\n", out.c_str());
    return written ? 0 : 2;
}

} // namespace

int main(int argc, char **argv) {
    Options options = parse_options({argv + 1, argv + argc});
    if (!options.error.empty() || options.help) {
        std::fprintf(options.help ? stdout : stderr, "%s%s%s", options.error.c_str(),
                     options.error.empty() ? "" : "\n", kUsage);
        return options.help ? 0 : 2;
    }
    std::vector<Suite> suites = all_suites();
    std::string unknown = unknown_name(options, suites);
    if (!unknown.empty()) {
        std::fprintf(stderr, "bench: no suite or case %s; --list names them\n", unknown.c_str());
        return 2;
    }
    if (options.list) {
        std::printf("%s%s", suite_list(suites).c_str(), missing_table(suites).c_str());
        return 0;
    }
    return run(options, suites);
}
