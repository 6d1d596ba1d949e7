/* options.h: the command line. */
#ifndef WEFT_BENCH_OPTIONS_H
#define WEFT_BENCH_OPTIONS_H

#include <string>
#include <vector>

namespace weft_bench {

struct Options {
    bool quick = false;
    bool list = false;
    bool help = false;
    std::string out;
    std::vector<std::string> suites;
    std::vector<std::string> cases;
    std::string error; /* empty: the command line is good */
};

Options parse_options(const std::vector<std::string> &arguments);
extern const char *const kUsage;

} // namespace weft_bench

#endif /* WEFT_BENCH_OPTIONS_H */
