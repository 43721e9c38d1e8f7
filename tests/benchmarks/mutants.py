"""`python -m tests.benchmarks.mutants --count 150 --seed 1 [--only evalkit/stats/]`: which faults would no test notice?

Samples single-point mutants of evalkit's own source, in five strata alike, and runs the tests that run its line on each,
in a copy of the tree: a comparison swapped, a condition negated, a constant changed, a returned value replaced, a
statement dropped. What survives is printed with its line before and after, then a table. `--only` is a prefix of
`file:line`, for example `evalkit/stats/`, or `evalkit/stats/rates.py:40` for every mutant of the lines 40, 400, ...

Not covered: docstrings, messages, decorators, type annotations, f-strings; mutants that behave as before (a survivor is
to be read, not counted as a hole); faults of more than one point.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from coverage import CoverageData

ROOT = Path(__file__).parents[2]
STRATA: dict[str, tuple[str, ...]] = {
    "asking, running": ("asking/", "runfile/", "providers/", "wire/", "local/"),
    "scoring, reading": ("scorers/", "reading/", "judging/"),
    "derivation": ("derivation/",),
    "comparing, stats": ("stats/", "comparing/"),
    "showing, cli": ("showing/", "interface/", "cli/", "specs/"),
}
"""Prefixes below evalkit/. A file that none names belongs to the last stratum."""
TESTS: dict[str, tuple[str, ...]] = {
    "asking, running": (
        "test_runner*", "test_runs*", "test_stops*", "test_limits*", "test_pool*", "test_batches*", "test_budget*",
        "test_forecast*", "test_identity*", "test_shards*", "test_provider*", "test_server*", "test_conformance*",
        "test_faults_told*", "test_store*", "test_strangers*", "test_merging*", "test_exchange*", "test_plain_rows*",
        "test_logs*", "test_outputs*", "test_labels*", "test_trust*", "test_so_far*", "test_interface_running*",
        "test_attachments*", "test_cli*", "local/test_*", "test_local_example*", "test_ray*", "test_data_sets*",
    ),
    "scoring, reading": (
        "test_scor*", "test_one_file_scorer*", "test_answer*", "test_first_answer*", "test_missing_at_random*", "test_votes*",
        "test_reading*", "test_english*", "test_thoughts*", "test_quotations*", "test_equations*", "test_workers*",
        "test_bounds*", "test_pumps*", "test_checks*", "test_pitfalls*", "test_judge*", "test_reader*", "test_derivation_judge*",
        "test_derivation_milestones*",
    ),
    "derivation": ("test_derivation*", "test_scorers_*", "test_equations*", "test_readings*", "test_reader*"),
    "comparing, stats": (
        "test_stats*", "test_compar*", "test_steering*", "test_studies*", "test_looks*", "test_tables*", "test_table_notes*",
        "test_methods*", "test_demands*", "test_turn_option*", "test_wordings*", "test_first_answer*", "test_votes*",
        "test_missing_at_random*", "test_labels*", "test_interface*", "test_report*",
    ),
    "showing, cli": (
        "test_tables*", "test_table_notes*", "test_figures*", "test_report*", "test_methods*", "test_view*", "test_cli*",
        "test_interface*", "test_conveniences*", "test_demands*", "test_printed*", "test_recorded*", "test_docs*",
        "test_readme*", "test_notebooks*", "test_imports*", "test_plugins*", "test_wheel*", "test_studies*", "test_looks*",
        "test_prompts*", "test_sandbox*", "test_problem_hints*", "test_broken_files*", "test_pitfalls*", "test_checks*",
        "test_homework*", "test_sets*", "test_variants*", "test_wordings*", "test_attachments*", "test_exchange*",
        "test_logs*", "test_reader*", "test_strangers*", "test_labels*", "test_judge*", "test_first_answer*",
    ),
}  # fmt: skip
"""The test files of each stratum, globs below tests/."""
COPIED = ("evalkit", "tests", "problems", "prompts", "runs", "docs", "README.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml")  # fmt: skip
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
MOST = 60
"""Tests for one mutant, in the first round."""
LIMIT = 240.0
"""Seconds for the first round of tests, three times as many for the second; on a busy machine a sound tree may take longer."""
FATES = ("killed", "hung", "survived")
WORD = re.compile(r"[a-z][a-z_.]*")
"""A string that decides something, such as a key or a verdict; all others are taken for messages and patterns."""


@dataclass(frozen=True)
class Mutant:
    """`new` in place of the bytes from `start` to `end` of a file."""

    stratum: str
    path: str
    line: int
    start: int
    end: int
    new: str

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    def of(self, source: bytes) -> bytes:
        return source[: self.start] + self.new.encode() + source[self.end :]

    def shown(self, source: bytes) -> tuple[str, str]:
        """The lines concerned, before and after."""
        first, last = source.rfind(b"\n", 0, self.start) + 1, source.find(b"\n", self.end)
        before, after = (
            source[first:last],
            self.of(source)[first : last + len(self.new.encode()) - self.end + self.start],
        )
        return " ".join(before.decode().split()), " ".join(after.decode().split())


def _mutations(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """(what is replaced, by what) at this node."""
    match node:
        case ast.Compare(left, ops, comparators):
            for i, op in enumerate(ops):
                other = [*ops[:i], SWAPPED[type(op)](), *ops[i + 1 :]]
                yield node, f"({ast.unparse(ast.Compare(left, other, comparators))})"
        case ast.BoolOp(op, values):
            joined = " or " if isinstance(op, ast.And) else " and "
            yield node, f"({joined.join(f'({ast.unparse(v)})' for v in values)})"
        case ast.UnaryOp(ast.Not(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Constant(bool() as value):
            yield node, str(not value)
        case ast.Constant(int() | float() as number):
            yield node, repr(number + 1)
        case ast.Constant(str() as text) if WORD.fullmatch(text):
            yield node, repr(f"{text}_")
        case ast.Return(ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield node, "return None"
        case ast.Raise() | ast.Continue() | ast.Break() | ast.AugAssign() | ast.Expr(ast.Call() | ast.Await()):
            yield node, "pass"
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, f"(not ({ast.unparse(test)}))"
        case ast.comprehension(ifs=ifs):
            yield from ((test, f"(not ({ast.unparse(test)}))") for test in ifs)


def _judged(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes of code that does something: no docstrings, annotations, decorators, messages."""
    yield node
    skipped = {"annotation", "returns", "decorator_list", "type_params"}
    for name, value in ast.iter_fields(node):
        if name in skipped or (isinstance(node, ast.Raise) and name in ("exc", "cause")):
            continue
        for child in value if isinstance(value, list) else [value]:
            match child:
                case ast.Expr(ast.Constant()) | ast.JoinedStr() | ast.keyword(arg="strict" | "description"):
                    continue
                case (
                    ast.Call(ast.Name("cast" | "TypeVar"))
                    | ast.Subscript(ast.Name("Literal"))
                    | ast.If(ast.Name("TYPE_CHECKING"))
                ):
                    continue
                case ast.AST():
                    yield from _judged(child)


def mutants_of(path: str, source: bytes) -> Iterator[Mutant]:
    """Every mutant of one file."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    stratum = next((s for s, own in STRATA.items() if path.startswith(own, len("evalkit/"))), list(STRATA)[-1])
    for node in _judged(ast.parse(source)):
        for old, new in _mutations(node):
            assert isinstance(old, ast.expr | ast.stmt)
            start = starts[old.lineno - 1] + old.col_offset
            end = starts[(old.end_lineno or 0) - 1] + (old.end_col_offset or 0)
            yield Mutant(stratum, path, old.lineno, start, end, new)


def sample(tree: Path, count: int, seed: int, only: str) -> list[Mutant]:
    """`count` mutants, spread alike over the strata that `only` leaves."""
    rng = random.Random(seed)
    files = [p.relative_to(tree).as_posix() for p in sorted((tree / "evalkit").rglob("*.py"))]
    found = [m for name in files for m in mutants_of(name, (tree / name).read_bytes()) if m.place.startswith(only)]
    piles = [pile for s in STRATA if (pile := [m for m in found if m.stratum == s])]
    for pile in piles:
        rng.shuffle(pile)
    chosen: list[Mutant] = []
    while any(piles) and len(chosen) < count:
        chosen += [pile.pop() for pile in piles if pile]
    return sorted(chosen[:count], key=lambda m: (list(STRATA).index(m.stratum), m.path, m.start, m.new))


class Tests:
    """Which tests run which line: one run of the whole suite with coverage tells, in this process's own code.

    A mutant gets the tests that run its line, a spread of them where they are many. What these let through, and what only
    other processes run (the command line, workers), gets all test files of its stratum.
    """

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.left_out: tuple[str, ...] = ()
        told = tree / "base.txt"
        with told.open("w", encoding="utf-8") as output:
            covered = ["--cov=evalkit", "--cov-context=test", "--cov-report=", "--timeout=0", "-rfE", "--maxfail=20"]
            self._run(covered, None, output)
        # Tests that need a quiet machine may fail without a mutant: they can tell nothing of one.
        failing = re.findall(r"^(?:FAILED|ERROR) (tests/\S+)", told.read_text(encoding="utf-8"), re.MULTILINE)
        if len(failing) >= 20:
            raise SystemExit("the tests fail without a mutant")
        for name in failing:
            print(f"left out, fails without a mutant: {name}", flush=True)
        self.left_out = tuple(f"--deselect={name}" for name in failing)
        data = CoverageData(str(tree / ".coverage"))
        data.read()
        self.by_line: dict[str, dict[int, list[str]]] = {}
        for file in data.measured_files():
            name = Path(file).relative_to(tree.resolve()).as_posix()
            self.by_line[name] = data.contexts_by_lineno(file)

    def fate(self, mutant: Mutant) -> str:
        """killed: a test fails; hung: the tests were not done in time, which may be the machine's doing; or survived."""
        running = self.by_line.get(mutant.path, {}).get(mutant.line, [])
        tests = sorted({context.partition("|")[0] for context in running if "::" in context})
        step = max(len(tests) // MOST, 1)
        if tests and (fate := self._run(tests[::step][:MOST], LIMIT)) != "survived":
            return fate
        files = {p for glob in TESTS[mutant.stratum] for p in (self.tree / "tests").glob(f"{glob}.py")}
        files |= {self.tree / test.partition("::")[0] for test in tests}
        return self._run([p.relative_to(self.tree).as_posix() for p in sorted(files)], 3 * LIMIT)

    def _run(self, arguments: list[str], limit: float | None, told: TextIO | None = None) -> str:
        environment = {**os.environ, "PYTHONPATH": str(self.tree), "PYTHONHASHSEED": "0"}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1"} if limit else {}  # byte code of a mutant must not outlive it
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        command += ["-x"] if limit else []
        process = subprocess.Popen(
            [*command, *self.left_out, *arguments], cwd=self.tree, env=environment, stdout=told or subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            return "killed" if process.wait(limit) else "survived"
        except subprocess.TimeoutExpired:
            return "hung"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the tests' own processes too
            process.wait()


def try_all(tree: Path, mutants: Iterable[Mutant]) -> dict[str, Counter[str]]:
    """How many met which fate, of each stratum; all that were not killed are printed as they are found."""
    tests = Tests(tree)
    counts: dict[str, Counter[str]] = {}
    for mutant in mutants:
        file = tree / mutant.path
        source, times = file.read_bytes(), file.stat()
        file.write_bytes(mutant.of(source))
        fate = tests.fate(mutant)
        file.write_bytes(source)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # its byte code holds again
        counts.setdefault(mutant.stratum, Counter())[fate] += 1
        if fate != "killed":
            before, after = mutant.shown(source)
            print(f"{mutant.place} {fate}\n  - {before}\n  + {after}", flush=True)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="single-point mutants that no test notices")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="PREFIX", help="for example evalkit/stats/")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "teaching-model")
                shutil.copytree(ROOT / name, tree / name, ignore=ignored)
            else:
                shutil.copy2(ROOT / name, tree / name)
        began = time.monotonic()
        counts = try_all(tree, sample(tree, options.count, options.seed, options.only))
    rows = [f"| {stratum} | {' | '.join(str(met[fate]) for fate in FATES)} |" for stratum, met in counts.items()]
    print("", f"| stratum | {' | '.join(FATES)} |", "|---|---|---|---|", *rows, sep="\n")
    print(f"\n{time.monotonic() - began:.0f} s, seed {options.seed}")


if __name__ == "__main__":
    main()
