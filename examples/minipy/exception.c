/* exception.c: exceptions, their tracebacks, and how they are printed. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "object.h"

/* ---- raising ------------------------------------------------------------------------------------- */

value exception_new(vm *t, class *cls, size_t count, const value *args) {
    value made = instance_new(t, cls);
    if (made != NIL) {
        value all = tuple_of(t, count, args);
        member_set(t, &AS(exception, made)->args, all != NIL ? all : keep(t, t->rt->empty_tuple));
    }
    return made;
}

class *os_error_class(vm *t, class *cls, size_t count, const value *args) {
    static const struct {
        int number;
        unsigned type;
    } CLASSES[] = {{ENOENT, T_FileNotFoundError},
                   {EEXIST, T_FileExistsError},
                   {EACCES, T_PermissionError},
                   {EPERM, T_PermissionError},
                   {EISDIR, T_IsADirectoryError},
                   {ENOTDIR, T_NotADirectoryError},
                   {EINTR, T_InterruptedError},
                   {EAGAIN, T_BlockingIOError},
                   {EALREADY, T_BlockingIOError},
                   {EINPROGRESS, T_BlockingIOError},
                   {ECHILD, T_ChildProcessError},
                   {ESRCH, T_ProcessLookupError},
                   {ETIMEDOUT, T_TimeoutError},
                   {EPIPE, T_BrokenPipeError},
                   {ESHUTDOWN, T_BrokenPipeError},
                   {ECONNABORTED, T_ConnectionAbortedError},
                   {ECONNREFUSED, T_ConnectionRefusedError},
                   {ECONNRESET, T_ConnectionResetError}};
    for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++) {
        if (cls == t->rt->classes[T_OSError] && count > 1 &&
            args[0] == from_int32(CLASSES[i].number)) {
            return t->rt->classes[CLASSES[i].type];
        }
    }
    return cls;
}

/* What is being handled becomes the context. */
value raise_object(vm *t, value e) {
    if (t->handled != NIL && t->handled != e && member_load(&AS(exception, e)->context) == NIL) {
        /* Not if that would make a ring. */
        bool ring = false;
        for (value c = t->handled; c != NIL && !ring; c = member_load(&AS(exception, c)->context)) {
            ring = c == e;
        }
        if (!ring && !member_give(&AS(exception, e)->context, keep(t, t->handled))) {
            decref(t, t->handled); /* another thread has raised it, too */
        }
    }
    assign(t, &t->raised, e);
    return NIL;
}

value raise_value(vm *t, unsigned type, value argument) {
    if (argument == NIL) {
        return NIL;
    }
    value e = exception_new(t, t->rt->classes[type], 1, &argument);
    decref(t, argument);
    return e != NIL ? raise_object(t, e) : NIL;
}

value raise(vm *t, unsigned type, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size == 0) {
        value none = exception_new(t, t->rt->classes[type], 0, NULL);
        return none != NIL ? raise_object(t, none) : NIL;
    }
    return raise_value(t, type, str_of(t, text));
}

/* Without memory there may be none for the exception: the end, with a message. */
value raise_memory(vm *t) {
    static _Thread_local bool inside;
    if (inside) {
        (void)fputs("minipy: out of memory\n", stderr);
        exit(1);
    }
    inside = true;
    value e = exception_new(t, t->rt->classes[T_MemoryError], 0, NULL);
    inside = false;
    return raise_object(t, e);
}

bool raised_is(vm *t, unsigned type) {
    return t->raised != NIL && class_is_sub(AS(object, t->raised)->cls, t->rt->classes[type]);
}

void forget_raised(vm *t) {
    assign(t, &t->raised, NIL);
}

value take_raised(vm *t) {
    value e = t->raised;
    t->raised = NIL;
    return e;
}

void traceback_add(vm *t, code *c, uint32_t op) {
    if (strncmp(text_of(c->filename), "<minipy>", 8) == 0) {
        return; /* what is C in python3 */
    }
    traceback *tb = (traceback *)object_new(t, sizeof *tb, T_TRACEBACK);
    if (tb == NULL) {
        return;
    }
    struct exception *e = AS(exception, t->raised);
    tb->code = AS(code, keep(t, from_ref(c)));
    tb->op = op;
    /* Acquire and release: as member_load, member_set. The reference moves. */
    tb->next = member_load(&e->traceback);
    while (!weft_cas_weak_acq_rel_u64(&e->traceback.word, &tb->next, from_ref(tb))) {
    }
}

/* ---- printing ------------------------------------------------------------------------------------ */

/* What is printed is put together first, for that may run the program's code, and then written in one piece. */
static void add_text(buffer *out, const char *text) {
    buffer_add(out, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void add_format(buffer *out, const char *format, ...) {
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    size_t length = size > 0 ? (size_t)size : 0;
    out->text = (char *)grow_array(out->text, out->length + length + 1, &out->room, 1);
    (void)vsnprintf(out->text + out->length, length + 1, format, again);
    va_end(again);
    out->length += length;
}

/* A line of the source, without its end; NULL: there is none. */
static const char *source_line(const code *c, int line, size_t *length) {
    if (c->source == NIL) {
        return NULL;
    }
    const char *at = text_of(c->source);
    for (; line > 1 && at != NULL; line--) {
        at = strchr(at, '\n');
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL) {
        return NULL;
    }
    *length = strcspn(at, "\r\n");
    return at;
}

/* The carets below a line, unless they would mark all of it. */
static void add_carets(buffer *out, const location *p, const char *line, size_t indent,
                       size_t length) {
    int end = p->end_line == p->line ? p->end_column : (int)length;
    bool marked = p->mark >= 0 && p->end_line == p->line;
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t')) {
        length--;
    }
    if (p->end_line != p->line) {
        end = (int)length;
    }
    if (p->column < 0 || end <= p->column ||
        (!marked && p->column <= (int)indent && end >= (int)length)) {
        return;
    }
    add_text(out, "    ");
    for (int i = (int)indent; i < end; i++) {
        bool caret = !marked || (i >= p->mark && i < p->mark_end);
        buffer_add(out, i < p->column ? " " : caret ? "^" : "~", 1);
    }
    buffer_add(out, "\n", 1);
}

static void add_entry(buffer *out, const traceback *tb) {
    const code *c = tb->code;
    const location *p = &c->places[tb->op];
    add_format(out, "  File \"%s\", line %d, in %s\n", text_of(c->filename), p->line,
               text_of(c->name));
    size_t length;
    const char *line = source_line(c, p->line, &length);
    if (line != NULL) {
        size_t indent = strspn(line, " \t\f");
        if (indent < length) {
            add_format(out, "    %.*s\n", (int)(length - indent), line + indent);
            add_carets(out, p, line, indent, length);
        }
    }
}

static bool same_entry(const traceback *a, const traceback *b) {
    return a->code == b->code && a->code->places[a->op].line == b->code->places[b->op].line;
}

static void add_traceback(buffer *out, value entries) {
    add_text(out, "Traceback (most recent call last):\n");
    unsigned repeated = 0;
    for (const traceback *tb = AS(traceback, entries), *before = NULL; tb != NULL;
         before = tb, tb = AS(traceback, tb->next)) {
        repeated = before != NULL && same_entry(tb, before) ? repeated + 1 : 0;
        if (repeated < 3) {
            add_entry(out, tb);
        }
        const traceback *next = AS(traceback, tb->next);
        if (repeated >= 3 && (next == NULL || !same_entry(tb, next))) {
            add_format(out, "  [Previous line repeated %u more time%s]\n", repeated - 2,
                       repeated == 3 ? "" : "s");
        }
    }
}

/* SyntaxError: args are the message and (file, line, column, text, end). */
static void add_syntax_error(buffer *out, value e) {
    tuple *args = AS(tuple, member_load(&AS(exception, e)->args));
    if (args->size < 2 || !is_kind(args->items[1], T_TUPLE)) {
        return;
    }
    tuple *where = AS(tuple, args->items[1]);
    add_format(out, "  File \"%s\", line %lld\n", text_of(where->items[0]),
               (long long)int_of(where->items[1]));
    if (!is_str(where->items[3])) {
        return;
    }
    const char *line = text_of(where->items[3]);
    size_t indent = strspn(line, " \t\f");
    int64_t column = int_of(where->items[2]) - (int64_t)indent;
    int64_t end = int_of(where->items[4]) - (int64_t)indent;
    add_format(out, "    %s\n", line + indent);
    if (column >= 1) {
        add_text(out, "    ");
        for (int64_t i = 1; i < column || i < end || i == column; i++) {
            buffer_add(out, i < column ? " " : "^", 1);
        }
        buffer_add(out, "\n", 1);
    }
}

static void add_one(vm *t, buffer *out, value e) {
    value entries = member_keep(t, &AS(exception, e)->traceback);
    if (entries != NIL) {
        add_traceback(out, entries);
        decref(t, entries);
    }
    class *cls = AS(object, e)->cls;
    value from = keep(t, class_find(t, cls, NAME(module)));
    value text = NIL;
    if (class_is_sub(cls, t->rt->classes[T_SyntaxError])) {
        add_syntax_error(out, e);
        value args = member_keep(t, &AS(exception, e)->args);
        text = AS(tuple, args)->size > 0 ? to_str(t, AS(tuple, args)->items[0]) : str_of(t, "");
        decref(t, args);
    } else {
        text = to_str(t, e);
    }
    if (text == NIL) {
        forget_raised(t);
        text = str_of(t, "<exception str() failed>");
    }
    bool module = cls->user && is_str(from) && from != NAME(main);
    add_format(out, "%s%s%s%s%s\n", module ? text_of(from) : "", module ? "." : "",
               text_of(cls->qualname), length_of(text) > 0 ? ": " : "", text_of(text));
    drop(t, from);
    decref(t, text);
    value notes = keep(t, names_get(t, &AS(object, e)->attributes, NAME(notes)));
    for (int64_t i = 0; is_a(notes, T_LIST); i++) {
        value note = list_item(t, notes, i);
        if (note == NIL) {
            break;
        }
        add_format(out, "%s\n", is_str(note) ? text_of(note) : "");
        decref(t, note);
    }
    drop(t, notes);
}

/* With what came before it. */
static void add_chain(vm *t, buffer *out, value e) {
    struct exception *of = AS(exception, e);
    if (!c_stack_room(t)) {
        forget_raised(t);
        return;
    }
    value cause = member_keep(t, &of->cause);
    value context = member_keep(t, &of->context);
    if (cause != NIL && cause != NONE) {
        add_chain(t, out, cause);
        add_text(out, "\nThe above exception was the direct cause of the following exception:\n\n");
    } else if (context != NIL && weft_load_relaxed_u8(&of->suppress) == 0) {
        add_chain(t, out, context);
        add_text(out, "\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    drop(t, cause);
    drop(t, context);
    add_one(t, out, e);
}

void print_exception(vm *t, value e) {
    print_exception_under(t, NIL, e);
}

void print_exception_under(vm *t, value header, value e) {
    buffer out = {0};
    if (header != NIL) {
        buffer_add_str(&out, header);
        add_text(&out, "\n");
    }
    add_chain(t, &out, e);
    vm_detach(t);
    (void)fwrite(out.text, 1, out.length, stderr);
    vm_attach(t);
    buffer_drop(&out);
}

static value args_str(vm *t, value v, tuple *args) {
    if (args->size == 0) {
        return keep(t, t->rt->empty_str);
    }
    if (args->size == 1) {
        return is_instance(t, v, T_KeyError) ? to_repr(t, args->items[0])
                                             : to_str(t, args->items[0]);
    }
    if (is_instance(t, v, T_OSError) && args->size >= 2) {
        value number = to_str(t, args->items[0]);
        value text = to_str(t, args->items[1]);
        value file = args->size > 2 ? to_repr(t, args->items[2]) : NIL;
        value result = number == NIL || text == NIL
                           ? NIL
                           : str_format(t, "[Errno %s] %s%s%s", text_of(number), text_of(text),
                                        file != NIL ? ": " : "", file != NIL ? text_of(file) : "");
        drop(t, number);
        drop(t, text);
        drop(t, file);
        return result;
    }
    if (is_instance(t, v, T_SyntaxError)) {
        return to_str(t, args->items[0]);
    }
    return to_repr(t, from_ref(args));
}

value exception_str(vm *t, value v) {
    value args = member_keep(t, &AS(exception, v)->args);
    value text = args_str(t, v, AS(tuple, args));
    decref(t, args);
    return text;
}

/* ---- attributes ---------------------------------------------------------------------------------- */

#define EXC AS(exception, args[0])
static value or_none(vm *t, value v) {
    return keep(t, v != NIL ? v : NONE);
}
BUILTIN(exc_args) {
    return member_keep(t, &EXC->args);
}
BUILTIN(exc_cause) {
    return or_none(t, member_load(&EXC->cause));
}
BUILTIN(exc_context) {
    return or_none(t, member_load(&EXC->context));
}
BUILTIN(exc_traceback) {
    return or_none(t, member_load(&EXC->traceback));
}
BUILTIN(exc_suppress) {
    return from_bool(weft_load_relaxed_u8(&EXC->suppress) != 0);
}
BUILTIN(exc_with_traceback) {
    member_set(t, &EXC->traceback, is_a(args[1], T_TRACEBACK) ? keep(t, args[1]) : NIL);
    return keep(t, args[0]);
}
BUILTIN(exc_init) {
    member_set(t, &EXC->args, tuple_of(t, count - 1, args + 1));
    return NONE;
}
BUILTIN(exc_add_note) {
    value notes = names_get(t, &AS(object, args[0])->attributes, NAME(notes));
    value all = notes != NIL ? keep(t, notes) : list_new(t);
    bool fine = all != NIL && list_append(t, all, args[1]) &&
                names_set(t, &AS(object, args[0])->attributes, NAME(notes), all);
    drop(t, all);
    return fine ? NONE : NIL;
}
static value first_arg(vm *t, const value *args, size_t index) {
    tuple *all = AS(tuple, member_load(&EXC->args));
    return keep(t, all->size > index ? all->items[index] : NONE);
}
BUILTIN(exc_first) {
    return first_arg(t, args, 0);
}
BUILTIN(exc_second) {
    return first_arg(t, args, 1);
}
/* The only way to set what lies in the object itself. */
BUILTIN(exc_set) {
    value name = str_intern(t, args[1]);
    value item = args[2] == NONE ? NIL : args[2];
    member *field = name == NAME(cause)       ? &EXC->cause
                    : name == NAME(context)   ? &EXC->context
                    : name == NAME(traceback) ? &EXC->traceback
                    : name == NAME(args)      ? &EXC->args
                                              : NULL;
    decref(t, name);
    if (name == NAME(suppress)) {
        weft_store_relaxed_u8(&EXC->suppress, truth(t, args[2]) == 1);
        return NONE;
    }
    if (field == NULL) {
        return object_setattr(t, args, 3);
    }
    value kept = field == &EXC->args ? to_tuple(t, args[2]) : item != NIL ? keep(t, item) : NIL;
    if (t->raised != NIL) {
        return NIL;
    }
    if (field == &EXC->cause) {
        weft_store_relaxed_u8(&EXC->suppress, true);
    }
    member_set(t, field, kept);
    return NONE;
}

const builtin_def exception_methods[] = {{"__init__", exc_init, "*"},
                                         {".args", exc_args, "self"},
                                         {".__cause__", exc_cause, "self"},
                                         {".__context__", exc_context, "self"},
                                         {".__traceback__", exc_traceback, "self"},
                                         {".__suppress_context__", exc_suppress, "self"},
                                         {"with_traceback", exc_with_traceback, "self,tb"},
                                         {"add_note", exc_add_note, "self,note"},
                                         {"__setattr__", exc_set, "self,name,value"},
                                         {0}};
const builtin_def first_value[] = {{".value", exc_first, "self"}, {0}};
const builtin_def first_code[] = {{".code", exc_first, "self"}, {0}};
const builtin_def os_error_methods[] = {
    {".errno", exc_first, "self"}, {".strerror", exc_second, "self"}, {0}};
