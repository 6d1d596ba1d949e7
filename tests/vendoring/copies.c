/* Two copies of the library in one program, each with its user. */
int first(void);
int second(void);

int main(void) {
    return first() && second() ? 0 : 1;
}
