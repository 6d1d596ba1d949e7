/* expect: 0 safe */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

int main(void) {
    errno = 0;
    assert(strtol("12", NULL, 10) == 12 && errno == 0);
    assert(strtol("99999999999999999999", NULL, 10) == LONG_MAX && errno == ERANGE);
    errno = 0;
    assert(strtoul("99999999999999999999", NULL, 10) == ULONG_MAX && errno == ERANGE);
    return 0;
}
