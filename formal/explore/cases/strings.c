/* expect: 0 safe */
/* The string functions that are modelled do what they do. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char *volatile text = malloc(40);
    char more[40];
    strcpy(text, "one");
    strcat(text, " two");
    strncat(text, " three", 3);
    assert(strlen(text) == 10 && strcmp(text, "one two th") == 0 && strncmp(text, "one+", 3) == 0);
    assert(strchr(text, 't') == text + 4 && strrchr(text, 't') == text + 8 &&
           strstr(text, "two") == text + 4);
    assert(snprintf(more, 9, "%s %d %c %5.2f", text, 3, 'x', 1.5) == 20 &&
           strcmp(more, "one two ") == 0);
    assert(sprintf(more, "%.*s|%3d|%lu", 3, text, -4, 7ul) == 9 && strcmp(more, "one| -4|7") == 0);
    char *end;
    assert(strtol("12x", &end, 10) == 12 && *end == 'x' && atoi("42") == 42);
    assert(memcmp(text, "one", 3) == 0 && memchr(text, 'w', 10) == text + 5);
    char *copy = strdup(text);
    assert(strcmp(copy, text) == 0 && strnlen(copy, 4) == 4);
    strncpy(more, "ab", 5);
    assert(more[4] == 0);
    free(copy);
    free(text);
    return 0;
}
