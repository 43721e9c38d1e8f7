r"""What stands behind an atom: indices, powers, primes, arguments, `!`, `%`, `°`, and the places of `f |_{x = 0}` and `[F]_a^b`.

What an index or a power means is said in scripts.py, what a pair of brackets means in calling.py.
"""

from __future__ import annotations

from evalkit.derivation.grammar import calling, scripts
from evalkit.derivation.grammar.cancelled import reduced
from evalkit.derivation.grammar.double_factorials import double_factorial
from evalkit.derivation.grammar.nodes import Call, Grad, Node, Num, Sub, Sym, Un, Unreadable, walk
from evalkit.derivation.grammar.stream import MATRIX, Grammar, split
from evalkit.derivation.grammar.tokens import Token

MAX_FIGURES = 3
"""Of an index without braces."""
_EXTREMES = {
    f"\\{letter}_{which}": (f"\\{letter}_", at)
    for letter in ("sigma", "lambda")
    for which, at in (("max", 1), ("min", -1))
}


class Postfixes(Grammar):
    """Reads what stands behind an atom."""

    def postfix(self, node: Node, powers: bool = True) -> Node:
        while True:
            token = self.peek()
            if token is not None and (token.kind, token.text) == ("cmd", "degree"):
                self.next()
                node = Un("°", node)
                continue
            if (
                token is not None
                and token.kind == "num"
                and isinstance(node, Sym)
                and calling.is_numbered(self, node, token)
            ):
                self.next()
                node = scripts.subscript(self, node, [token])
                continue
            if token is None or token.kind != "op":
                return node
            if token.text == "_":
                bracketed = self.behind() in (")", "]", "\\}")
                self.next()
                low = self.index() if isinstance(node, Sym | Sub) else self.argument()
                if (
                    not isinstance(node, Sym | Sub | Num)
                    and self.at("^")
                    and self.tokens[self.pos - len(low) - 2].text != "|"
                ):
                    limits = self.limits(low)
                    if limits is not None:
                        node = self.between_limits(node, *limits)
                        continue
                if bracketed and any(t.text == "=" for t in low) and not isinstance(node, Sym | Sub | Num):
                    node = self.at_place(node, low)  # `\left(...\right)_{s = -1}`
                    continue
                node = scripts.subscript(self, node, [*low, *scripts.second_index(self, node, low)], bracketed)
            elif token.text == "^":
                mark = self.pos
                self.next()
                exponent = self.exponent()
                if powers and (powered := calling.power_of_call(self, node, exponent)) is not None:
                    node = powered
                    continue
                new = scripts.superscript(self, node, exponent, powers)
                if new is None:
                    self.pos = mark
                    return node
                node = new
            elif calling.of_functions(self, node):
                node = calling.applied(self, node)
            elif token.text == "'":
                self.next()
                node = scripts.prime(self, node)
            elif (event := calling.event(self, node)) is not None:
                node = event
            elif token.text == "(" and isinstance(node, Sym | Sub) and node.name and calling.is_call(self, node, token):
                self.next()
                node = self.call(node, self.arguments(self.inside(")")))
            elif token.text == "!" and powers:
                self.next()
                if self.at("!"):
                    self.next()
                    node = double_factorial(node)
                else:
                    node = Un("!", node)
            elif token.text == "%" and isinstance(node, Num):
                self.next()
                node = Un("%", node)
            else:
                return node

    def index(self) -> list[Token]:
        """The tokens of a subscript; without braces, `a_10` has both figures: no number is written behind a letter as a factor."""
        token = self.peek()
        if token is not None and token.kind == "num" and token.text.isdecimal() and len(token.text) <= MAX_FIGURES:
            return [self.next()]
        return self.argument()

    def exponent(self) -> list[Token]:
        """The tokens of a superscript; without braces, `x^-1` and `x^(3/2)` are as plain text writes them."""
        first, second = self.peek(), self.peek(1)
        if first is not None and first.kind == "op" and first.text == "(":
            self.next()
            inner = self.inside(")")
            return [first, *inner, Token("op", ")", self.tokens[self.pos - 1].start, self.tokens[self.pos - 1].end)]
        signed = (
            first is not None and second is not None and (first.kind, first.text, second.kind) == ("op", "-", "num")
        )
        if signed and second is not None and second.glued:
            return [self.next(), *self.argument()]
        return self.argument()

    def call(self, node: Sym | Sub, args: tuple[Node, ...]) -> Node:
        """`\\sigma_i(A)` is the i-th singular value of A unless it was declared; of a family `p_i`, `p_i(z)` says of what,
        and of a function or a column s, `s_i(z)` is an entry of s(z)."""
        base = node.base.name if isinstance(node, Sub) and isinstance(node.base, Sym) else ""
        known = self.names.role(base)
        if isinstance(node, Sub) and node.index is not None and len(node.index) == 1 and len(args) == 1:
            spectrum = base in ("\\sigma", "\\lambda", "s") and (not known or self.names.shape(args[0]) == MATRIX)
            if (spectrum or self.names.role(f"{base}_") == "notation") and self.names.role(node.name) is None:
                return Call(f"{base}_", (node.index[0], args[0]))
        if node.name in _EXTREMES and len(args) == 1 and self.names.role(node.name) is None:
            return Call(_EXTREMES[node.name][0], (Num(_EXTREMES[node.name][1]), args[0]))
        if isinstance(node, Sub) and node.index is not None and known and self.names.role(node.name) is None:
            counts = not all(
                isinstance(n, Sym) and n.name.startswith("\\") for n in node.index
            )  # L_\lambda is another L
            return Sub(Call(base, args), "", node.index) if counts else Call(node.name, args)
        return Call(node.name, args)

    def place(self, node: Node) -> Node:
        """`f |_{x = a}`: the value of all that stands before it, at a; `f |_a^b`: its difference between two limits."""
        self.next()
        self.next()
        low = self.argument()
        if self.at("^"):
            self.next()
            return self.between_limits(node, low, self.argument())
        return self.at_place(node, low)

    def at_place(self, node: Node, low: list[Token]) -> Node:
        """The value of all of it at a place `x = a`; of a derivative, at a place of its variable."""
        parts = split(low, {"="})
        if isinstance(node, Grad) and node.by == Sym("") and isinstance(node.f, Sym | Call) and len(parts) == 1:
            return self.place_of_gradient(node, node.f, low)
        moved = {n.by for n in walk(node) if isinstance(n, Grad) and isinstance(n.by, Sym | Sub) and n.by != Sym("")}
        if len(parts) == 1 and len(moved) == 1 and any(t.kind == "id" or t.text == "(" for t in parts[0]):
            return self.place_of_slope(node, next(iter(moved)), parts[0])
        if len(parts) != 2:
            raise Unreadable("the place of a value")
        name = self.sub_parse(parts[0])
        if not isinstance(name, Sym | Sub):
            raise Unreadable("the place of a value")
        return Call("at", (reduced(node, name), name, self.sub_parse(parts[1])))

    def place_of_gradient(self, node: Grad, f: Sym | Call, at: list[Token]) -> Node:
        r"""`\nabla f |_{(1, 2)}`, `\nabla f |_P`: the gradient of f at a point."""
        inside = at[1:-1] if at[0].text == "(" and at[-1].text == ")" else at
        args = tuple(self.sub_parse(part) for part in split(inside, {","}))
        return Grad(Call(f.name, args), node.by, node.order)

    def place_of_slope(self, node: Node, by: Sym | Sub, at: list[Token]) -> Node:
        r"""`\frac{dy}{dx} |_a`: the variable is that of d/dx; of a point `(1, 2)` the second is what y is there."""
        point = split(at[1:-1], {","}) if at[0].text == "(" and at[-1].text == ")" else []
        if isinstance(node, Grad) and isinstance(node.f, Sym) and len(point) == 2:
            node = Call("at", (node, node.f, self.sub_parse(point[1])))
            at = point[0]
        return Call("at", (node, by, self.sub_parse(at)))

    def between_limits(self, node: Node, low: list[Token], high: list[Token]) -> Node:
        """`[F]_a^b`, `[F]_{x=a}^{x=b}`: the limits, and the variable where they name it."""
        parts = split(low, {"="})
        top = split(high, {"="})
        values = self.sub_parse(parts[-1]), self.sub_parse(top[-1])
        if len(parts) == 1 and len(top) == 1:
            return Call("between", (node, *values))
        name = self.sub_parse(parts[0])
        if len(parts) != 2 or not isinstance(name, Sym | Sub) or (len(top) == 2 and self.sub_parse(top[0]) != name):
            raise Unreadable("the variable between two limits")
        return Call("between", (node, *values, name))

    def limits(self, low: list[Token]) -> tuple[list[Token], list[Token]] | None:
        """The two limits of `[F]_a^b`; None where the superscript is a transpose or the like."""
        mark = self.pos
        self.next()
        high = self.argument()
        number = any(t.text == "=" for t in low) or [t.kind for t in low[1:]] == ["num"]  # `_{x=0}^2`, `_{-1}^2`
        if [t.text for t in high] in (["top"], ["T"], ["2"], ["-", "1"]) and len(low) != 1 and not number:
            self.pos = mark
            return None
        if any(t.text in ("top", "T", "*", "dagger") for t in high) or any(
            t.kind == "id" and t.text in "ij" for t in low
        ):
            self.pos = mark
            return None
        return low, high

    def arguments(self, tokens: list[Token]) -> tuple[Node, ...]:
        return tuple(self.sub_parse(part) for part in split(tokens, {",", ";"}))
