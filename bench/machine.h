/* machine.h: what the run was made on, and how busy the machine is with other things. */
#ifndef WEFT_BENCH_MACHINE_H
#define WEFT_BENCH_MACHINE_H

#include <string>
#include <utility>
#include <vector>

namespace weft_bench {

/* CPUs this process may run on, in order. Their number is what the harness calls cores. */
const std::vector<int> &usable_cpus();
unsigned cores();

/* Pins the calling thread to usable_cpus()[index % cores()]. */
void pin_to(unsigned index);

/* Facts for the report: (name, value). No names of hosts or users. */
std::vector<std::pair<std::string, std::string>> describe_machine();

/* Seconds of CPU time that every process of the machine, and the hypervisor by stealing, have used
 * since some moment. Negative where the system does not tell. Steps of 10 ms. */
double machine_busy_seconds();

/* Seconds of CPU time used by this process and its finished children. */
double own_busy_seconds();

/* Resident memory of this process, KiB: now, and the most since it began. */
struct Resident {
    double now, most;
};
Resident resident_kib();

} // namespace weft_bench

#endif /* WEFT_BENCH_MACHINE_H */
