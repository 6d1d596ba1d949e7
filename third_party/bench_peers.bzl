"""Finds the libraries the benchmarks compare with. All of them are optional.

Makes a repository with one cc_library per peer, which is empty where the peer is missing, so that
the benchmarks can depend on all of them unconditionally, and a header bench_peers.h:

    #define BENCH_PEER_NSYNC 1              (or 0)
    #define BENCH_PEER_NSYNC_MISSING ""     (or the reason)

A peer is there if a program that includes its header links against it. Detection runs again when
Debian's list of installed packages changes, or CC does; elsewhere by `bazel sync --only=bench_peers`.
"""

# name, header, use (one expression that needs the library), linkopts or "pkg-config:<module>", package
_PEERS = [
    ("ck", "spinlock/fas.h", "0", ["-lck"], "libck-dev"),
    ("nsync", "nsync.h", "nsync::nsync_mu_lock((nsync::nsync_mu *)argv)", ["-lnsync_cpp"], "libnsync-dev"),
    ("absl", "absl/synchronization/mutex.h", "((absl::Mutex *)argv)->Lock()", "pkg-config:absl_synchronization absl_raw_hash_set absl_hash", "libabsl-dev"),
    ("urcu", "urcu/urcu-qsbr.h", "urcu_qsbr_register_thread()", ["-lurcu-qsbr", "-lurcu-memb", "-lurcu-bp", "-lurcu-cds", "-lurcu-common"], "liburcu-dev"),
    ("tbb", "tbb/spin_mutex.h", "((tbb::spin_mutex *)argv)->lock()", ["-ltbb"], "libtbb-dev"),
    ("boost", "boost/unordered/unordered_flat_map.hpp", "0", [], "libboost1.81-dev"),
]

_PARKING_LOT_PACKAGE = "librust-parking-lot-dev"
_PARKING_LOT_FILES = ["Cargo.toml", "src/lib.rs"]

# Where Debian's librust-*-dev packages put the crates' sources.
_CRATES = "/usr/share/cargo/registry"

def _last_error(result):
    """The line of a compiler's output that says what is wrong, fit for a C string."""
    lines = [l for l in result.stderr.split("\n") if "error" in l or "cannot find" in l]
    line = lines[0] if lines else (result.stderr.strip().split("\n") or ["failed"])[-1]
    return line.replace("\\", "/").replace("\"", "'").strip()

def _linkopts(ctx, wanted):
    if type(wanted) == "list":
        return wanted, None
    module = wanted[len("pkg-config:"):]
    if not ctx.which("pkg-config"):
        return [], "pkg-config is not installed"
    result = ctx.execute(["pkg-config", "--libs"] + module.split(" "))
    if result.return_code != 0:
        return [], "pkg-config does not know " + module
    return [o for o in result.stdout.strip().split(" ") if o], None

def _probe(ctx, name, header, use, wanted, package):
    """Returns (linkopts, reason): reason is "" if the peer can be used."""
    linkopts, reason = _linkopts(ctx, wanted)
    if reason:
        return [], "%s (package %s)" % (reason, package)
    source = "probe/%s.cc" % name
    ctx.file(source, "#include <%s>\nint main(int argc, char **argv) { if (argc > 99) { (void)argv; (void)(%s); } }\n" % (header, use))
    compiler = ctx.os.environ.get("CC", "gcc")
    result = ctx.execute(
        ["env", "LC_ALL=C", compiler, "-x", "c++", "-std=c++17", source, "-x", "none", "-o", "probe/" + name, "-lstdc++", "-pthread"] + linkopts,
    )
    if result.return_code != 0:
        return [], "%s (package %s)" % (_last_error(result), package)
    return linkopts, ""

def _build_parking_lot(ctx):
    """Builds the shim around Rust's parking_lot from Debian's crate sources. Returns the reason if it cannot."""
    cargo = ctx.which("cargo")
    if not cargo:
        return "cargo is not installed (packages cargo, %s)" % _PARKING_LOT_PACKAGE
    if ctx.execute(["sh", "-c", "ls -d %s/parking_lot-0*" % _CRATES]).return_code != 0:
        return "no sources of parking_lot (package %s)" % _PARKING_LOT_PACKAGE
    for file in _PARKING_LOT_FILES:
        ctx.file("parking_lot/" + file, ctx.read(ctx.path(Label("//third_party:parking_lot/" + file))))
    ctx.file(
        "parking_lot/.cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"system\"\n[source.system]\ndirectory = \"%s\"\n" % _CRATES,
    )
    result = ctx.execute(
        ["sh", "-c", "cd parking_lot && cargo build --release --offline"],
        timeout = 300,
        environment = {"RUSTFLAGS": "", "CARGO_TARGET_DIR": "target"},
    )
    if result.return_code != 0:
        return "does not build: " + _last_error(result)
    ctx.symlink("parking_lot/target/release/libweft_bench_parking_lot.a", "libweft_bench_parking_lot.a")
    return ""

def _header_lines(name, reason):
    macro = "BENCH_PEER_" + name.upper()
    return "#define %s %d\n#define %s_MISSING \"%s\"\n" % (macro, 0 if reason else 1, macro, reason)

def _bench_peers_impl(ctx):
    ctx.path(ctx.attr.packages)  # makes this rule depend on the list of installed packages
    header = "#ifndef BENCH_PEERS_H\n#define BENCH_PEERS_H\n\n"
    build = "package(default_visibility = [\"//visibility:public\"])\n"
    build += "cc_library(name = \"config\", hdrs = [\"bench_peers.h\"], includes = [\".\"])\n"
    for (name, probe_header, use, wanted, package) in _PEERS:
        linkopts, reason = _probe(ctx, name, probe_header, use, wanted, package)
        header += _header_lines(name, reason)
        build += "cc_library(name = \"%s\", linkopts = %s)\n" % (name, repr(linkopts))
    reason = _build_parking_lot(ctx)
    header += _header_lines("parking_lot", reason)
    build += "cc_library(name = \"parking_lot\", srcs = %s, linkopts = [\"-ldl\"])\n" % (
        repr([] if reason else ["libweft_bench_parking_lot.a"])
    )
    ctx.file("bench_peers.h", header + "\n#endif\n")
    ctx.file("BUILD", build)

bench_peers = repository_rule(
    implementation = _bench_peers_impl,
    attrs = {"packages": attr.label(allow_single_file = True)},
    environ = ["CC"],
    configure = True,
)

def _package_list_impl(ctx):
    ctx.file("BUILD", "exports_files([\"status\"])\n")
    if ctx.path("/var/lib/dpkg/status").exists:
        ctx.symlink("/var/lib/dpkg/status", "status")
    else:
        ctx.file("status", "")

package_list = repository_rule(implementation = _package_list_impl, local = True)
