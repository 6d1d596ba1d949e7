#include "bench/isolate.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/machine.h"

namespace weft_bench {

namespace {

[[noreturn]] void run_child(const Measure &measure, const Work &work, unsigned limit_seconds,
                            Sample *result) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* no child outlives the harness */
    signal(SIGALRM, SIG_DFL);
    alarm(limit_seconds);
    double before = resident_kib().now;
    Sample sample = measure(work);
    double most = resident_kib().most;
    if (measured(most) && !measured(sample.metric[kRss])) {
        sample.metric[kRss] = std::max(0.0, most - before);
    }
    *result = sample;
    _exit(0);
}

void explain_death(int status, unsigned limit_seconds, Sample *result) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        result->fail(("did not end within " + std::to_string(limit_seconds) + " s").c_str());
    } else if (WIFSIGNALED(status)) {
        result->fail((std::string("died: ") + strsignal(WTERMSIG(status))).c_str());
    } else if (WEXITSTATUS(status) != 0) {
        result->fail(("ended with status " + std::to_string(WEXITSTATUS(status))).c_str());
    }
}

} // namespace

Sample measure_isolated(const Measure &measure, const Work &work, unsigned limit_seconds) {
    void *shared =
        mmap(nullptr, sizeof(Sample), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        std::perror("bench: mmap");
        std::exit(2);
    }
    Sample *slot = new (shared) Sample;
    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
        run_child(measure, work, limit_seconds, slot);
    }
    int status = 0;
    if (child < 0) {
        slot->fail("fork failed");
    } else {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        explain_death(status, limit_seconds, slot);
    }
    Sample result = *slot;
    munmap(shared, sizeof(Sample));
    return result;
}

} // namespace weft_bench
