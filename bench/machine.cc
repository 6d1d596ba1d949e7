#include "bench/machine.h"

#include <fstream>
#include <sstream>

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/sample.h"

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace weft_bench {

namespace {

std::vector<int> read_usable_cpus() {
    std::vector<int> cpus;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            if (CPU_ISSET(cpu, &set)) {
                cpus.push_back(cpu);
            }
        }
    }
    return cpus.empty() ? std::vector<int>{0} : cpus;
}

/* The value of the first line "key : value" of a file such as /proc/cpuinfo. */
std::string value_in(const char *path, const std::string &key) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        if (line.compare(0, key.size(), key) == 0) {
            size_t colon = line.find(':');
            size_t start = line.find_first_not_of(" \t", colon + 1);
            return start == std::string::npos ? "" : line.substr(start);
        }
    }
    return "";
}

std::string first_line(const char *path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::string fixed(double value, int digits) {
    std::ostringstream text;
    text.precision(digits);
    text << std::fixed << value;
    return text.str();
}

std::string describe_build() {
    std::string text = __VERSION__;
#if defined(__clang__)
    text = "clang " + text;
#else
    text = "gcc " + text;
#endif
#if defined(__OPTIMIZE__)
    text += ", optimised";
#else
    text += ", NOT OPTIMISED: run with -c opt";
#endif
    return text + ", generic instruction set";
}

double seconds_of(const struct timeval &time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

} // namespace

const std::vector<int> &usable_cpus() {
    static const std::vector<int> cpus = read_usable_cpus();
    return cpus;
}

unsigned cores() {
    return static_cast<unsigned>(usable_cpus().size());
}

void pin_to(unsigned index) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(usable_cpus()[index % cores()], &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

std::vector<std::pair<std::string, std::string>> describe_machine() {
    std::vector<std::pair<std::string, std::string>> facts;
    struct utsname system;
    uname(&system);
    std::string model = value_in("/proc/cpuinfo", "model name");
    facts.emplace_back("processor", model.empty() ? system.machine : model);
    facts.emplace_back("cores usable", std::to_string(cores()));
    facts.emplace_back("architecture", system.machine);
    bool hypervisor = value_in("/proc/cpuinfo", "flags").find("hypervisor") != std::string::npos;
    facts.emplace_back("virtual machine", hypervisor ? "yes" : "not detected");
    facts.emplace_back("memory", value_in("/proc/meminfo", "MemTotal"));
    facts.emplace_back("system", std::string(system.sysname) + " " + system.release);
#if defined(__GLIBC__)
    facts.emplace_back("C library", std::string("glibc ") + gnu_get_libc_version());
#endif
    facts.emplace_back("compiler", describe_build());
    const Calibration &known = calibration();
    facts.emplace_back("clock", std::string(known.counter ? "CPU counter" : "clock_gettime") +
                                    ", " + fixed(known.ns_per_read, 1) + " ns per read");
    facts.emplace_back("load average at the start", first_line("/proc/loadavg"));
    return facts;
}

double machine_busy_seconds() {
    std::ifstream file("/proc/stat");
    std::string cpu;
    double user, nice, system, idle, iowait, irq, softirq, steal;
    if (!(file >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal)) {
        return -1;
    }
    return (user + nice + system + irq + softirq + steal) /
           static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_busy_seconds() {
    double total = 0;
    for (int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        struct rusage usage;
        getrusage(who, &usage);
        total += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    return total;
}

Resident resident_kib() {
    auto read = [](const char *key) {
        std::string text = value_in("/proc/self/status", key);
        return text.empty() ? kNotMeasured : std::stod(text);
    };
    return {read("VmRSS"), read("VmHWM")};
}

} // namespace weft_bench
