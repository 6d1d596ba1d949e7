/* What the suites hand over is consistent: a goal that speaks of a row nobody measures would be
 * noticed only after a whole run. */
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "bench/machine.h"
#include "bench/runner.h"
#include "bench/suite.h"

namespace weft_bench {
namespace {

const Case *find_case(const Suite &suite, const std::string &name) {
    for (const Case &question : suite.cases) {
        if (question.name == name) {
            return &question;
        }
    }
    return nullptr;
}

void expect_row(const Suite &suite, const Goal &goal, const RowRef &row) {
    const Case *question = find_case(suite, row.case_name);
    ASSERT_NE(question, nullptr) << goal.id << ": no case " << row.case_name;
    std::vector<unsigned> threads =
        question->threads.empty() ? thread_ladder(cores()) : question->threads;
    EXPECT_EQ(std::count(threads.begin(), threads.end(), row.threads), 1) << goal.id;
    for (const std::string &name : row.implementations) {
        bool there = std::any_of(question->implementations.begin(), question->implementations.end(),
                                 [&](const Implementation &one) { return one.name == name; });
        EXPECT_TRUE(there) << goal.id << ": no implementation " << name;
    }
}

void expect_rows(const Suite &suite, const Goal &goal) {
    expect_row(suite, goal, goal.subject);
    if (!goal.against.implementations.empty()) {
        expect_row(suite, goal, goal.against);
    }
}

TEST(Suites, GoalsSpeakOfRowsThatAreMeasured) {
    std::set<std::string> ids;
    for (const Suite &suite : all_suites()) {
        for (const Goal &goal : suite.goals) {
            EXPECT_EQ(goal.suite, suite.name);
            EXPECT_TRUE(ids.insert(goal.id).second) << "twice: " << goal.id;
            EXPECT_EQ(goal.subject.implementations.size(), 1u);
            if (goal.across.empty()) {
                expect_rows(suite, goal);
            }
            for (const Place &place : goal.across) {
                Goal there = goal;
                there.subject.case_name = there.against.case_name = place.case_name;
                there.subject.threads = there.against.threads = place.threads;
                expect_rows(suite, there);
            }
        }
    }
}

TEST(Suites, SpeedUpsSpeakOfRowsThatAreMeasured) {
    for (const Suite &suite : all_suites()) {
        for (const SpeedUp &picture : suite.speed_ups) {
            EXPECT_FALSE(picture.cases.empty()) << picture.title;
            for (const std::string &name : picture.cases) {
                const Case *question = find_case(suite, name);
                ASSERT_NE(question, nullptr) << name;
                EXPECT_TRUE(std::any_of(
                    question->implementations.begin(), question->implementations.end(),
                    [&](const Implementation &one) { return one.name == picture.base; }))
                    << name << " has no " << picture.base;
            }
        }
    }
}

TEST(Suites, EveryCaseHasOneSubjectAndEnoughRounds) {
    for (const Suite &suite : all_suites()) {
        for (const Case &question : suite.cases) {
            ASSERT_LT(question.subject, question.implementations.size());
            const Implementation &subject = question.implementations[question.subject];
            EXPECT_EQ(subject.family, Family::kSubject) << question.name;
            EXPECT_TRUE(static_cast<bool>(subject.measure)) << question.name;
            EXPECT_GE(question.quick.rounds, 5u) << question.name;
            for (const Implementation &one : question.implementations) {
                EXPECT_NE(static_cast<bool>(one.measure), !one.missing.empty()) << one.name;
            }
        }
    }
}

/* `make bench` has twelve minutes for everything, repeated rounds included, which may take a quarter as long again. */
TEST(Suites, QuickRunsFitTheirTime) {
    EXPECT_LE(planned_seconds(all_suites(), {true, {}, {}}), 9.25 * 60);
}

} // namespace
} // namespace weft_bench
