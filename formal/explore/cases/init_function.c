/* expect: 2 code that runs when it is loaded */
static int v;
void _init(void) {
    v = 1;
}
int main(void) {
    return v;
}
