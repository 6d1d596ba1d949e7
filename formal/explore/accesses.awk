# accesses.awk: puts a call in front of every instruction of an x86-64 assembly file (AT&T syntax) that reads or writes memory.
#
# -fsanitize=thread tells of most plain accesses by itself, but not of structs passed and returned by value, of memory functions
# that the compiler expands, of code that asks not to be instrumented. What an instruction does to memory is told here, so nothing
# that the compiler leaves in the object code is unseen. The call (hooks.S) returns at once if the access was announced already.
#
# What is not understood goes to the file named by the variable refused, a line each: then there is no verdict. So does what touches
# memory without naming it, or the world, or is not the same twice, and what runs before main. Inline assembly is taken for harmless
# only if it does nothing but compute in registers. Clang does not say where assembly outside of functions begins, but its instructions
# are told like any others, and bytes put into the code are refused wherever they come from.
#
# The code is compiled with -mno-red-zone: the call may push. It keeps all registers and flags.

BEGIN {
    split("mov add sub adc sbb and or xor cmp test inc dec neg not shl sal shr sar rol ror shld shrd imul mul idiv div push pop " \
        "bt bts btr btc movbe bswap bsf bsr popcnt lzcnt tzcnt movnti", words, " ")
    for (i in words) integer[words[i]] = 1
    split("cmp test bt push mul idiv div ucomiss ucomisd comiss comisd jmp call ldmxcsr fldcw fld flds fldl fldt fild filds fildl " \
        "fildll fildq fldenv pcmpestri pcmpistri", words, " ")
    for (i in words) reads_only[words[i]] = 1
    split("flds 4 fldl 8 fldt 16 fsts 4 fstps 4 fstl 8 fstpl 8 fstpt 16 filds 2 fildl 4 fildll 8 fildq 8 fists 2 fistps 2 fistl 4 " \
        "fistpl 4 fistpll 8 fistpq 8 fisttpl 4 fisttpll 8 fldcw 2 fnstcw 2 fldenv 28 fnstenv 28 fnstsw 2 ldmxcsr 4 stmxcsr 4 movd 4 movlps 8 movhps 8 " \
        "movlpd 8 movhpd 8 pinsrw 2 pextrw 2 pinsrb 1 pextrb 1 pinsrd 4 pextrd 4 pinsrq 8 pextrq 8 cvtps2pd 8 cvtdq2pd 8", words, " ")
    for (i = 1; i in words; i += 2) fixed[words[i]] = words[i + 1]
    split("syscall sysenter sysexit sysret int int1 int3 into iret iretq lock in inb inw inl out outb outw outl hlt cli sti std " \
        "rdtsc rdtscp rdpmc rdpid rdrand rdseed rdmsr wrmsr cpuid xgetbv xsetbv rdfsbase rdgsbase wrfsbase wrgsbase swapgs " \
        "xbegin xend xabort xtest monitor monitorx mwait mwaitx umonitor umwait tpause " \
        "maskmovq maskmovdqu vmaskmovdqu xlat xlatb clzero enqcmd movdir64b", words, " ")
    for (i in words) forbidden[words[i]] = 1
    split("loc file ident p2align align balign globl global local weak hidden protected internal type size symver", words, " ")
    for (i in words) says_nothing["." words[i]] = 1
    split("text data bss section previous pushsection popsection comm lcomm set equ", words, " ")
    for (i in words) puts_nothing["." words[i]] = 1
    width["b"] = 1; width["w"] = 2; width["l"] = 4; width["q"] = 8
}

# A function is read as a whole: whether an address in its frame gets anywhere decides what may be left out.
# A label in inline assembly begins none.
/^[ \t]*#APP/ { reading_asm = 1 }
/^[ \t]*#NO_APP/ { reading_asm = 0 }
/^[A-Za-z_.$][A-Za-z0-9_.$]*:/ && !/^\.L/ && !/\.cold:/ && !reading_asm { flush() }
/^[ \t]*\.(text|data|bss|section|previous|pushsection|popsection)/ { before_main = /\.(preinit_array|init_array|fini_array|ctors|dtors)/ }
/^[ \t]*\.(text|data|bss|section|previous|pushsection|popsection)/ { in_code = is_code() }
in_code && !reading_asm && /^[ \t]*\./ && !/^\.[A-Za-z0-9_.$]*:/ { check_directive($1, $2) }
/gnu_indirect_function/ || /^[ \t]*\.globl[ \t]+_init([ \t]|$)/ { refuse("code that runs when it is loaded: " $0) }
before_main && /^[ \t]*\.quad/ && $2 !~ /^(_sub_[ID]_00099_[01]|tsan\.module_ctor)$/ { refuse("constructor or destructor " $2) }
{ line[++lines] = $0 }
END { flush() }

# Does the section that this line begins hold code? Its flags are given once.
function is_code(    name) {
    if ($1 ~ /^\.(data|bss)/) return 0
    if ($1 != ".section" && $1 != ".pushsection") return 1
    name = $2
    sub(/,.*/, "", name)
    if ($0 ~ /,[ \t]*"[A-Za-z?]*"/) executable[name] = $0 ~ /,[ \t]*"[A-Za-z?]*x[A-Za-z?]*"/
    return name in executable ? executable[name] : name ~ /^"?\.text/
}
# Prefixes that pad the call for the address of a thread-local variable are the only bytes that compilers put there.
function check_directive(name, value) {
    if (name in says_nothing || name in puts_nothing || name ~ /^\.cfi_/ || name == ".byte" && value == "0x66" || name == ".value" && value == "0x6666") return
    refuse("data among the code: " $0)
}

function flush(    i) {
    look_at_frame()
    for (i = 1; i <= lines; i++) {
        if (line[i] ~ /^[ \t]*#APP/) in_asm = 1
        else if (line[i] ~ /^[ \t]*#NO_APP/) in_asm = 0
        else if (in_asm) check_asm(line[i])
        else if (line[i] ~ /^[ \t]+\.cfi_/) note_frame(line[i])
        else if (line[i] ~ /^[ \t]+[a-z]/) instruction(line[i])
        print line[i]
    }
    lines = 0
}

# Nobody else reaches a frame whose address is never taken. rbp belongs to the frame where it is made from rsp.
function look_at_frame(    i, before) {
    rbp_is_frame = frame_escapes = 0
    for (i = 1; i <= lines; i++) {
        if (line[i] !~ /^[ \t]+[a-z]/) continue
        if (line[i] ~ /^[ \t]+movq[ \t]+%rsp, *%rbp/ && before ~ /^[ \t]+pushq[ \t]+%rbp/) rbp_is_frame = 1
        else if (line[i] ~ /%rsp, *[^ \t]/ && line[i] !~ /\([^)]*%rsp/ || line[i] ~ /^[ \t]+pushq[ \t]+%rsp/) frame_escapes = 1
        before = line[i]
    }
    for (i = 1; i <= lines; i++)
        if (line[i] ~ /^[ \t]+lea/ && in_frame(line[i]) || rbp_is_frame && line[i] ~ /[ \t]%rbp, *[^ \t]/ && line[i] !~ /%rbp, *%rsp/)
            frame_escapes = 1
}
function in_frame(operand) {
    return operand ~ /\([^)]*%rsp/ || rbp_is_frame && operand ~ /\([^)]*%rbp/
}

# Where the frame ends, from the directives for debuggers: __tsan_func_entry gets it as its second argument.
function note_frame(text,    word, n) {
    n = split(text, word, /[ \t,]+/)
    if (word[2] == ".cfi_startproc") { frame_base = "%rsp"; frame_size = 8; remembered = 0 }
    else if (word[2] == ".cfi_def_cfa") { frame_base = cfi_register(word[3]); frame_size = word[4] }
    else if (word[2] == ".cfi_def_cfa_register") frame_base = cfi_register(word[3])
    else if (word[2] == ".cfi_def_cfa_offset") frame_size = word[3]
    else if (word[2] == ".cfi_adjust_cfa_offset") frame_size += word[3]
    else if (word[2] == ".cfi_remember_state") { kept_base[++remembered] = frame_base; kept_size[remembered] = frame_size }
    else if (word[2] == ".cfi_restore_state") { frame_base = kept_base[remembered]; frame_size = kept_size[remembered--] }
    else if (word[2] == ".cfi_escape") frame_base = "" # as for a stack pointer that is realigned
}
function cfi_register(r) {
    return r == 7 ? "%rsp" : r == 6 ? "%rbp" : r == 10 ? "%r10" : r ~ /^%/ ? r : ""
}

function refuse(what) {
    gsub(/[ \t]+/, " ", what)
    print what > refused
}

# ---- inline assembly ----

function check_asm(text,    parts, n, i) {
    n = split(text, parts, /;/)
    for (i = 1; i <= n; i++) {
        sub(/^[ \t]+/, "", parts[i])
        while (sub(/^[A-Za-z0-9_.$]+:[ \t]*/, "", parts[i])) { }
        sub(/[ \t]+$/, "", parts[i])
        if (parts[i] != "" && !harmless(parts[i])) refuse("inline assembly: " parts[i])
    }
}

# Comments, directives that put nothing into the code, and arithmetic in registers. The stack pointer is the compiler's.
function harmless(text,    name, rest, n, i) {
    name = text
    sub(/[ \t].*/, "", name)
    if (name ~ /^#/ || name in says_nothing || name ~ /^\.cfi_/) return 1
    if (text ~ /^rep[a-z]*([ \t]+nop)?$/ || name ~ /^(pause|ud2|[lms]fence)$/) return 1
    if (text ~ /%(rsp|esp|spl?)([^a-z]|$)/) return 0
    if (name ~ /^(nop|lea)[wlq]?$/) return 1
    rest = substr(text, length(name) + 1)
    sub(/^[ \t]+/, "", rest)
    if (name ~ /^j[a-z]+$/ && name !~ /^jmp/) return rest ~ /^[A-Za-z0-9_.$]+$/
    if (!(name in integer || substr(name, 1, length(name) - 1) in integer || name ~ /^(set|cmov)[a-z]+$/)) return 0
    n = operands(rest)
    for (i = 1; i <= n; i++)
        if (operand[i] != "" && !register_size(operand[i]) && operand[i] !~ /^\$/) return 0
    return 1
}

# ---- instructions ----

function instruction(text,    name, rest, n, i, memory) {
    sub(/^[ \t]+/, "", text)
    sub(/[ \t]*#.*/, "", text)
    sub(/^rep;/, "rep ", text)
    sub(/^rep[ \t]+bsf/, "tzcnt", text) # so gcc writes what older processors read as bsf
    name = text
    sub(/[ \t].*/, "", name)
    rest = substr(text, length(name) + 1)
    sub(/^[ \t]+/, "", rest)
    if (name in forbidden || text ~ /;/) return refuse(text)
    gsub(/%st\([0-7]\)/, "%st", rest)
    if (name == "notrack" || name == "data16" || name == "bnd") return instruction("\t" rest)
    if (name ~ /^(lea|nop|prefetch|endbr|rex64)/ || name == "rep" && rest == "nop") return
    if (name ~ /^call/ && rest ~ /__tsan_func_entry/) {
        if (frame_base == "") print "\txorl\t%esi, %esi"
        else print "\tleaq\t" frame_size "(" frame_base "), %rsi"
    }
    note_left_over(name, rest)
    if (name ~ /^rep/ || name ~ /^(movs|stos|lods|scas|cmps)[bwlq]$/ && rest !~ /%xmm/ && (rest == "" || rest ~ /^(\(%rsi\)|%es:|%[are])/ && rest ~ /%es:/))
        return string_instruction(name " " rest)
    if (rest !~ /[(]/ && rest !~ /%[fg]s:/) return
    n = operands(rest)
    for (i = 1; i <= n; i++)
        if (operand[i] ~ /[(]/ || operand[i] ~ /%[fg]s:/) memory = i
    if (operand[memory] ~ /^%[fg]s:/) return refuse(text)
    if (name ~ /^(xchg|cmpxchg|xadd)/ || rest ~ /%[yz]mm/) return refuse(text)
    if (in_frame(operand[memory]) && !frame_escapes) return
    access(name, memory, n, text)
}

# Clang calls __tsan_atomic*_load, and leaves the load in place: right after the call, for a value that nobody uses.
function note_left_over(name, rest) {
    if (name == "callq" && rest ~ /^__tsan_atomic[0-9]+_load@PLT/) {
        left_over = substr(rest, 14) / 8
        left_over_for = 3
    } else if (name ~ /^(call|j|ret)/ || left_over_for-- <= 0) left_over = 0
}

# Splits at the commas that are not inside parentheses.
function operands(rest,    i, c, depth, n) {
    n = 1
    operand[1] = ""
    for (i = 1; i <= length(rest); i++) {
        c = substr(rest, i, 1)
        depth += (c == "(") - (c == ")")
        if (c == "," && depth == 0) operand[++n] = ""
        else if (c != " " || depth > 0) operand[n] = operand[n] c
    }
    return n
}

function access(name, memory, n, text,    base, place, writes, size) {
    place = operand[memory]
    sub(/^\*/, "", place)
    base = name
    if (!(base in reads_only) && substr(base, 1, length(base) - 1) in integer) base = substr(base, 1, length(base) - 1)
    writes = memory == n && !(base in reads_only) && !(n == 1 && base == "imul")
    # Constants, the table of addresses and jump tables are written by nobody.
    if (!writes && (place ~ /^\.L[A-Za-z0-9_.]*([+-][0-9]+)?\(%rip\)$/ || place ~ /@GOT/)) return
    size = size_of(name, base, memory, n)
    if (!size) return refuse(text)
    if (left_over == size && !writes && name ~ /^mov/) {
        left_over = 0
        return
    }
    call_hook((writes ? "w" : "r") size, place)
}

function size_of(name, base, memory, n,    i) {
    if (name in fixed) return fixed[name]
    if (base == "jmp" || base == "call" || base ~ /^call/) return 8
    if (name ~ /^set/) return 1
    if (name ~ /^mov[sz][bwl][wlq]$/) return width[substr(name, 5, 1)]
    if (name ~ /^cmov/) return register_size(operand[n])
    if (name ~ /^cvtt?s[sdi]/) return name ~ /^cvtsi/ ? (name ~ /q$/ ? 8 : 4) : name ~ /^cvtt?ss/ ? 4 : 8
    if (name == "movq" || name == "movabsq") return 8
    if (name ~ /^(mov|add|sub|mul|div|sqrt|max|min|ucomi|comi|and|or|xor|cmp[a-z]*)s[sd]$/) return name ~ /s$/ ? 4 : 8
    if (base in integer) {
        for (i = 1; i <= n; i++)
            if (i != memory && operand[i] ~ /^%[a-z]/ && !(operand[i] == "%cl" && base ~ /^(s[ah]|ro)/)) return register_size(operand[i])
        if (name != base) return width[substr(name, length(name), 1)]
        return 0
    }
    if (name ~ /^(p[a-z0-9]+|mov[aun][a-z]*|movdq[au]|movnt[a-z]+|lddqu|[a-z0-9]*p[sd]|cvt[a-z0-9]*)$/ && text_has_xmm(n)) return 16
    return 0
}
function text_has_xmm(n,    i) {
    for (i = 1; i <= n; i++)
        if (operand[i] ~ /%xmm/) return 1
    return 0
}
function register_size(r) {
    if (r ~ /^%xmm/) return 16
    if (r ~ /^%(r[a-d]x|r[sd]i|r[sb]p|r[0-9]+)$/) return 8
    if (r ~ /^%(e[a-d]x|e[sd]i|e[sb]p|r[0-9]+d)$/) return 4
    if (r ~ /^%([a-d]x|[sd]i|[sb]p|r[0-9]+w)$/) return 2
    if (r ~ /^%([a-d][lh]|[sd]il|[sb]pl|r[0-9]+b)$/) return 1
    return 0
}

# The push moves what is addressed from rsp.
function call_hook(kind, place) {
    if (place ~ /^[^(]*\(%rsp/) place = place ~ /^\(/ ? "8" place : "8+" place
    print "\tpushq\t%rdi"
    print "\tleaq\t" place ", %rdi"
    print "\tcall\texplore_access_" kind "@PLT"
    print "\tpopq\t%rdi"
}

function string_instruction(text,    repeated, name) {
    repeated = text ~ /^rep[ \t;]/
    sub(/^rep[ \t;]+/, "", text)
    name = text
    sub(/[ \t].*/, "", name)
    if (name !~ /^(movs|stos)[bwlq]$/) return refuse(text)
    print "\tcall\texplore_access_" (repeated ? "rep_" : "") name "@PLT"
}
