"""The source tree keeps the structure that src/README.md promises: what is pure stays pure, modules have an order."""

import pathlib
import re

SRC = pathlib.Path(__file__).resolve().parents[2] / "src"
SERVICES = {"ballotbox", "tally", "identity", "elections", "gateway"}

# What a pure module may not touch: threads, files, sockets, the time of day, randomness of its own.
IMPURE_HEADERS = re.compile(
    r"<(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|latch|barrier|stop_token|random|fstream|"
    r"filesystem|iostream|cstdio|stdio\.h|csignal|ctime|time\.h|unistd\.h|fcntl\.h|netdb\.h|poll\.h|pthread\.h|"
    r"sys/(?!wait\.h).*|arpa/.*|netinet/.*|boost/(asio|beast).*|grpc.*|spdlog.*)>")
IMPURE_CALLS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bstd::(time|rand)\(|\bgetenv\(")
# Said here by name, with the reason.
IMPURE_ALLOWED = {
    "base/check.cc": "says on stderr which invariant broke, then aborts",
    "base/clock.cc": "the one place that asks for the time; everybody else is handed a Clock",
    "base/mapped_memory.cc": "an allocator: the one place that asks for memory by the page",
    "base/random.cc": "the one place that asks for randomness; everybody else is handed a Random",
}
# What pure code is written against; whoever runs it hands it one that does something.
CONTRACTS = {"log/log.h"}


def module_declarations():
    """(folder, name, is pure) of every ostraka_module()."""
    for lists in SRC.rglob("CMakeLists.txt"):
        for name, pure in re.findall(r"ostraka_module\((\w+)(\s+PURE)?", lists.read_text()):
            yield lists.parent.relative_to(SRC), name, bool(pure)


def sources(folder, tests):
    for path in sorted((SRC / folder).iterdir()):
        is_test = re.search(r"(_test|_tests|_bench|_fuzz)\.(cc|h)$", path.name) is not None
        if path.suffix in (".cc", ".h") and (tests or not is_test):
            yield path


def includes(path):
    return re.findall(r'^#include ([<"][^">]+[">])', path.read_text(), re.MULTILINE)


def module_folder(include, folders):
    """The module's folder that a quoted include names: the longest that fits; None for generated ones."""
    parts = pathlib.PurePosixPath(include.strip('"')).parent
    while parts != pathlib.PurePosixPath("."):
        if pathlib.Path(parts) in folders:
            return pathlib.Path(parts)
        parts = parts.parent
    return None


def test_pure_modules_touch_no_thread_file_socket_or_clock():
    declared = {folder: pure for folder, _, pure in module_declarations()}
    pure_folders = {folder for folder, pure in declared.items() if pure}
    assert len(pure_folders) > 10, "the declarations are not found any more"
    wrong = []
    for folder in sorted(pure_folders):
        for path in sources(folder, tests=False):
            name = path.relative_to(SRC).as_posix()
            if name in IMPURE_ALLOWED:
                continue
            for include in includes(path):
                if include.startswith("<"):
                    impure = IMPURE_HEADERS.fullmatch(include)
                elif include.startswith('"ostraka/v1/'):
                    impure = not include.endswith('_records.pb.h"')
                else:
                    impure = (module_folder(include, declared) not in pure_folders and
                              include.strip('"') not in CONTRACTS)
                if impure:
                    wrong.append(f"{name} includes {include}")
            wrong += [f"{name} calls {call.group()}" for call in IMPURE_CALLS.finditer(path.read_text())]
    assert not wrong, "\n".join(wrong)


def test_each_service_has_a_pure_core():
    pure = {folder.as_posix() for folder, _, is_pure in module_declarations() if is_pure}
    without = {service for service in SERVICES if f"{service}/core" not in pure}
    # Identity's core keeps a cache that its threads share; the gateway's judges addresses that net/http parses.
    assert without == {"identity", "gateway"}


def test_a_module_includes_only_modules_above_it():
    order = re.findall(r"add_subdirectory\((\w+)\)", (SRC / "CMakeLists.txt").read_text())
    assert order[0] == "base" and order[-1] == "cli"
    wrong = []
    for path in sorted(SRC.rglob("*.cc")) + sorted(SRC.rglob("*.h")):
        own = path.relative_to(SRC).parts[0]
        for include in includes(path):
            other = include.strip('"').split("/")[0]
            if include.startswith("<") or other not in order or other == own:
                continue
            is_test = re.search(r"_(test|fuzz)\.cc$", path.name)
            if order.index(other) > order.index(own) or (own in SERVICES and other in SERVICES and not is_test):
                wrong.append(f"{path.relative_to(SRC)} includes {include}")
    assert not wrong, "\n".join(wrong)


def test_the_recount_shares_no_counting_code():
    shared = [f"{path.relative_to(SRC)} includes {include}" for path in sources("recount", tests=False)
              for include in includes(path)
              if re.match(r'"(tally|election/counting|election/results|once)/', include)]
    assert not shared, "\n".join(shared)
    dependencies = (SRC / "recount/CMakeLists.txt").read_text().split("TEST_DEPENDS")[0]
    assert not re.search(r"^[^#]*ostraka_(counting|results|once|tally\w*)\b", dependencies, re.MULTILINE)


def test_every_module_is_described():
    readme = (SRC / "README.md").read_text()
    order = re.findall(r"add_subdirectory\((\w+)\)", (SRC / "CMakeLists.txt").read_text())
    assert [module for module in order if f"`{module}/" not in readme] == []


def test_every_fuzzer_is_built_and_has_inputs_to_begin_with():
    files = {path.name.removesuffix("_fuzz.cc") for path in SRC.rglob("*_fuzz.cc")}
    declared = {name for lists in SRC.rglob("CMakeLists.txt")
                for name in re.findall(r"^\s*ostraka_fuzzer\((\w+)", lists.read_text(), re.MULTILINE)}
    corpus = SRC.parent / "tests/fuzz/corpus"
    assert len(files) > 10 and files == declared == {path.name for path in corpus.iterdir()}
    assert sum(path.stat().st_size for path in corpus.rglob("*") if path.is_file()) < 100_000
