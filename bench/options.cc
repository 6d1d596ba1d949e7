#include "bench/options.h"

namespace weft_bench {

const char *const kUsage =
    "usage: bench [--quick] [--suite NAME]... [--case NAME]... [--out DIR] [--list]\n"
    "  --quick       every case and goal, fewer and shorter rounds\n"
    "  --suite NAME  only this suite; may be given several times\n"
    "  --case NAME   only this case of the suites; may be given several times\n"
    "  --out DIR     where results.json, goals.json and report.html go (default: bench-out\n"
    "                in the directory the command was given in)\n"
    "  --list        what there is to measure, and which peers are missing; measures nothing\n";

Options parse_options(const std::vector<std::string> &arguments) {
    Options options;
    for (size_t i = 0; i < arguments.size(); i++) {
        const std::string &argument = arguments[i];
        bool takes_value = argument == "--suite" || argument == "--case" || argument == "--out";
        if (takes_value && i + 1 == arguments.size()) {
            options.error = argument + " needs a value";
        } else if (argument == "--suite") {
            options.suites.push_back(arguments[++i]);
        } else if (argument == "--case") {
            options.cases.push_back(arguments[++i]);
        } else if (argument == "--out") {
            options.out = arguments[++i];
        } else if (argument == "--quick") {
            options.quick = true;
        } else if (argument == "--list") {
            options.list = true;
        } else if (argument == "--help" || argument == "-h") {
            options.help = true;
        } else {
            options.error = "unknown argument " + argument;
        }
    }
    return options;
}

} // namespace weft_bench
