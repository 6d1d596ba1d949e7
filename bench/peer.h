/* peer.h: turns a policy (a struct that wraps one implementation) into an Implementation.
 *
 * A policy has kName and kFamily. A peer that the build did not find is a policy derived from
 * Absent with the reason in kMissing: it is listed as missing, and nothing is instantiated for it.
 */
#ifndef WEFT_BENCH_PEER_H
#define WEFT_BENCH_PEER_H

#include <type_traits>

#include "bench/suite.h"

namespace weft_bench {

struct Absent {};

template <class Policy> struct Tag {
    using Type = Policy;
};

/* make(Tag<Policy>) returns the Measure. */
template <class Policy, class Make> Implementation implementation_of(const Make &make) {
    if constexpr (std::is_base_of_v<Absent, Policy>) {
        return missing(Policy::kName, Policy::kFamily, Policy::kMissing);
    } else {
        return {Policy::kName, Policy::kFamily, make(Tag<Policy>{}), ""};
    }
    /* The analyzer loses sight of a std::function that is moved. */
} // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

template <class... Policies, class Make>
std::vector<Implementation> implementations_of(const Make &make) {
    return {implementation_of<Policies>(make)...};
}

} // namespace weft_bench

#endif /* WEFT_BENCH_PEER_H */
