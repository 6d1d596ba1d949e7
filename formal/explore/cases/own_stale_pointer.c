/* expect: 0 safe */
/* What is not seen (README.md): the thread whose stack it is uses a pointer to a frame that is gone where another one lies. */
static int *volatile gone;
__attribute__((noinline)) static void set(int *to) {
    *to = 1;
}
__attribute__((noinline)) static void leave(void) {
    int mine[64];
    set(&mine[16]);
    gone = &mine[16];
}
__attribute__((noinline)) static int use(void) {
    int own[64];
    set(own);
    *(volatile int *)gone = 2;
    return own[0];
}
int main(void) {
    leave();
    return use() != 1;
}
