/* minipy.cc: programs under the example interpreter, under python3, and under the interpreter's floor:
 * the same sources built with plain counts and without locks, for one thread. And work for several
 * threads, with the interpreter's lock and without, beside processes that share nothing. */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
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
#include "bench/machine.h"
#include "bench/suite.h"
#include "bench/suites/suites.h"

namespace weft_bench {

namespace {

constexpr const char *kMinipy = "minipy";
constexpr const char *kGil = "minipy --gil";
constexpr const char *kInterpreters = "minipy --interpreters";
constexpr const char *kProcesses = "processes of one thread";
constexpr const char *kSingle = "one process of one thread";
constexpr const char *kPlain = "minipy, plain counts (floor)";
constexpr const char *kPython = "python3";

constexpr const char *kMinipyPath = "examples/minipy/minipy";

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

/* ---- one run of a program, or of several at once --------------------------------------------------- */

struct Run {
    double cpu_seconds = 0;
    double peak_kib = 0;
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

/* A traced process that has stopped goes on. */
void let_go_on(pid_t process, int status, bool first, Run *run) {
    int deliver = WSTOPSIG(status);
    if (deliver == SIGTRAP) {
        deliver = 0;
        if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8))) {
            run->peak_kib += peak_of(process);
        } else if (first) {
            ptrace(PTRACE_SETOPTIONS, process, nullptr, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
        }
    }
    ptrace(PTRACE_CONT, process, nullptr, deliver);
}

void add_end(int status, const rusage &used, Run *run) {
    auto seconds = [](const timeval &time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    run->cpu_seconds += seconds(used.ru_utime) + seconds(used.ru_stime);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        run->failure = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                         : "died of signal " + std::to_string(WTERMSIG(status));
    }
}

/* So many processes at once, until all are gone. */
Run run_programs(const Command &command, unsigned copies) {
    Run run;
    for (unsigned i = 0; i < copies; i++) {
        pid_t process = fork();
        if (process == 0) {
            become(command);
        }
        if (process < 0) {
            run.failure = "fork failed";
        }
    }
    std::set<pid_t> known;
    int status = 0;
    rusage used = {};
    for (pid_t process; (process = wait4(-1, &status, 0, &used)) > 0;) {
        if (WIFSTOPPED(status)) {
            let_go_on(process, status, known.insert(process).second, &run);
        } else {
            add_end(status, used, &run);
        }
    }
    return run;
}

/* Whether CPU time counts, as of one thread, or the time that passes. */
enum class Time : uint8_t { kCpu, kWall };

/* Runs it again and again for the time given, at least once. Each does the work `works` times. */
Sample measure_programs(const Work &work, const Command &command, unsigned copies, unsigned works,
                        Time time) {
    Sample sample;
    double cpu = 0;
    double runs = 0;
    uint64_t start = monotonic_ns();
    double elapsed = 0;
    do {
        Run run = run_programs(command, copies);
        if (!run.failure.empty()) {
            sample.fail(run.failure.c_str());
            return sample;
        }
        cpu += run.cpu_seconds;
        runs++;
        sample.metric[kRss] = run.peak_kib > 0 ? run.peak_kib : kNotMeasured;
        elapsed = static_cast<double>(monotonic_ns() - start) * 1e-9;
    } while (elapsed + elapsed / runs < work.seconds);
    sample.set_rate(runs * works, time == Time::kCpu ? cpu : elapsed);
    if (time == Time::kWall) {
        sample.cpu_share = cpu / (elapsed * std::min(work.threads, cores()));
    }
    return sample;
}

/* ---- cases of one thread ----------------------------------------------------------------------------- */

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
                return measure_programs(work, command, 1, 1, Time::kCpu);
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
        interpreter(kMinipy, Family::kSubject, {runfile(kMinipyPath)}, program),
        interpreter(kGil, Family::kBlocking, {runfile(kMinipyPath), "--gil"}, program),
        python.empty() ? missing(kPython, Family::kBlocking, "no python3 on PATH")
                       : interpreter(kPython, Family::kBlocking, {python, "-S", "-E"}, program),
        interpreter(kPlain, Family::kFloor, {runfile("examples/minipy/minipy_plain")}, program),
    };
    question.threads = {1};
    question.quick = {5, 0.1};
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

/* ---- cases of several threads ------------------------------------------------------------------------ */

/* Sizes with which one thread takes about half a second: what starting and ending a process takes, some 10 ms, is paid once
 * by two threads and by one, and must not count. */
struct Kind {
    const char *name;
    const char *title;
    const char *turns;
    double least; /* of what as many processes do */
};

constexpr Kind kKinds[] = {
    {"numbers", "threads that count, each for itself", "120000", 0.95},
    {"objects", "threads that make objects, each for itself", "22000", 0.95},
    {"dict", "threads that read one dict", "140000", 0.9},
    {"list", "threads that read one list", "112000", 0.9},
    {"global", "threads that read hot globals", "160000", 0.9},
};

/* `started`: threads that the program starts; the main one waits for them. With 0 it does the work itself. */
Command command_of(const Command &interpreter, const Kind &kind, unsigned started) {
    Command command = interpreter;
    command.push_back(runfile("bench/suites/minipy_threads.py"));
    command.insert(command.end(), {kind.name, std::to_string(started), kind.turns});
    return command;
}

Implementation threaded(const char *name, Family family, const Command &minipy, const Kind &kind) {
    return {name, family,
            [=](const Work &work) {
                return measure_programs(work, command_of(minipy, kind, work.threads), 1,
                                        work.threads, Time::kWall);
            },
            ""};
}

Case case_of(const Kind &kind) {
    const Command minipy = {runfile(kMinipyPath)};
    Case question;
    question.name = std::string("threads-") + kind.name;
    question.title = kind.title;
    question.about =
        "Every thread does the same work once; the time that passes from the start of the program "
        "to its end. An interpreter, or a process, has one thread, which does the work without "
        "starting another. The memory is the most that was resident, of all processes together.";
    question.implementations = {
        threaded(kMinipy, Family::kSubject, minipy, kind),
        threaded(kGil, Family::kBlocking, {minipy[0], "--gil"}, kind),
        {kInterpreters, Family::kBlocking,
         [=](const Work &work) {
             Command several = {minipy[0], "--interpreters", std::to_string(work.threads)};
             return measure_programs(work, command_of(several, kind, 0), 1, work.threads,
                                     Time::kWall);
         },
         ""},
        {kProcesses, Family::kBlocking,
         [=](const Work &work) {
             return measure_programs(work, command_of(minipy, kind, 0), work.threads, work.threads,
                                     Time::kWall);
         },
         ""},
        {kSingle, Family::kFloor,
         [=](const Work &work) {
             return measure_programs(work, command_of(minipy, kind, 0), 1, 1, Time::kWall);
         },
         ""},
    };
    question.threads = {2};
    if (cores() > 2) {
        question.threads.push_back(cores());
    }
    question.quick = {5, 0.1};
    question.full = {15, 0.5};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}, {PlotKind::kThreads, kRss, false}};
    return question;
}

std::vector<std::string> threaded_cases() {
    std::vector<std::string> names;
    for (const Kind &kind : kKinds) {
        names.push_back(case_of(kind).name);
    }
    return names;
}

/* Two threads beside two processes, and under the lock beside one thread, all of the same round. */
void add_goals(const Kind &kind, std::vector<Goal> *goals) {
    std::string name = case_of(kind).name;
    char bound[16];
    std::snprintf(bound, sizeof bound, "%.2f", kind.least);
    goals->push_back(
        {"minipy-" + name,
         "minipy",
         std::string(kind.title) + ": two do at least " + bound + " of what two processes do",
         {name, {kMinipy}, 2},
         {name, {kProcesses}, 2},
         kOpsPerS,
         Bound::kAtLeast,
         kind.least,
         false});
    goals->push_back({"minipy-" + name + "-gil",
                      "minipy",
                      std::string(kind.title) + ": with --gil two do at most 1.05x of one",
                      {name, {kGil}, 2},
                      {name, {kSingle}, 2},
                      kOpsPerS,
                      Bound::kAtMost,
                      1.05,
                      false});
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
    suite.about = "The example interpreter, examples/minipy; python3 is " +
                  (build.empty() ? "not there" : build + ", " + python) + ".";
    suite.speed_ups = {
        {"What threads bring to a program",
         "Throughput, as a multiple of what one process of one thread does in the same round (so "
         "one "
         "thread is 1); the "
         "geometric mean over counting, making objects, and reading a dict, a list and globals "
         "that all threads share.",
         kSingle, threaded_cases()}};
    for (const Program &program : programs()) {
        suite.cases.push_back(case_of(program, python));
    }
    for (const Kind &kind : kKinds) {
        suite.cases.push_back(case_of(kind));
    }
    suite.goals = {
        goal_of("minipy-python3", "programs take at most 1.5x python3's time, geometric mean",
                kPython, 1.5),
        goal_of("minipy-plain",
                "programs take at most 1.10x the time of the build with plain counts and no locks, "
                "geometric mean",
                kPlain, 1.10),
        goal_of("minipy-gil",
                "without its lock programs of one thread take at most 1.05x of the time with it, "
                "geometric mean",
                kGil, 1.05),
    };
    for (const Kind &kind : kKinds) {
        add_goals(kind, &suite.goals);
    }
    return suite;
}

} // namespace weft_bench
