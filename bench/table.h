/* table.h: the results and goals as text for a terminal. */
#ifndef WEFT_BENCH_TABLE_H
#define WEFT_BENCH_TABLE_H

#include <string>
#include <vector>

#include "bench/goals.h"
#include "bench/results.h"

namespace weft_bench {

/* The table of one block: a line of headings, then one per implementation that was measured. */
struct TableLine {
    std::vector<std::string> cells;
    bool heading, subject;
};
std::vector<TableLine> block_lines(const Block &block);

/* "mutex / uncontended: lock + unlock, 1 thread (15 rounds)", with what has to be said about it. */
std::string block_heading(const Block &block);

std::string results_table(const std::vector<Block> &blocks);
std::string goals_table(const std::vector<Judgement> &judgements);
std::string missing_table(const std::vector<Suite> &suites);
std::string suite_list(const std::vector<Suite> &suites);

/* Columns as wide as their widest cell; the first `left` columns are aligned to the left. */
std::string aligned(const std::vector<std::vector<std::string>> &lines, size_t left);

const char *verdict_for_people(Verdict verdict);

/* Missing implementations with the reason, each once, in order. */
std::vector<std::pair<std::string, std::string>> missing_peers(const std::vector<Suite> &suites);

} // namespace weft_bench

#endif /* WEFT_BENCH_TABLE_H */
