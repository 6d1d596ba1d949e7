/* minipy.cc: programs under the example interpreter, under python3, and under the interpreter's floor:
 * the same sources built with plain counts and without locks, for one thread. */
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/suite.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

constexpr const char *kMinipy = "minipy";
constexpr const char *kPlain = "minipy, plain counts (floor)";
constexpr const char *kPython = "python3";

using Command = std::vector<std::string>;

/* ---- where things are ----------------------------------------------------------------------------- */

/* A file of the tree, among what was built and laid beside this program; empty if it is not there. */
std::string runfile(const std::string &path) {
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    if (length <= 0 || length == static_cast<ssize_t>(sizeof self)) {
        return "";
    }
    std::string beside = std::string(self, static_cast<size_t>(length)) + ".runfiles/";
    for (const char *workspace : {"weft/", "_main/", "__main__/"}) {
        std::string found = beside + workspace + path;
        if (access(found.c_str(), R_OK) == 0) {
            return found;
        }
    }
    return "";
}

/* What a command prints, its first line; empty if it failed. */
std::string first_line_of(const char *command) {
    std::string line;
    FILE *pipe = popen(command, "r");
    if (pipe == nullptr) {
        return line;
    }
    for (int c = fgetc(pipe); c != EOF && c != '\n'; c = fgetc(pipe)) {
        line += static_cast<char>(c);
    }
    return pclose(pipe) == 0 ? line : "";
}

/* ---- one run of a program ------------------------------------------------------------------------- */

struct Run {
    double cpu_seconds = 0;
    double peak_kib = kNotMeasured;
    std::string failure;
};

[[noreturn]] void become(const Command &command) {
    std::vector<char *> arguments;
    for (const std::string &argument : command) {
        arguments.push_back(const_cast<char *>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0 || dup2(nowhere, 0) < 0 || dup2(nowhere, 1) < 0 || dup2(nowhere, 2) < 0) {
        _exit(126);
    }
    /* So that it stops at its end, while its memory can still be looked at. Where that is not
     * allowed only the figure for memory is missing. */
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
}

/* The most it had resident. rusage does not do: it counts what the process was before its exec. */
double peak_of(pid_t process) {
    std::string path = "/proc/" + std::to_string(process) + "/status";
    FILE *status = std::fopen(path.c_str(), "r");
    double kib = kNotMeasured;
    if (status != nullptr) {
        char line[160];
        while (std::fgets(line, sizeof line, status) != nullptr) {
            std::sscanf(line, "VmHWM: %lf", &kib);
        }
        std::fclose(status);
    }
    return kib;
}

/* Lets a traced process go on whenever it stops, until it is gone. */
Run attend(pid_t process) {
    Run run;
    bool first = true;
    int status = 0;
    rusage used = {};
    while (wait4(process, &status, 0, &used) == process && WIFSTOPPED(status)) {
        int deliver = WSTOPSIG(status);
        if (deliver == SIGTRAP) {
            deliver = 0;
            if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8))) {
                run.peak_kib = peak_of(process);
            } else if (first) {
                ptrace(PTRACE_SETOPTIONS, process, nullptr, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
            }
            first = false;
        }
        ptrace(PTRACE_CONT, process, nullptr, deliver);
    }
    auto seconds = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    run.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        run.failure = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                        : "died of signal " + std::to_string(WTERMSIG(status));
    }
    return run;
}

Run run_program(const Command &command) {
    pid_t process = fork();
    if (process == 0) {
        become(command);
    }
    if (process < 0) {
        Run run;
        run.failure = "fork failed";
        return run;
    }
    return attend(process);
}

/* Runs it again and again for the time given, at least once. */
Sample measure_program(const Work &work, const Command &command) {
    Sample sample;
    double cpu = 0;
    double runs = 0;
    uint64_t start = monotonic_ns();
    double elapsed = 0;
    do {
        Run run = run_program(command);
        if (!run.failure.empty()) {
            sample.fail(run.failure.c_str());
            return sample;
        }
        cpu += run.cpu_seconds;
        runs++;
        sample.metric[kRss] = run.peak_kib;
        elapsed = static_cast<double>(monotonic_ns() - start) * 1e-9;
    } while (elapsed + elapsed / runs < work.seconds);
    sample.set_rate(runs, cpu);
    return sample;
}

/* ---- cases ---------------------------------------------------------------------------------------- */

/* Sizes with which python3 takes about a tenth of a second, a hundredth of it to start. */
struct Program {
    const char *name;
    std::vector<std::string> arguments;
};

const std::vector<Program> &programs() {
    static const std::vector<Program> all = {
        {"nbody", {"18000"}},    {"fannkuch", {"8"}},      {"spectral_norm", {"115"}},
        {"mandelbrot", {"135"}}, {"binary_trees", {"11"}}, {"richards", {"20"}},
        {"deltablue", {"2500"}}, {"wordcount", {}},        {"pidigits", {"3000"}},
    };
    return all;
}

Command command_of(Command interpreter, const Program &program) {
    std::string folder = "examples/programs/";
    Command command = std::move(interpreter);
    command.push_back(runfile(folder + program.name + ".py"));
    command.insert(command.end(), program.arguments.begin(), program.arguments.end());
    if (program.name == std::string("wordcount")) {
        command.push_back(runfile(folder + "harbour.txt"));
        command.emplace_back("250");
    }
    return command;
}

Implementation interpreter(const char *name, Family family, const Command &path,
                           const Program &program) {
    return {name, family,
            [command = command_of(path, program)](const Work &work) {
                return measure_program(work, command);
            },
            ""};
}

Case case_of(const Program &program, const std::string &python) {
    Case question;
    question.name = program.name;
    question.title = std::string("the program ") + program.name;
    question.about =
        "CPU time of a run, start and end included (python3 without its site module, "
        "which costs as much again to start); the memory is the most that was resident.";
    question.implementations = {
        interpreter(kMinipy, Family::kSubject, {runfile("examples/minipy/minipy")}, program),
        python.empty() ? missing(kPython, Family::kBlocking, "no python3 on PATH")
                       : interpreter(kPython, Family::kBlocking, {python, "-S", "-E"}, program),
        interpreter(kPlain, Family::kFloor, {runfile("examples/minipy/minipy_plain")}, program),
    };
    question.threads = {1};
    question.quick = {5, 0.2};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}, {PlotKind::kBars, kRss, false}};
    return question;
}

Goal goal_of(const char *id, const char *text, const char *against, double bound) {
    Goal goal = {
        id,    "minipy", text, {"", {kMinipy}, 1}, {"", {against}, 1}, kNsPerOp, Bound::kAtMost,
        bound, false};
    for (const Program &program : programs()) {
        goal.across.push_back({program.name, 1});
    }
    return goal;
}

} // namespace

Suite minipy_suite() {
    /* Its real program: what stands on PATH may be a script that starts another. */
    std::string python =
        first_line_of("python3 -c 'import sys; print(sys.executable)' 2>/dev/null");
    std::string build = first_line_of(
        "python3 -c 'import sys; print(\" \".join(sys.version.split()))' 2>/dev/null");
    Suite suite;
    suite.name = "minipy";
    suite.about = "The example interpreter, examples/minipy, on one thread; python3 is " +
                  (build.empty() ? "not there" : build + ", " + python) + ".";
    for (const Program &program : programs()) {
        suite.cases.push_back(case_of(program, python));
    }
    suite.goals = {
        goal_of("minipy-python3", "programs take at most 1.5x python3's time, geometric mean",
                kPython, 1.5),
        goal_of("minipy-plain",
                "programs take at most 1.10x the time of the build with plain counts and no locks, "
                "geometric mean",
                kPlain, 1.10),
    };
    return suite;
}

} // namespace weft_bench
