"""Single-point mutants of Python source: a fault of one comparison, condition, constant, value or statement each."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STRATA: dict[str, tuple[str, ...]] = {
    "asking, running": ("asking/", "runfile/", "providers/", "wire/", "local/"),
    "scoring, reading": ("scorers/", "reading/", "judging/"),
    "derivation": ("derivation/",),
    "comparing, stats": ("stats/", "comparing/"),
    "showing, cli": ("showing/", "interface/", "cli/", "specs/"),
}
"""Prefixes below evalkit/. A file that none names belongs to the last stratum."""
SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
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
