#include "linearize_dict.h"

#include <stdio.h>
#include <string.h>

static size_t place_of(const linearize_dict *dict, int64_t key) {
    size_t place = 0;
    while (place < dict->count && dict->keys[place] != key) {
        place++;
    }
    return place;
}

static int64_t take(linearize_dict *dict, size_t place) {
    if (place >= dict->count) {
        return -1;
    }
    int64_t taken = (int64_t)dict->keys[place] * 65536 + dict->values[place];
    for (size_t i = place; i + 1 < dict->count; i++) {
        dict->keys[i] = dict->keys[i + 1];
        dict->values[i] = dict->values[i + 1];
    }
    dict->count--;
    dict->keys[dict->count] = 0;
    dict->values[dict->count] = 0;
    return taken;
}

static void put(linearize_dict *dict, int64_t key, int64_t value) {
    size_t place = place_of(dict, key);
    if (place == dict->count) {
        dict->keys[dict->count++] = (uint16_t)key;
    }
    dict->values[place] = (uint16_t)value;
}

static int64_t at(const linearize_dict *dict, int64_t key) {
    size_t place = place_of(dict, key);
    return place == dict->count ? -1 : dict->values[place];
}

static int64_t sum(const linearize_dict *dict) {
    int64_t total = 0;
    for (size_t i = 0; i < dict->count; i++) {
        total += linearize_dict_weight(i, dict->keys[i], dict->values[i]);
    }
    return total;
}

static int64_t answer(linearize_dict *dict, const linearize_call *call) {
    int64_t there = at(dict, call->first);
    switch (call->kind) {
    case LINEARIZE_DICT_GET:
        return there;
    case LINEARIZE_DICT_SET:
        put(dict, call->first, call->second);
        return 0;
    case LINEARIZE_DICT_DEFAULT:
        if (there < 0) {
            put(dict, call->first, call->second);
        }
        return at(dict, call->first);
    case LINEARIZE_DICT_DELETE:
        return take(dict, place_of(dict, call->first)) < 0 ? -1 : 0;
    case LINEARIZE_DICT_POP:
        (void)take(dict, place_of(dict, call->first));
        return there;
    case LINEARIZE_DICT_LAST:
        return take(dict, dict->count == 0 ? 0 : dict->count - 1U);
    case LINEARIZE_DICT_FIRST:
        return take(dict, 0);
    case LINEARIZE_DICT_CLEAR:
        memset(dict, 0, sizeof *dict);
        return 0;
    default:
        return sum(dict);
    }
}

static bool apply(void *state, const linearize_call *call) {
    return answer(state, call) == call->result;
}

static void print(const linearize_call *call, char *text, size_t size) {
    static const char *const NAMES[LINEARIZE_DICT_KINDS] = {
        "get", "set", "set default", "delete", "pop", "pop last", "pop first", "clear", "sum",
    };
    (void)snprintf(text, size, "%s %lld %lld -> %lld", NAMES[call->kind], (long long)call->first,
                   (long long)call->second, (long long)call->result);
}

const linearize_model linearize_dict_model = {sizeof(linearize_dict), apply, print};
