r"""Derivatives that are by all coordinates: `\nabla f(x_0)`, `\nabla^2 f`, `H_f(1, 2)`, `J_F(x, y)`, `\Delta\log r`, `D_u f(P)`.

The variables are the arguments of a function, or the numbers that an expression is made of (`r = \sqrt{x^2 + y^2}`). A gradient is
a column, `J_F` has a row for each component of F, and `\nabla^2` is the matrix of second derivatives or their sum, the Laplacian,
whichever fits. A point is numbers in the call, a column of numbers that the text named, or any point (`\nabla f(\mathbf x)`).
What holds so is true; of what does not, only slips in a gradient at arguments, and what one edit makes true, are false.
Not covered: other coordinates than Cartesian ones, parameters among the letters of an expression without arguments, divergence, curl.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import (
    Bin,
    Block,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    base_name,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.stream import COLUMN, SCALAR
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.calculus import is_variable
from evalkit.derivation.worlds.scope import Defined

WHOLE = Sym("")
"""What stands for the variable of a derivative that does not say by what."""
BACK, MOST, STEPS, MAX_TRIED = 60, 6, 20_000, 60
"""Relations before that may tell a point; variables; steps of evaluation for the edits of one that fails; relations of one reply."""
WHY = "the gradient by all arguments"
_OF = re.compile(r"([JH])_(?:nabla)?\s?(.+)")
_ALONG, _LAPLACE = re.compile(r"D_.+"), "\\Delta"
USUAL = re.compile(r"[uvxyzt](?:_\d)?")
"""Letters that are coordinates before others."""


def by_coordinates(reading: Reading, read: Read) -> Read | None:
    """Has derivatives by all coordinates, a gradient, a Hessian, a Laplacian or a Jacobian, and is judged by each of them."""
    if reading.by_coordinates >= MAX_TRIED or not any(is_whole(n) for side in read.sides for n in walk(side)):
        return None
    reading.by_coordinates += 1
    fails: Judgement | None = None
    for laplacian in (False, True):
        found = Coordinates(reading, laplacian)
        left, right = (found.put(side) for side in read.sides)
        if (left, right) == read.sides or (laplacian and not found.second):
            continue
        judgement = judged(reading, read, left, right)
        if judgement.verdict in TRUE:
            return replace(read, judgement=replace(judgement, reason=judgement.reason or WHY))
        plainly = found.plainly and not found.second
        if judgement.verdict is Verdict.FAILS and (plainly or slip(reading.judge, left, right, steps=STEPS).kind):
            fails = replace(judgement, reason=WHY)
    return replace(read, judgement=fails) if fails is not None else None


def named_derivative(reading: Reading, read: Read) -> Read | None:
    """Says what the Jacobian or the Hessian of a known function is, by its usual name."""
    left = read.sides[0]
    if not isinstance(left, Call | Sub) or _OF.fullmatch(left.name) is None:
        return None
    return by_coordinates(reading, read)


def named_gradient(reading: Reading, read: Read) -> Read | None:
    r"""Gives a name to a derivative by all coordinates: `g_0 = \nabla f(x_0)`."""
    left, right = read.sides
    if not isinstance(left, Sym | Sub | Call) or not any(is_whole(n) for n in walk(right)):
        return None
    written = Coordinates(reading, laplacian=False).put(right)
    made = definition(reading, replace(read, right=written)) if written != right and read.left == left else None
    return replace(made, left=left, right=right) if made is not None else None


def judged(reading: Reading, read: Read, left: Node, right: Node) -> Judgement:
    r"""The verdict, with `\langle a, b \rangle` for a column, a row for a column, and for all values of free letters."""
    left, right = (Call("tuple", s.args) if isinstance(s, Call) and s.name == "inner" else s for s in (left, right))
    judgement = reading.judge.equation(left, right)
    if judgement.verdict is Verdict.ILL_TYPED:  # it is written as a row
        judgement = reading.judge.equation(left, Un("T", right))
    if judgement.verdict is Verdict.UNBOUND:
        free = free_letters(reading, replace(read, left=left, right=right))
        free = free or free_letters(reading, replace(read, left=left, right=Un("T", right)))
        judgement = free.judgement if free is not None else judgement
    return judgement


def is_whole(node: Node) -> bool:
    """Whether it may be a derivative by all coordinates."""
    match node:
        case Grad(_, by, _):
            return by == WHOLE
        case Sub(Sym(), name, by) if by and all(isinstance(i, Sym) and USUAL.fullmatch(i.name) for i in by):
            return len(by) > 1 or name.startswith("D_")
        case Call(name, _) | Sub(_, name, _):
            return _OF.fullmatch(name) is not None or _ALONG.fullmatch(name) is not None
        case Sym(name):
            return name == _LAPLACE
    return False


@dataclass
class Coordinates:
    """Writes such derivatives out."""

    reading: Reading
    laplacian: bool
    """Whether second derivatives are summed."""
    second: bool = False
    """Some were written out."""
    plainly: bool = False
    """A gradient at the arguments of a call was."""

    def put(self, node: Node) -> Node:
        """The tree with columns, matrices and sums of partial derivatives."""
        if (found := self.whole(node)) is not None:
            return found
        parts = children(node)
        return rebuilt(node, [self.put(part) for part in parts]) if parts and not isinstance(node, Sub) else node

    def whole(self, node: Node) -> Node | None:
        """A derivative by all coordinates, written out; None of everything else."""
        match node:
            case Grad(f, by, order) if by == WHOLE:
                return self.derived(f, order)
            case Bin("^", Grad(Sym() | Sub() as f, by, order), Num() as power) if by == WHOLE and self.is_number(f):
                return self.derived(Bin("^", f, power), order)  # \nabla r^2
            case Call(name, args) if (of := _OF.fullmatch(name)) is not None and self.means_nothing(name):
                return self.named(of, args, nabla="nabla" in name)
            case Sub(_, name, _) if (of := _OF.fullmatch(name)) is not None and self.means_nothing(name):
                return self.named(of, (), nabla="nabla" in name)
            case Bin("*", Sub(_, name, (along,)), Call() | Sym() as f) if _ALONG.fullmatch(name):
                slope = self.derived(f, 1) if self.means_nothing(name) else None
                return Bin("dot", slope, self.put(along)) if slope is not None else None
            case Sym(name) if (entry := self.given(name)) is not None and isinstance(entry.body, Call):
                return (
                    Call("tuple", entry.body.args) if entry.body.name == "inner" else None
                )  # u = \langle 1, 2 \rangle
            case Sub(Sym(name), whole, tuple(by)) if whole and self.means_nothing(whole):
                return self.labelled(name, by)
            case Bin("*", Sym(name), f) if name == _LAPLACE and self.laplacian and self.means_nothing(name):
                return self.derived(f, 2)
        return None

    def given(self, name: str) -> Defined | None:
        """What a name without arguments was given."""
        found = self.reading.judge.scope.find(name)
        return found[1] if found is not None and isinstance(found[1], Defined) and not found[1].params else None

    def labelled(self, name: str, by: Sequence[Node]) -> Node | None:
        """`f_{xy}` of a function of x and y."""
        found = self.reading.judge.scope.find(name)
        params = tuple(map(Sym, found[1].params)) if found is not None and isinstance(found[1], Defined) else ()
        if len(params) < 2 or not 1 <= len(by) <= 2 or not set(by) <= set(params):
            return None
        out: Node = Call(name, params)
        for letter in by:
            out = Grad(out, letter)
        return out

    def means_nothing(self, name: str) -> bool:
        return self.reading.judge.scope.find(name) is None

    def is_number(self, node: Node) -> bool:
        return self.reading.judge.scope.shape(node) == SCALAR

    def is_column(self, node: Node) -> bool:
        """Whether what is derived has components."""
        found = self.reading.judge.scope.find(node.name) if isinstance(node, Call) else None
        if found is not None and isinstance(found[1], Defined):
            node = found[1].body
        return self.reading.judge.scope.shape(node) == COLUMN

    def named(self, of: re.Match[str], args: tuple[Node, ...], *, nabla: bool) -> Node | None:
        r"""`H_f(1, 2)`, `J_F(x, y)` and `J_{\nabla f}`, of a function that is known."""
        found = self.reading.judge.scope.find(of[2])
        if found is None or not isinstance(found[1], Defined):
            return None
        f: Node = Call(of[2], args) if args else Sym(of[2])
        if of[1] == "J" and not nabla:
            return self.derived(f, 1, jacobian=True)
        return self.derived(f, 2) if not self.laplacian else None

    def derived(self, f: Node, order: int, *, jacobian: bool = False) -> Node | None:
        """All derivatives of this order of a number or, as a Jacobian, of a column."""
        told = self.arguments(f)
        if told is None or order > 2:
            return None
        body, letters, point = told
        if self.is_column(body) != jacobian:
            return None
        if jacobian:
            out: Node = Block((tuple(Grad(body, a) for a in letters),))
        elif order == 1:
            out = Call("tuple", tuple(Grad(body, a) for a in letters))
        elif self.laplacian:
            terms: list[Node] = [Grad(Grad(body, a), a) for a in letters]
            out = reduce(lambda all_, one: Bin("+", all_, one), terms)
        else:
            out = Block(tuple(tuple(Grad(Grad(body, b), a) for b in letters) for a in letters))
        self.second |= order == 2
        self.plainly |= order == 1 and isinstance(f, Call)
        for letter, value in zip(letters, point, strict=True):
            if letter != value and isinstance(out, Call) and out.name == "tuple":
                out = Call("tuple", tuple(Call("at", (part, letter, value)) for part in out.args))
            elif letter != value:
                out = Call("at", (out, letter, value))
        return out

    def arguments(self, f: Node) -> tuple[Node, Sequence[Node], Sequence[Node]] | None:
        """What is derived, by which letters, and at which point."""
        scope = self.reading.judge.scope
        found = scope.find(f.name) if isinstance(f, Call | Sym | Sub) else None
        params = tuple(map(Sym, found[1].params)) if found is not None and isinstance(found[1], Defined) else ()
        if isinstance(f, Call) and found is not None:
            point = self.point(f.args, params) if params else None
            if point is None or not 2 <= len(params) <= MOST:
                return None
            letters = point if all(isinstance(p, Sym | Sub) for p in point) else params
            return Call(f.name, tuple(letters)), letters, point
        letters = params if len(params) > 1 else self.letters_of(f) if not params else ()
        if not 2 <= len(letters) <= MOST:
            return None
        return Call(f.name, letters) if params and isinstance(f, Sym) else f, letters, letters

    def point(self, args: Sequence[Node], params: Sequence[Node]) -> Sequence[Node] | None:
        r"""The coordinates of a point; the arguments themselves of `\mathbf x`."""
        if len(args) == len(params):
            return args
        if len(args) != 1:
            return None
        if isinstance(args[0], Sym | Sub):
            whole = args[0].name.split(" ")[-1]
            if all(base_name(p) == whole for p in map(self.as_member, params)) or (
                self.means_nothing(args[0].name) and args[0].name.startswith("\\mathbf")
            ):
                return params
        values = components(self.value_of(args[0]))
        if (
            not values
            and self.is_column(args[0])
            and isinstance(args[0], Sym | Sub)
            and self.given(args[0].name) is not None
        ):
            return [Sub(args[0], "", (Num(float(i)),)) for i in range(1, len(params) + 1)]
        return values if len(values) == len(params) else None

    def as_member(self, node: Node) -> Sub:
        """A name as one with a subscript."""
        name = node.name if isinstance(node, Sym | Sub) else ""
        return Sub(Sym(name.partition("_")[0]), name, None)

    def value_of(self, node: Node) -> Node:
        """What the text or the problem says that a point is."""
        if not isinstance(node, Sym | Sub):
            return node
        found = self.reading.judge.scope.find(node.name)
        if found is not None:
            return found[1].body if isinstance(found[1], Defined) and not found[1].params else node
        for before in reversed(self.reading.relations[-BACK:]):
            if before.left == node and before.right is not None and components(before.right):
                return before.right
        return node

    def letters_of(self, f: Node) -> tuple[Node, ...]:
        """The numbers of which an expression is made, in the order of the alphabet."""
        env = self.reading.judge.general
        names = [n for n in env.depends(f) if is_variable(env, n)]
        if not all(env.scope.shape(Sym(n)) == SCALAR for n in names):
            return ()
        usual = [n for n in names if USUAL.fullmatch(n)]
        return tuple(map(Sym, sorted(usual if len(usual) > 1 else names)))


def components(node: Node) -> tuple[Node, ...]:
    """The entries of a column or a row that is written out."""
    match node:
        case Un("T", x):
            return components(x)
        case Call("tuple" | "inner", args):
            return args
        case Block(rows) if len(rows) == 1:
            return rows[0]
        case Block(rows) if all(len(row) == 1 for row in rows):
            return tuple(row[0] for row in rows)
    return ()
