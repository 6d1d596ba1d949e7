/* expect: 1 use after return */
static int *volatile gone;
__attribute__((noinline)) static void leave(void) {
    volatile int local[4];
    local[0] = 1;
    gone = (int *)local;
}
int main(void) {
    leave();
    *(volatile int *)gone = 2;
    return 0;
}
