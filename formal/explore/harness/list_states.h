/* list_states.h: what a list of numbers would be after each of the changes that the harnesses of lists name by a letter (list_pair.c). */
#ifndef WEFT_HARNESS_LIST_STATES_H
#define WEFT_HARNESS_LIST_STATES_H

#define MOST 12

typedef struct state {
    int values[MOST];
    int count;
} state;

static void put(state *at, int index, int value) {
    for (int i = at->count++; i > index; i--) {
        at->values[i] = at->values[i - 1];
    }
    at->values[index] = value;
}

static void take(state *at, int index) {
    at->count--;
    for (int i = index; i < at->count; i++) {
        at->values[i] = at->values[i + 1];
    }
}

static void sort_values(state *at) {
    for (int i = 1; i < at->count; i++) {
        for (int j = i; j > 0 && at->values[j - 1] < at->values[j]; j--) {
            int moved = at->values[j];
            at->values[j] = at->values[j - 1];
            at->values[j - 1] = moved;
        }
    }
}

static void foresee(state *at, char change, int value) {
    switch (change) {
    case 'a':
    case 'x':
    case 'k':
        put(at, at->count, value);
        break;
    case 'X':
        put(at, at->count, value);
        put(at, at->count, value + 1);
        break;
    case 'i':
        put(at, 0, value);
        break;
    case 'p':
    case 't':
        take(at, at->count - 1);
        break;
    case 'f':
    case 'F':
        take(at, 0);
        break;
    case 'd':
    case 'T':
        take(at, 1);
        break;
    case 's':
        at->values[0] = value;
        break;
    case 'S':
        at->values[1] = value;
        break;
    case 'r':
        for (int i = 0; i < at->count / 2; i++) {
            int moved = at->values[i];
            at->values[i] = at->values[at->count - 1 - i];
            at->values[at->count - 1 - i] = moved;
        }
        break;
    case 'o':
        sort_values(at);
        break;
    case 'D':
        take(at, 0);
        take(at, 0);
        break;
    case 'E':
        for (int i = 0; i < at->count; i++) {
            take(at, i);
        }
        break;
    case 'z':
        at->values[0] = value + 1;
        put(at, 0, value);
        break;
    case 'N':
        at->count = 0;
        put(at, 0, value);
        break;
    case 'c':
        at->count = 0;
        break;
    default:
        break;
    }
}

#endif /* WEFT_HARNESS_LIST_STATES_H */
