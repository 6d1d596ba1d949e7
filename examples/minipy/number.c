/* number.c: ints, of any size, and floats. Small ints never get here on the VM's fast ways; the rest is GMP's. */
#include <errno.h>
#include <stdlib.h>

#include "object.h"

/* ---- making and taking apart --------------------------------------------------------------------- */

/* The value of z, which is cleared. */
value int_from_mpz(vm *t, mpz_t z) {
    if (mpz_fits_slong_p(z) && int_fits(mpz_get_si(z))) {
        value v = from_int32(mpz_get_si(z));
        mpz_clear(z);
        return v;
    }
    big *b = (big *)object_new(t, sizeof *b, T_BIG);
    if (b == NULL) {
        mpz_clear(z);
        return NIL;
    }
    *b->z = *z;
    return from_ref(b);
}

value int_big(vm *t, int64_t number) {
    mpz_t z;
    mpz_init_set_si(z, number);
    return int_from_mpz(t, z);
}

value int_from_double(vm *t, double number) {
    if (isnan(number)) {
        return raise(t, T_ValueError, "cannot convert float NaN to integer");
    }
    if (isinf(number)) {
        return raise(t, T_OverflowError, "cannot convert float infinity to integer");
    }
    if (fabs(number) < 1e15) {
        return int_new(t, (int64_t)number);
    }
    mpz_t z;
    mpz_init_set_d(z, number);
    return int_from_mpz(t, z);
}

bool is_integer(value v) {
    return is_int(v) || is_a(v, T_BIG) || v == TRUE || v == FALSE;
}
bool is_number(value v) {
    return is_float(v) || is_integer(v);
}

/* bool as int. */
static value plain(value v) {
    return v == TRUE ? from_small(1) : v == FALSE ? from_int32(0) : v;
}

bool as_int64(value v, int64_t *number) {
    v = plain(v);
    if (is_int(v)) {
        *number = int_of(v);
        return true;
    }
    if (is_a(v, T_BIG) && mpz_fits_slong_p(AS(big, v)->z)) {
        *number = mpz_get_si(AS(big, v)->z);
        return true;
    }
    return false;
}

bool as_index(vm *t, value v, int64_t *number, bool clamp) {
    if (is_int(v)) {
        *number = int_of(v);
        return true;
    }
    if (as_int64(v, number)) {
        return true;
    }
    if (is_a(v, T_BIG)) {
        if (clamp) {
            *number = mpz_sgn(AS(big, v)->z) < 0 ? INT64_MIN / 2 : INT64_MAX / 2;
            return true;
        }
        (void)raise(t, T_IndexError, "cannot fit 'int' into an index-sized integer");
        return false;
    }
    value index = try_special(t, v, NAME(index), 0, NULL);
    if (index == NIL) {
        if (t->raised == NIL) {
            (void)raise(t, T_TypeError, "'%s' object cannot be interpreted as an integer",
                        type_name(t, v));
        }
        return false;
    }
    bool done = is_integer(index) && as_index(t, index, number, clamp);
    if (!done && t->raised == NIL) {
        (void)raise(t, T_TypeError, "__index__ returned non-int (type %s)", type_name(t, index));
    }
    decref(t, index);
    return done;
}

/* To the nearest, ties to even: the upper 64 bits, the last of them sticky. */
static double mpz_to_double(mpz_srcptr z) {
    size_t bits = mpz_sizeinbase(z, 2);
    if (bits <= 53) {
        return mpz_get_d(z);
    }
    if (bits > 1025) {
        return mpz_sgn(z) < 0 ? -INFINITY : INFINITY;
    }
    mpz_t top;
    mpz_init(top);
    mpz_abs(top, z);
    bool sticky = bits > 64 && mpz_scan1(top, 0) < bits - 64;
    if (bits > 64) {
        mpz_tdiv_q_2exp(top, top, bits - 64);
    }
    uint64_t word = mpz_get_ui(top) | sticky;
    mpz_clear(top);
    double number = ldexp((double)word, bits > 64 ? (int)(bits - 64) : 0);
    return mpz_sgn(z) < 0 ? -number : number;
}

bool as_double(vm *t, value v, double *number) {
    v = plain(v);
    if (is_float(v)) {
        *number = float_of(v);
    } else if (is_int(v)) {
        *number = (double)int_of(v);
    } else if (is_a(v, T_BIG)) {
        *number = mpz_to_double(AS(big, v)->z);
        if (isinf(*number)) {
            (void)raise(t, T_OverflowError, "int too large to convert to float");
            return false;
        }
    } else {
        value made = try_special(t, v, NAME(float_), 0, NULL);
        bool by_index = made == NIL && t->raised == NIL;
        made = by_index ? try_special(t, v, NAME(index), 0, NULL) : made;
        if (made == NIL) {
            if (t->raised == NIL) {
                (void)raise(t, T_TypeError, "must be real number, not %s", type_name(t, v));
            }
            return false;
        }
        bool fine = by_index ? is_integer(made) : is_float(made);
        if (!fine) {
            (void)raise(t, T_TypeError, "%s.__float__ returned non-float (type %s)",
                        type_name(t, v), type_name(t, made));
        }
        fine = fine && as_double(t, made, number);
        decref(t, made);
        return fine;
    }
    return true;
}

/* An int as GMP has it; `room` is used for a small one. int_mpz_end in any case. */
static mpz_srcptr int_mpz(value v, mpz_t room) {
    v = plain(v);
    if (is_int(v)) {
        mpz_init_set_si(room, int_of(v));
        return room;
    }
    mpz_init(room);
    return AS(big, v)->z;
}

/* ---- text ---------------------------------------------------------------------------------------- */

value int_parse(vm *t, const char *digits, size_t length, int base) {
    char *copy = NULL;
    size_t room = 0;
    size_t count = 0;
    copy = (char *)grow_array(copy, length + 1, &room, 1);
    for (size_t i = 0; i < length; i++) {
        if (digits[i] != '_') {
            copy[count++] = digits[i];
        }
    }
    copy[count] = '\0';
    value result = NIL;
    int64_t limit = (int64_t)weft_load_relaxed_u64(&t->rt->digits_limit);
    if (base == 10 && (int64_t)count > limit && limit > 0) {
        (void)raise(t, T_ValueError,
                    "Exceeds the limit (%lld digits) for integer string conversion: value has %zu "
                    "digits; use sys.set_int_max_str_digits() to increase the limit",
                    (long long)limit, count);
    } else if (count < 15 && base <= 10) {
        result = from_int32(strtoll(copy, NULL, base));
    } else {
        mpz_t z;
        mpz_init(z);
        (void)mpz_set_str(z, copy + (*copy == '+'), base);
        result = int_from_mpz(t, z);
    }
    free(copy);
    return result;
}

value int_to_str(vm *t, value v, int base) {
    v = plain(v);
    if (is_int(v) && base == 10) {
        char text[24];
        int length = snprintf(text, sizeof text, "%lld", (long long)int_of(v));
        return str_new(t, text, (size_t)length);
    }
    mpz_t room;
    mpz_srcptr z = int_mpz(v, room);
    size_t size = mpz_sizeinbase(z, base);
    value result = NIL;
    int64_t limit = (int64_t)weft_load_relaxed_u64(&t->rt->digits_limit);
    if (base == 10 && limit > 0 && (int64_t)size > limit + 1) {
        (void)raise(t, T_ValueError,
                    "Exceeds the limit (%lld digits) for integer string conversion; use "
                    "sys.set_int_max_str_digits() to increase the limit",
                    (long long)limit);
    } else {
        char *text = mpz_get_str(NULL, base, z);
        result = str_of(t, text);
        free(text);
    }
    mpz_clear(room);
    return result;
}

/* The shortest digits that read back the same, as Python writes them. */
void float_repr_into(char *into, double number) {
    char text[40];
    char digits[24];
    if (isnan(number) || isinf(number)) {
        const char *name = isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
        memcpy(into, name, strlen(name) + 1);
        return;
    }
    int places = fabs(number) < 2.3e-308 ? 0 : 14;
    do {
        (void)snprintf(text, sizeof text, "%.*e", places, number);
    } while (strtod(text, NULL) != number && ++places < 17);
    char *e = strchr(text, 'e');
    int exponent = (int)strtol(e + 1, NULL, 10);
    int count = 0;
    for (const char *c = text; c < e; c++) {
        if (*c >= '0' && *c <= '9') {
            digits[count++] = *c;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    digits[count] = '\0';
    const char *sign = *text == '-' ? "-" : "";
    if (exponent < -4 || exponent >= 16) {
        (void)sprintf(into, "%s%c%s%se%+03d", sign, digits[0], count > 1 ? "." : "", digits + 1,
                      exponent);
    } else if (exponent < 0) {
        (void)sprintf(into, "%s0.%.*s%s", sign, -exponent - 1, "0000", digits);
    } else if (count <= exponent + 1) {
        (void)sprintf(into, "%s%s%.*s.0", sign, digits, exponent + 1 - count, "0000000000000000");
    } else {
        (void)sprintf(into, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
    }
}

value float_repr(vm *t, double number) {
    char text[40];
    float_repr_into(text, number);
    return str_of(t, text);
}

/* ---- arithmetic ---------------------------------------------------------------------------------- */

static value zero_division(vm *t, int op, bool floats) {
    if (op == OP_DIV) {
        return raise(t, T_ZeroDivisionError,
                     floats ? "float division by zero" : "division by zero");
    }
    if (op == OP_MOD) {
        return raise(t, T_ZeroDivisionError, floats ? "float modulo" : "integer modulo by zero");
    }
    return raise(t, T_ZeroDivisionError,
                 floats ? "float floor division by zero" : "integer division or modulo by zero");
}

static double float_mod(double a, double b) {
    double mod = fmod(a, b);
    if (mod != 0) {
        return (mod < 0) != (b < 0) ? mod + b : mod;
    }
    return copysign(0.0, b);
}

static double float_floordiv(double a, double b) {
    double mod = fmod(a, b);
    double div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) {
        div -= 1.0;
    }
    if (div == 0) {
        return copysign(0.0, a / b);
    }
    double floored = floor(div);
    return div - floored > 0.5 ? floored + 1.0 : floored;
}

static value float_power(vm *t, double a, double b) {
    if (a == 0 && b < 0) {
        return raise(t, T_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    }
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b)) {
        return raise(t, T_NotImplementedError,
                     "minipy: complex numbers (a negative number raised "
                     "to a fractional power)");
    }
    double result = pow(a, b);
    if (isinf(result) && isfinite(a) && isfinite(b)) {
        return raise(t, T_OverflowError, "(34, 'Numerical result out of range')");
    }
    return from_float(result);
}

static value float_binary(vm *t, int op, double a, double b) {
    switch (op) {
    case OP_ADD:
        return from_float(a + b);
    case OP_SUB:
        return from_float(a - b);
    case OP_MUL:
        return from_float(a * b);
    case OP_POW:
        return float_power(t, a, b);
    case OP_DIV:
    case OP_FLOORDIV:
    case OP_MOD:
        if (b == 0) {
            return zero_division(t, op, true);
        }
        return from_float(op == OP_DIV   ? a / b
                          : op == OP_MOD ? float_mod(a, b)
                                         : float_floordiv(a, b));
    default:
        return keep(t, NOT_IMPLEMENTED);
    }
}

/* a / b to the nearest: 64 bits or more of the quotient, the last sticky. */
static value divide_big(vm *t, mpz_srcptr a, mpz_srcptr b) {
    if (mpz_sgn(a) == 0) {
        return from_float(mpz_sgn(b) < 0 ? -0.0 : 0.0);
    }
    int64_t shift = 66 - ((int64_t)mpz_sizeinbase(a, 2) - (int64_t)mpz_sizeinbase(b, 2));
    mpz_t top, rest;
    mpz_init(top);
    mpz_init(rest);
    if (shift >= 0) {
        mpz_mul_2exp(top, a, (mp_bitcnt_t)shift);
        mpz_tdiv_qr(top, rest, top, b);
    } else {
        mpz_mul_2exp(rest, b, (mp_bitcnt_t)-shift);
        mpz_tdiv_qr(top, rest, a, rest);
    }
    if (mpz_sgn(rest) != 0 && mpz_even_p(top)) {
        mpz_add_ui(top, top, mpz_sgn(top) >= 0);
        if (mpz_even_p(top)) {
            mpz_sub_ui(top, top, 1);
        }
    }
    /* Subnormal results have fewer bits: round once, there. */
    int64_t exponent = (int64_t)mpz_sizeinbase(top, 2) - shift;
    if (exponent < -1021 && mpz_sgn(top) != 0) {
        mp_bitcnt_t cut = (mp_bitcnt_t)(-1021 - exponent);
        bool sticky = mpz_scan1(top, 0) < cut;
        mpz_tdiv_q_2exp(top, top, cut);
        if (sticky && mpz_even_p(top)) {
            mpz_add_ui(top, top, 1);
        }
        shift -= (int64_t)cut;
    }
    double number = mpz_to_double(top);
    mpz_clear(top);
    mpz_clear(rest);
    double result = shift > 2000 ? ldexp(ldexp(number, -1000), (int)(1000 - shift))
                                 : ldexp(number, (int)-shift);
    if (isinf(result)) {
        return raise(t, T_OverflowError, "integer division result too large for a float");
    }
    return from_float(result);
}

static value big_power(vm *t, mpz_srcptr a, mpz_srcptr b, value va, value vb) {
    if (mpz_sgn(b) < 0) {
        double x;
        double y;
        if (!as_double(t, va, &x) || !as_double(t, vb, &y)) {
            return NIL;
        }
        return float_power(t, x, y);
    }
    bool tiny = mpz_cmpabs_ui(a, 1) <= 0;
    if (!tiny &&
        (!mpz_fits_ulong_p(b) || (double)mpz_get_ui(b) * (double)mpz_sizeinbase(a, 2) > 4e10)) {
        return raise_memory(t);
    }
    mpz_t z;
    mpz_init(z);
    unsigned long exponent = !tiny ? mpz_get_ui(b) : mpz_sgn(b) == 0 ? 0 : mpz_odd_p(b) ? 1 : 2;
    mpz_pow_ui(z, a, exponent);
    return int_from_mpz(t, z);
}

static value big_shift(vm *t, int op, mpz_srcptr a, mpz_srcptr b) {
    if (mpz_sgn(b) < 0) {
        return raise(t, T_ValueError, "negative shift count");
    }
    mpz_t z;
    mpz_init(z);
    if (op == OP_RSHIFT) {
        mpz_fdiv_q_2exp(z, a, mpz_fits_ulong_p(b) ? mpz_get_ui(b) : UINT64_MAX / 2);
    } else if (mpz_sgn(a) != 0) {
        if (!mpz_fits_ulong_p(b) || mpz_get_ui(b) > UINT64_C(1) << 36) {
            mpz_clear(z);
            return raise(t, T_OverflowError, "too many digits in integer");
        }
        mpz_mul_2exp(z, a, mpz_get_ui(b));
    }
    return int_from_mpz(t, z);
}

static value big_binary(vm *t, int op, value va, value vb) {
    mpz_t room_a, room_b, z;
    mpz_srcptr a = int_mpz(va, room_a);
    mpz_srcptr b = int_mpz(vb, room_b);
    value result = NIL;
    if ((op == OP_DIV || op == OP_FLOORDIV || op == OP_MOD) && mpz_sgn(b) == 0) {
        (void)zero_division(t, op, false);
    } else if (op == OP_DIV) {
        result = divide_big(t, a, b);
    } else if (op == OP_POW) {
        result = big_power(t, a, b, va, vb);
    } else if (op == OP_LSHIFT || op == OP_RSHIFT) {
        result = big_shift(t, op, a, b);
    } else if (op == OP_MATMUL) {
        result = NOT_IMPLEMENTED;
    } else {
        static void (*const FUNCTIONS[])(mpz_ptr, mpz_srcptr, mpz_srcptr) = {
            [OP_ADD] = mpz_add,         [OP_SUB] = mpz_sub,    [OP_MUL] = mpz_mul,
            [OP_FLOORDIV] = mpz_fdiv_q, [OP_MOD] = mpz_fdiv_r, [OP_AND] = mpz_and,
            [OP_XOR] = mpz_xor,         [OP_OR] = mpz_ior};
        mpz_init(z);
        FUNCTIONS[op](z, a, b);
        result = int_from_mpz(t, z);
    }
    mpz_clear(room_a);
    mpz_clear(room_b);
    return result;
}

static value small_binary(vm *t, int op, int64_t a, int64_t b) {
    int64_t result;
    switch (op) {
    case OP_ADD:
        return int_new(t, a + b);
    case OP_SUB:
        return int_new(t, a - b);
    case OP_MUL:
        if (!__builtin_mul_overflow(a, b, &result)) {
            return int_new(t, result);
        }
        break;
    case OP_DIV:
        if (b != 0) {
            return from_float((double)a / (double)b);
        }
        break;
    case OP_FLOORDIV:
        if (b != 0) {
            result = a / b;
            return int_new(t, result - (a % b != 0 && (a < 0) != (b < 0)));
        }
        break;
    case OP_MOD:
        if (b != 0) {
            result = a % b;
            return int_new(t, result != 0 && (a < 0) != (b < 0) ? result + b : result);
        }
        break;
    case OP_AND:
        return int_new(t, a & b);
    case OP_XOR:
        return int_new(t, a ^ b);
    case OP_OR:
        return int_new(t, a | b);
    case OP_RSHIFT:
        if (b >= 0) {
            return int_new(t, a >> (b < 63 ? b : 63));
        }
        break;
    case OP_LSHIFT:
        if (b >= 0 && b < 64 - INT_BITS) {
            return int_new(t, (int64_t)((uint64_t)a << b));
        }
        break;
    default:
        break;
    }
    return big_binary(t, op, from_int32(a), from_int32(b));
}

value number_binary(vm *t, int op, value a, value b) {
    if (!is_number(a) || !is_number(b)) {
        return NOT_IMPLEMENTED;
    }
    if ((op == OP_AND || op == OP_OR || op == OP_XOR) && exact_type(a) == T_BOOL &&
        exact_type(b) == T_BOOL) {
        bool x = a == TRUE;
        bool y = b == TRUE;
        return from_bool(op == OP_AND ? x && y : op == OP_OR ? x || y : x != y);
    }
    a = plain(a);
    b = plain(b);
    if (both_int(a, b)) {
        return small_binary(t, op, int_of(a), int_of(b));
    }
    if (is_float(a) || is_float(b)) {
        double x;
        double y;
        if (op >= OP_LSHIFT) {
            return NOT_IMPLEMENTED;
        }
        return as_double(t, a, &x) && as_double(t, b, &y) ? float_binary(t, op, x, y) : NIL;
    }
    return big_binary(t, op, a, b);
}

value number_power_mod(vm *t, value base, value exponent, value modulus) {
    if (!is_integer(base) || !is_integer(exponent) || !is_integer(modulus)) {
        return is_number(base) && is_number(exponent) && is_number(modulus)
                   ? raise(t, T_TypeError,
                           "pow() 3rd argument not allowed unless all arguments are integers")
                   : raise(t, T_TypeError,
                           "unsupported operand type(s) for ** or pow(): '%s', '%s', '%s'",
                           type_name(t, base), type_name(t, exponent), type_name(t, modulus));
    }
    mpz_t room[3], z;
    mpz_srcptr b = int_mpz(base, room[0]);
    mpz_srcptr e = int_mpz(exponent, room[1]);
    mpz_srcptr m = int_mpz(modulus, room[2]);
    mpz_init(z);
    value result = NIL;
    if (mpz_sgn(m) == 0) {
        (void)raise(t, T_ValueError, "pow() 3rd argument cannot be 0");
    } else if (mpz_sgn(e) < 0 && mpz_invert(z, b, m) == 0) {
        (void)raise(t, T_ValueError, "base is not invertible for the given modulus");
    } else {
        mpz_powm(z, b, e, m);
        if (mpz_sgn(m) < 0 && mpz_sgn(z) > 0) {
            mpz_add(z, z, m);
        }
        mpz_t copy;
        mpz_init_set(copy, z);
        result = int_from_mpz(t, copy);
    }
    mpz_clear(z);
    for (int i = 0; i < 3; i++) {
        mpz_clear(room[i]);
    }
    return result;
}

value number_unary(vm *t, char op, value v) {
    v = plain(v);
    if (is_float(v)) {
        double number = float_of(v);
        if (op == '~') {
            return raise(t, T_TypeError, "bad operand type for unary ~: 'float'");
        }
        return from_float(op == '-' ? -number : op == 'a' ? fabs(number) : number);
    }
    if (is_int(v)) {
        int64_t number = int_of(v);
        bool negate = op == '-' || (op == 'a' && number < 0);
        return int_new(t, op == '~' ? ~number : negate ? -number : number);
    }
    mpz_t z;
    mpz_init(z);
    mpz_srcptr of = AS(big, v)->z;
    op == '-'   ? mpz_neg(z, of)
    : op == '~' ? mpz_com(z, of)
    : op == 'a' ? mpz_abs(z, of)
                : mpz_set(z, of);
    return int_from_mpz(t, z);
}

static int sign_of(int comparison) {
    return (comparison > 0) - (comparison < 0);
}

int number_compare(value a, value b) {
    a = plain(a);
    b = plain(b);
    if (both_int(a, b)) {
        return (int_of(a) > int_of(b)) - (int_of(a) < int_of(b));
    }
    if (is_float(a) && is_float(b)) {
        double x = float_of(a);
        double y = float_of(b);
        return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;
    }
    if (is_float(a)) {
        int other = number_compare(b, a);
        return other == 2 ? 2 : -other;
    }
    mpz_t room;
    mpz_srcptr z = int_mpz(a, room);
    int result;
    if (is_float(b)) {
        double y = float_of(b);
        result = isnan(y) ? 2 : isinf(y) ? (y > 0 ? -1 : 1) : sign_of(mpz_cmp_d(z, y));
    } else if (is_int(b)) {
        result = sign_of(mpz_cmp_si(z, int_of(b)));
    } else {
        result = sign_of(mpz_cmp(z, AS(big, b)->z));
    }
    mpz_clear(room);
    return result;
}

bool number_is_zero(value v) {
    v = plain(v);
    return is_int(v) ? int_of(v) == 0 : is_float(v) && float_of(v) == 0;
}

/* Python's: ints modulo 2^61 - 1; a float that is an int has that one's. */
uint64_t number_hash(value v) {
    v = plain(v);
    if (is_float(v)) {
        double number = float_of(v);
        if (!isfinite(number)) {
            return isnan(number) ? 0 : number > 0 ? 314159 : (uint64_t)-314159;
        }
        if (number != floor(number)) {
            /* As Python does it: 28 bits at a time, modulo 2^61 - 1. */
            int exponent;
            double m = frexp(fabs(number), &exponent);
            uint64_t x = 0;
            const uint64_t modulus = (UINT64_C(1) << 61) - 1;
            while (m != 0) {
                x = ((x << 28) & modulus) | x >> 33;
                m *= 268435456.0;
                exponent -= 28;
                uint64_t part = (uint64_t)m;
                m -= (double)part;
                x += part;
                x = x >= modulus ? x - modulus : x;
            }
            exponent = exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61;
            x = ((x << exponent) & modulus) | x >> (61 - exponent);
            return number < 0 ? (uint64_t)-(int64_t)x : x;
        }
        mpz_t z;
        mpz_init_set_d(z, number);
        uint64_t hash = mpz_tdiv_ui(z, (UINT64_C(1) << 61) - 1);
        mpz_clear(z);
        return number < 0 ? (uint64_t)-(int64_t)hash : hash;
    }
    if (is_int(v)) {
        return (uint64_t)int_of(v);
    }
    uint64_t hash = mpz_tdiv_ui(AS(big, v)->z, (UINT64_C(1) << 61) - 1);
    return mpz_sgn(AS(big, v)->z) < 0 ? (uint64_t)-(int64_t)hash : hash;
}

value number_round(vm *t, value v, value digits) {
    int64_t places = 0;
    bool whole = digits == NIL || digits == NONE;
    if (!whole && !as_index(t, digits, &places, true)) {
        return NIL;
    }
    if (is_float(v)) {
        double number = float_of(v);
        if (whole) {
            return int_from_double(t, isfinite(number) ? nearbyint(number) : number);
        }
        if (!isfinite(number) || places > 323) {
            return v;
        }
        if (places < -308) {
            return from_float(copysign(0.0, number));
        }
        char text[700];
        if (places >= 0) {
            (void)snprintf(text, sizeof text, "%.*f", (int)places, number);
            return from_float(strtod(text, NULL));
        }
        double unit = pow(10, (double)-places);
        return from_float(nearbyint(number / unit) * unit);
    }
    if (whole || places >= 0) {
        return keep(t, plain(v));
    }
    mpz_t room, unit, half;
    mpz_srcptr z = int_mpz(v, room);
    mpz_init(unit);
    mpz_init(half);
    mpz_ui_pow_ui(unit, 10, (unsigned long)-places);
    mpz_fdiv_r(half, z, unit); /* the rest */
    mpz_t low;
    mpz_init(low);
    mpz_sub(low, z, half);
    mpz_mul_2exp(half, half, 1);
    int side = mpz_cmp(half, unit);
    mpz_fdiv_q(half, low, unit);
    if (side > 0 || (side == 0 && mpz_odd_p(half))) {
        mpz_add(low, low, unit);
    }
    mpz_clear(unit);
    mpz_clear(half);
    mpz_clear(room);
    return int_from_mpz(t, low);
}

/* ---- methods ------------------------------------------------------------------------------------- */

BUILTIN(int_bit_length) {
    value v = plain(args[0]);
    mpz_t room;
    mpz_srcptr z = int_mpz(v, room);
    size_t bits = mpz_sgn(z) == 0 ? 0 : mpz_sizeinbase(z, 2);
    mpz_clear(room);
    return int_new(t, (int64_t)bits);
}

BUILTIN(int_bit_count) {
    mpz_t room, z;
    mpz_init(z);
    mpz_abs(z, int_mpz(args[0], room));
    value result = int_new(t, (int64_t)mpz_popcount(z));
    mpz_clear(room);
    mpz_clear(z);
    return result;
}

BUILTIN(float_is_integer) {
    double number = float_of(args[0]);
    return from_bool(isfinite(number) && number == floor(number));
}

const builtin_def int_methods[] = {
    {"bit_length", int_bit_length, "self"}, {"bit_count", int_bit_count, "self"}, {0}};
const builtin_def float_methods[] = {{"is_integer", float_is_integer, "self"}, {0}};
