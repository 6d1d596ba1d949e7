/* dict_cases.cc: many small dicts, dicts as wholes, inline caches, texts as keys. What is ours here is called as an interpreter would. */
#include "bench/suites/dict_cases.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <malloc.h>

#include "bench/crew.h"
#include "bench/pair.h"
#include "bench/peer.h"
#include "bench/suites/maps.h"
#include "bench/suites/peers.h"
#include "weft_dict.h"

#if BENCH_PEER_ABSL
#include <absl/container/flat_hash_map.h>
#endif
#if BENCH_PEER_TBB
#include <tbb/concurrent_hash_map.h>
#endif

namespace weft_bench {

namespace {

/* ---- objects ------------------------------------------------------------------------------------- */

enum : uint16_t { kPlain, kDict, kShape }; /* in the header's host bits */

struct Counted {
    weft_ref head;
    std::array<unsigned char, sizeof(weft_qsbr_node)> node;
};

/* A text that is no symbol: its hash is kept, texts are compared. */
struct Text {
    Counted object;
    uint64_t hash;
    uint32_t length;
    std::array<char, 20> text;
};

bool same_text(const Text &one, const Text &other) {
    return one.hash == other.hash && one.length == other.length &&
           std::memcmp(one.text.data(), other.text.data(), one.length) == 0;
}

const Text &text_of(const weft_ref *object) {
    return *reinterpret_cast<const Text *>(object);
}

thread_local weft_thread *attached;

weft_ref_verdict on_death(weft_thread *self, weft_ref *object) {
    uint16_t type = weft_load_relaxed_u16(&object->host);
    if (type == kDict) {
        weft_dict_finalize(self, reinterpret_cast<weft_dict *>(object));
    } else if (type == kShape) {
        weft_dict_keys_finalize(self, reinterpret_cast<weft_dict_keys *>(object));
    }
    return WEFT_REF_FREE;
}

void must(bool done) {
    if (!done) {
        std::abort();
    }
}

void enter() {
    static const weft_ref_hooks hooks = {on_death, [](weft_ref *object) { std::free(object); },
                                         nullptr};
    static const weft_dict_hooks keys = {
        [](weft_thread *, weft_ref *key, uint64_t *hash) {
            *hash = text_of(key).hash;
            return true;
        },
        [](weft_thread *, weft_dict_key candidate, weft_dict_key key) {
            return same_text(text_of(weft_dict_object_of(candidate)),
                             text_of(weft_dict_object_of(key)))
                       ? 1
                       : 0;
        }};
    static weft_runtime *runtime = nullptr;
    if (runtime == nullptr) { /* the first thread is alone */
        weft_ref_install(&hooks);
        weft_dict_set_hooks(&keys);
        runtime = weft_runtime_create(nullptr);
    }
    must(runtime != nullptr &&
         weft_thread_register(runtime, nullptr, &attached) == WEFT_THREAD_OK &&
         weft_thread_attach(attached) == WEFT_THREAD_OK);
}

void pause() {
    (void)weft_thread_safepoint(attached);
    weft_qsbr_quiescent(attached);
}

template <class Object> Object *take() {
    return static_cast<Object *>(std::malloc(sizeof(Object)));
}

weft_ref *make_value() {
    auto *value = take<Counted>();
    weft_ref_init(attached, &value->head);
    return &value->head;
}

weft_dict *make_dict(weft_dict_kind kind) {
    auto *dict = take<weft_dict>();
    weft_dict_init(attached, dict, WEFT_DICT_DEFERRED, kind);
    weft_store_relaxed_u16(&dict->head.host, kDict);
    must(weft_dict_set_shared(attached, dict) == WEFT_DICT_OK);
    return dict;
}

uint32_t draw(uint64_t *random, uint32_t below) {
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return static_cast<uint32_t>(((*random >> 32) * below) >> 32);
}

double heap() {
    struct mallinfo2 info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd);
}

/* ---- many small dicts ---------------------------------------------------------------------------- */

constexpr uint32_t kDicts = 100000;
constexpr uint32_t kKeys = 5;
constexpr uint32_t kTimes = 20000;

template <bool kOfAShape> struct Small {
    static constexpr const char *kName =
        kOfAShape ? "weft_dict of a shape, get" : "weft_dict, borrow";
    static constexpr Family kFamily = kOfAShape ? Family::kBlocking : Family::kSubject;
    weft_dict_keys *shape = nullptr;
    std::vector<weft_dict *> dicts;
    weft_ref *value = make_value();
    Small() {
        if (kOfAShape) {
            shape = take<weft_dict_keys>();
            must(weft_dict_keys_init(attached, shape, kKeys + 1) == WEFT_DICT_OK);
            weft_store_relaxed_u16(&shape->head.host, kShape);
        }
        dicts.reserve(kDicts);
    }
    void add() {
        weft_dict *dict = kOfAShape ? take<weft_dict>() : make_dict(WEFT_DICT_SYMBOLS);
        if (kOfAShape) {
            must(weft_dict_init_split(attached, dict, WEFT_DICT_DEFERRED, shape) == WEFT_DICT_OK);
            must(weft_dict_set_shared(attached, dict) == WEFT_DICT_OK);
        }
        for (uint32_t i = 0; i < kKeys; i++) {
            must(weft_dict_set(attached, dict, weft_dict_of_symbol(bench_symbols[i]), value) ==
                 WEFT_DICT_OK);
        }
        dicts.push_back(dict);
        pause();
    }
    bool read(uint32_t number, uint32_t key) {
        weft_dict_key wanted = weft_dict_of_symbol(bench_symbols[key]);
        if (!kOfAShape) {
            return weft_dict_borrow(attached, dicts[number], wanted) != nullptr;
        }
        weft_ref *found;
        if (weft_dict_get(attached, dicts[number], wanted, &found) != WEFT_DICT_OK) {
            return false;
        }
        weft_ref_decref(attached, found);
        return true;
    }
};

#if BENCH_PEER_ABSL
struct SmallAbsl {
    std::vector<absl::flat_hash_map<uint64_t, uint64_t>> maps;
    SmallAbsl() { maps.reserve(kDicts); }
    void add() {
        maps.emplace_back();
        for (uint32_t i = 0; i < kKeys; i++) {
            maps.back()[reinterpret_cast<uint64_t>(bench_symbols[i])] = 1;
        }
    }
    bool read(uint32_t number, uint32_t key) {
        return maps[number].contains(reinterpret_cast<uint64_t>(bench_symbols[key]));
    }
#else
struct SmallAbsl : Absent {
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
#endif
    static constexpr const char *kName = "absl::flat_hash_map";
    static constexpr Family kFamily = Family::kFloor;
};

template <class Map> Sample small(const Work &work) {
    bench_symbols_make(kKeys);
    enter();
    Map map;
    double before = heap();
    for (uint32_t i = 0; i < kDicts; i++) {
        map.add();
    }
    double bytes = (heap() - before) / kDicts;
    uint64_t random = 1;
    Sample sample = measure_blocks(
        work, kTimes, [] { pause(); },
        [&](uint64_t) {
            uint32_t found = 0;
            for (uint32_t i = 0; i < kTimes; i++) {
                uint32_t number = draw(&random, kDicts);
                found += map.read(number, number % kKeys) ? 1 : 0;
            }
            must(found == kTimes);
        });
    sample.metric[kValue] = bytes;
    return sample;
}

/* ---- iteration, copies --------------------------------------------------------------------------- */

constexpr uint32_t kItems = 100000;

weft_dict *filled() {
    weft_dict *dict = make_dict(WEFT_DICT_IMMEDIATES);
    for (uint32_t i = 0; i < kItems; i++) {
        weft_ref *value = make_value();
        must(weft_dict_set(attached, dict, weft_dict_of_number(bench_integer(i)), value) ==
             WEFT_DICT_OK);
        weft_ref_decref(attached, value);
    }
    return dict;
}

template <bool kStrict> struct Iterate {
    static constexpr const char *kName = kStrict ? "weft_dict, strict" : "weft_dict, weak";
    static constexpr Family kFamily = kStrict ? Family::kSubject : Family::kBlocking;
    weft_dict *dict = filled();
    uint32_t operator()() {
        weft_dict_iterator iterator;
        weft_dict_key key;
        weft_ref *value;
        uint32_t items = 0;
        must(weft_dict_iterate(attached, dict, kStrict, &iterator) == WEFT_DICT_OK);
        while (weft_dict_next(attached, &iterator, &key, &value) == WEFT_DICT_OK) {
            items++;
            weft_ref_decref(attached, value);
        }
        return items;
    }
};

/* A copy that is dropped again, of so many kinds. */
enum class How : uint8_t { kSnapshot, kSnapshotAndWrite, kCopy };
template <How kHow> struct Copy {
    static constexpr const char *kName = kHow == How::kSnapshot ? "weft_dict, snapshot"
                                         : kHow == How::kCopy
                                             ? "weft_dict, copy"
                                             : "weft_dict, snapshot and one change";
    static constexpr Family kFamily = kHow == How::kSnapshot ? Family::kSubject : Family::kBlocking;
    weft_dict *dict = filled();
    weft_ref *value = make_value();
    uint32_t operator()() {
        weft_dict *into = make_dict(WEFT_DICT_IMMEDIATES);
        must((kHow == How::kCopy ? weft_dict_copy(attached, dict, into)
                                 : weft_dict_snapshot(attached, dict, into)) == WEFT_DICT_OK);
        if (kHow == How::kSnapshotAndWrite) {
            must(weft_dict_set(attached, dict, weft_dict_of_number(bench_integer(7)), value) ==
                 WEFT_DICT_OK);
        }
        weft_ref_decref(attached, &into->head);
        pause();
        return kItems;
    }
};

#if BENCH_PEER_ABSL
template <bool kCopies> struct WholeAbsl {
    absl::flat_hash_map<uint64_t, uint64_t> map;
    WholeAbsl() {
        for (uint32_t i = 0; i < kItems; i++) {
            map[bench_integer(i)] = i;
        }
    }
    uint32_t operator()() {
        if (kCopies) {
            absl::flat_hash_map<uint64_t, uint64_t> copy = map;
            return static_cast<uint32_t>(copy.size());
        }
        uint32_t items = 0;
        for (auto &item : map) {
            auto *at = &item;
            forget(at);
            items++;
        }
        return items;
    }
#else
template <bool kCopies> struct WholeAbsl : Absent {
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
#endif
    static constexpr const char *kName = "absl::flat_hash_map";
    static constexpr Family kFamily = Family::kFloor;
};

template <class Whole> Sample whole(const Work &work) {
    enter();
    Whole run;
    return measure_blocks(work, kItems, [] { pause(); }, [&](uint64_t) { must(run() == kItems); });
}

/* ---- inline caches ------------------------------------------------------------------------------- */

enum class Way : uint8_t { kCachedBorrow, kCachedGet, kCachedMiss, kBorrow, kGet, kMiss };
constexpr const char *kWays[] = {"cached borrow", "cached get", "cached miss",
                                 "borrow",        "get",        "miss by borrow"};
constexpr uint32_t kNames = 64;
constexpr uint32_t kSites = 16;

struct Site {
    weft_dict_key key;
    weft_dict_cache cache;
};

template <Way kWay> bool at_site(weft_thread *self, weft_dict *dict, const Site &site) {
    weft_ref *found = nullptr;
    switch (kWay) {
    case Way::kCachedBorrow:
        return weft_dict_cached_borrow(self, dict, &site.cache) != nullptr;
    case Way::kBorrow:
        return weft_dict_borrow(self, dict, site.key) != nullptr;
    case Way::kCachedMiss:
        return weft_dict_cached_miss(self, dict, &site.cache);
    case Way::kMiss:
        return weft_dict_borrow(self, dict, site.key) == nullptr;
    case Way::kCachedGet:
        found = weft_dict_cached_get(self, dict, &site.cache);
        break;
    default:
        (void)weft_dict_get(self, dict, site.key, &found);
    }
    if (found == nullptr) {
        return false;
    }
    weft_ref_decref(self, found);
    return true;
}

template <Way kWay> Sample cached(const Work &work) {
    constexpr bool kMisses = kWay == Way::kCachedMiss || kWay == Way::kMiss;
    bench_symbols_make(2 * kNames);
    enter();
    weft_dict *dict = make_dict(WEFT_DICT_SYMBOLS);
    for (uint32_t i = 0; i < kNames; i++) {
        must(weft_dict_set(attached, dict, weft_dict_of_symbol(bench_symbols[i]), make_value()) ==
             WEFT_DICT_OK);
    }
    weft_thread_detach(attached);
    Crew crew(work);
    Sample sample = crew.run(UINT32_MAX, [&](unsigned index) {
        enter();
        auto sites = std::make_shared<std::array<Site, kSites>>();
        for (uint32_t i = 0; i < kSites; i++) {
            uint32_t number = (kMisses ? kNames : 0) + (i + index) * 3 % kNames;
            Site &site = (*sites)[i];
            site.key = weft_dict_of_symbol(bench_symbols[number]);
            must(weft_dict_cache_fill(attached, dict, site.key, &site.cache));
        }
        return [sites, dict, self = attached](bool) -> uint64_t {
            for (uint32_t round = 0; round < 4; round++) {
                for (const Site &site : *sites) {
                    weft_dict *here = dict;
                    forget(here);
                    must(at_site<kWay>(self, here, site));
                }
            }
            pause();
            return 0;
        };
    });
    sample.metric[kOpsPerS] *= 4 * kSites;
    sample.metric[kNsPerOp] /= 4 * kSites;
    return sample;
}

/* ---- texts as keys ------------------------------------------------------------------------------- */

/* Texts `from` to `from` + count - 1, each a new object. */
std::vector<Text> texts_from(uint32_t from, uint32_t count) {
    std::vector<Text> texts(count);
    for (uint32_t i = 0; i < count; i++) {
        Text &one = texts[i];
        static const weft_ref immortal = WEFT_REF_IMMORTAL_INIT;
        one.object.head = immortal;
        one.length = static_cast<uint32_t>(
            std::snprintf(one.text.data(), one.text.size(), "nameof_%u", from + i));
        one.hash = (from + i + UINT64_C(1)) * UINT64_C(0xD6E8FEB86659FD93);
        one.hash ^= one.hash >> 29;
    }
    return texts;
}

struct HashOfText {
    size_t operator()(const Text *text) const { return text->hash; }
};
struct SameText {
    bool operator()(const Text *one, const Text *other) const { return same_text(*one, *other); }
};

struct TextsInDict {
    static constexpr const char *kName = "weft_dict, get";
    static constexpr Family kFamily = Family::kSubject;
    weft_dict *dict = make_dict(WEFT_DICT_GENERAL);
    weft_ref *value = make_value();
    void add(const Text &text) {
        must(weft_dict_set(attached, dict, weft_dict_of_object(&text.object.head), value) ==
             WEFT_DICT_OK);
    }
    bool read(const Text &text) {
        weft_ref *found;
        if (weft_dict_get(attached, dict, weft_dict_of_object(&text.object.head), &found) !=
            WEFT_DICT_OK) {
            return false;
        }
        weft_ref_decref(attached, found);
        return true;
    }
};

#if BENCH_PEER_ABSL
struct TextsInAbsl {
    absl::flat_hash_map<const Text *, uint64_t, HashOfText, SameText> map;
    void add(const Text &text) { map[&text] = 1; }
    bool read(const Text &text) { return map.contains(&text); }
#else
struct TextsInAbsl : Absent {
    static constexpr const char *kMissing = BENCH_PEER_ABSL_MISSING;
#endif
    static constexpr const char *kName = "absl::flat_hash_map";
    static constexpr Family kFamily = Family::kFloor;
};

#if BENCH_PEER_TBB
struct TextsInTbb {
    struct Compare {
        static size_t hash(const Text *text) { return text->hash; }
        static bool equal(const Text *one, const Text *other) { return same_text(*one, *other); }
    };
    using Map = tbb::concurrent_hash_map<const Text *, uint64_t, Compare>;
    Map map;
    void add(const Text &text) {
        Map::accessor place;
        map.insert(place, &text);
        place->second = 1;
    }
    bool read(const Text &text) {
        Map::const_accessor found;
        return map.find(found, &text);
    }
#else
struct TextsInTbb : Absent {
    static constexpr const char *kMissing = BENCH_PEER_TBB_MISSING;
#endif
    static constexpr const char *kName = "tbb::concurrent_hash_map";
    static constexpr Family kFamily = Family::kBlocking;
};

template <class Map, uint32_t kSize, bool kHits> Sample texts(const Work &work) {
    enter();
    std::vector<Text> there = texts_from(0, kSize);
    std::vector<Text> asked = texts_from(kHits ? 0 : kSize, kSize);
    Map map;
    for (const Text &text : there) {
        map.add(text);
    }
    uint64_t random = 1;
    return measure_blocks(
        work, kTimes, [] { pause(); },
        [&](uint64_t) {
            uint32_t found = 0;
            for (uint32_t i = 0; i < kTimes; i++) {
                found += map.read(asked[draw(&random, kSize)]) ? 1 : 0;
            }
            must(found == (kHits ? kTimes : 0));
        });
}

/* ---- cases --------------------------------------------------------------------------------------- */

Case one_thread(const char *name, const char *title, const char *about,
                std::vector<Implementation> implementations) {
    Case question;
    question.name = name;
    question.title = title;
    question.about = about;
    question.implementations = std::move(implementations);
    question.threads = {1};
    question.full = {11, 0.1};
    question.plots = {{PlotKind::kBars, kNsPerOp, false}};
    question.full_only = true;
    return question;
}

template <uint32_t kSize, bool kHits> Case texts_case(const char *name, const char *title) {
    return one_thread(
        name, title,
        "Texts that are no symbols, looked up by another object with the same text. The hash is "
        "kept "
        "in the object; equality compares the texts, and is host code to ours.",
        implementations_of<TextsInDict, TextsInAbsl, TextsInTbb>(
            [](auto tag) -> Measure { return texts<typename decltype(tag)::Type, kSize, kHits>; }));
}

Case small_case() {
    Case question =
        one_thread("tiny", "100000 maps of 5 symbols",
                   "One of 5 keys of a map drawn at random. Memory: by map, its object included, "
                   "values and symbols not.",
                   implementations_of<Small<false>, Small<true>, SmallAbsl>(
                       [](auto tag) -> Measure { return small<typename decltype(tag)::Type>; }));
    question.value_name = "memory by map";
    question.value_unit = "B";
    question.columns = {kNsPerOp, kValue};
    return question;
}

template <Way kWay> Implementation cache_row() {
    return {kWays[static_cast<size_t>(kWay)],
            kWay == Way::kCachedBorrow ? Family::kSubject : Family::kBlocking, cached<kWay>, ""};
}

Case cache_case() {
    Case question = one_thread(
        "caches", "hits and misses of inline caches",
        "16 places in a program, each with its own key of a dict of 64 symbols and its own "
        "cache, beside look-ups of the same keys. Made by a thread that sleeps.",
        {cache_row<Way::kCachedBorrow>(), cache_row<Way::kCachedGet>(),
         cache_row<Way::kCachedMiss>(), cache_row<Way::kBorrow>(), cache_row<Way::kGet>(),
         cache_row<Way::kMiss>()});
    question.threads = {1, 2, 8};
    question.plots = {{PlotKind::kThreads, kOpsPerS, false}};
    return question;
}

} // namespace

std::vector<Case> dict_cases() {
    return {
        texts_case<1000, true>("texts_1e3", "hits, 1000 texts"),
        texts_case<100000, true>("texts_1e5", "hits, 100000 texts"),
        texts_case<100000, false>("texts_miss_1e5", "misses, 100000 texts"),
        small_case(),
        one_thread("iteration", "a walk through 100000 items",
                   "CPU time of an item. Ours counts the value and drops it again.",
                   implementations_of<Iterate<true>, Iterate<false>, WholeAbsl<false>>(
                       [](auto tag) -> Measure { return whole<typename decltype(tag)::Type>; })),
        one_thread("copies", "copies of a map of 100000 integers, made and dropped",
                   "CPU time by item of the map. A snapshot takes the same time for any number of "
                   "items; the first change behind it copies the table.",
                   implementations_of<Copy<How::kSnapshot>, Copy<How::kSnapshotAndWrite>,
                                      Copy<How::kCopy>, WholeAbsl<true>>(
                       [](auto tag) -> Measure { return whole<typename decltype(tag)::Type>; })),
        cache_case(),
    };
}

} // namespace weft_bench
