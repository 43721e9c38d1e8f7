r"""Tokens -> expression tree: a Pratt parser with caps. Atoms are in forms.py.

Juxtaposition is a product; `f(x)` is a call where `f` was declared as a function, or is unknown; `d` is the differential
unless it was declared. What the grammar does not know raises Unreadable: never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar import calling, forms, scripts
from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.nodes import (
    EITHER,
    Bin,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    Unreadable,
    children,
    walk,
)
from evalkit.derivation.grammar.stream import COLUMN, MATRIX, ROW, Grammar, Names, NoNames, plain, split
from evalkit.derivation.grammar.tokens import OPEN, Token

MAX_HEIGHT = 160
_PRODUCT = {
    "cdot": "dot",
    "times": "cross",
    "odot": ".*",
    "circ": ".*",
    "otimes": "kron",
    "div": "/",
    "circledast": ".*",
}
_ATOM_CMDS = {"frac", "sqrt", "surd", "nabla", "partial", "sum", "prod", "int", "d", "bold", "|", "|<", "langle", "underbrace", "overbrace",
              "infty", "dots", "norm", "abs", "mathbb", "binom", "boxed", "overset", "underset", "dagger",
              "overline", "cancel", "top"} | ACCENTS  # fmt: skip

_EXTREMES = {
    f"\\{letter}_{which}": (f"\\{letter}_", at)
    for letter in ("sigma", "lambda")
    for which, at in (("max", 1), ("min", -1))
}


class Parser(Grammar):
    """Parses one expression."""

    def whole(self) -> Node:
        node = self.expression()
        rest = self.peek()
        if rest is not None:
            raise Unreadable(f"{rest.text!r} is not understood here")
        return scripts.primed_name(node)

    def expression(self) -> Node:
        self.enter()
        negative = False
        while self.at("+", "-"):
            negative ^= self.next().text == "-"
        node = self.either_sign(self.next().text) if self.at("pm", "mp") else self.term()
        if negative and node != Num(0):  # a rounded -0.00 is a number, and no zeros of open number
            node = Un("-", node)
        while self.at("+", "-", "pm", "mp") or self.signed_brace():
            op = self.next().text if self.at("+", "-", "pm", "mp") else "+"
            node = Bin("+", node, self.either_sign(op)) if op in ("pm", "mp") else Bin(op, node, self.signed_term())
        self.depth -= 1
        return self.remainder(node) if self.at("bmod") else node

    def signed_term(self) -> Node:
        """The term after a sign; `2 - -3` has a sign of its own. `a -- b` is no minus."""
        token = self.peek()
        if token is None or token.kind != "op" or token.text != "-" or token.glued:
            return self.term()
        self.next()
        return Un("-", self.term())

    def remainder(self, node: Node) -> Node:
        r"""`a \bmod b`; of a sum on either side nobody can tell how much of it is meant."""
        self.next()
        by = self.term()
        unclear = isinstance(node, Un) or any(isinstance(n, Bin) and n.op in "+-" for n in (node, by))
        if unclear or (isinstance(by, Bin) and by.op != "^") or self.at("+", "-", "bmod"):
            raise Unreadable("how much is taken modulo")
        return Bin("mod", node, by)

    def either_sign(self, sign: str) -> Node:
        r"""The term after `\\pm` or `\\mp`, times a sign that is 1 or -1 throughout the relation."""
        node = Bin("*", Sym(EITHER), self.term())
        return node if sign == "pm" else Un("-", node)

    def term(self) -> Node:
        node = self.factor()
        while True:
            op = None if self.narrow and self.sign_before_function() else self.product_sign()
            if op:
                negative = False
                while self.at("-", "+"):
                    negative ^= self.next().text == "-"
                right = self.factor()
                if op in ("dot", "cross"):
                    op, right = self.between(op, node, right)
                node = Bin(op, node, Un("-", right) if negative else right)
            elif self.at("|", "|>") and self.is_place():
                node = self.place(node)
            elif self.starts_atom():
                token = self.peek()
                if self.signed_brace() or (self.narrow and token is not None and token.kind == "fn"):
                    return node  # a sign that belongs to a sum; the next function: det A det B
                node = Bin("*", node, self.beside(node.right if isinstance(node, Bin) and node.op == "*" else node))
            else:
                return node

    def between(self, op: str, left: Node, right: Node) -> tuple[str, Node]:
        r"""The sign between two factors, and all that belongs to the second: of columns, `a \cdot B c` is a (B c)."""
        before = self.names.shape(left)
        while before == COLUMN and self.names.shape(right) in (MATRIX, ROW) and self.starts_atom():
            right = Bin("*", right, self.factor())
        shapes = {before, self.names.shape(right)}
        columns = shapes == {COLUMN} or (op == "dot" and shapes == {COLUMN, None})
        return op if columns else "*", right

    def beside(self, before: Node) -> Node:
        """The next factor of a product without a sign. Digits side by side are no product that anyone writes."""
        token = self.peek()
        glued = token is not None and (token.kind == "num" or (token.text == "frac" and token.glued))
        factor = self.factor()
        if glued and isinstance(before, Num):
            if isinstance(factor, Num):
                raise Unreadable("two numbers side by side")
            match factor:
                case Bin("/", Num(top), Num(bottom)) if top < bottom and before.value == int(before.value):
                    raise Unreadable("a mixed number or a product")
        return factor

    def signed_brace(self) -> bool:
        r"""`\\underbrace{-B}_{...}` after a term: a summand, not a factor."""
        at = [t for t in self.tokens[self.pos : self.pos + 6] if t.kind not in ("sp", "qd")]
        texts = [t.text for t in at]
        return texts[:1] in (["underbrace"], ["overbrace"]) and texts[1:2] == ["{"] and texts[2:3] in (["-"], ["+"])

    def is_place(self) -> bool:
        """A bar with a subscript that is no norm: `f |_{x = 0}`."""
        bar, mark = self.peek(), self.peek(1)
        return (
            bar is not None
            and bar.kind == "op"
            and mark is not None
            and mark.text == "_"
            and bar.text.rstrip("<>") not in self.bars
        )

    def place(self, node: Node) -> Node:
        """`f |_{x = a}`: the value of all that stands before it, at a; `f |_a^b`: its difference between two limits."""
        self.next()
        self.next()
        low = self.argument()
        if self.at("^"):
            self.next()
            return self.between_limits(node, low, self.argument())
        parts = split(low, {"="})
        moved = {n.by for n in walk(node) if isinstance(n, Grad) and isinstance(n.by, Sym | Sub) and n.by != Sym("")}
        if (
            len(parts) == 1 and len(moved) == 1 and any(t.kind == "id" for t in parts[0])
        ):  # the variable is that of d/dx
            return Call("at", (node, next(iter(moved)), self.sub_parse(parts[0])))
        if len(parts) != 2:
            raise Unreadable("the place of a value")
        name = self.sub_parse(parts[0])
        if not isinstance(name, Sym | Sub):
            raise Unreadable("the place of a value")
        return Call("at", (node, name, self.sub_parse(parts[1])))

    def sign_before_function(self) -> bool:
        r"""`\det A \cdot \det B`: what is multiplied by the next function has ended."""
        sign, following = self.peek(), self.peek(1)
        if sign is None or following is None or following.kind != "fn":
            return False
        return (sign.kind, sign.text) in (("cmd", "cdot"), ("cmd", "times"), ("op", "*"))

    def product_sign(self) -> str | None:
        token = self.peek()
        if token is None:
            return None
        if token.kind == "cmd" and token.text in _PRODUCT:
            self.next()
            return _PRODUCT[token.text]
        if token.kind == "op" and token.text in "*/":
            self.next()
            return token.text
        if token.text == "." and token.kind == "op" and token.glued:  # A.x
            following = self.peek(1)
            if (
                following is not None
                and following.glued
                and following.kind in ("id", "cmd", "op")
                and following.text not in "})]"
            ):
                self.next()
                return "dot"
        return None

    def starts_atom(self) -> bool:
        token = self.peek()
        if token is None:
            return False
        if token.kind in ("num", "id", "fn", "word"):
            return True
        if token.kind == "env":
            return token.text.startswith("begin")
        if token.kind == "op":
            if token.text in ("_", "^"):  # {}_5C_2 without its braces
                return self.is_choice()
            if token.text in ("|", "|<", "|>"):
                return self.opens(token.text)
            return token.text in OPEN
        return token.kind == "cmd" and (
            self.opens(token.text) if token.text.startswith("|") else token.text in _ATOM_CMDS
        )

    def is_choice(self) -> bool:
        """Whether a script and a C come next, with no name before the script."""
        texts = [
            t.text for t in self.tokens[self.pos : self.pos + 9] if t.kind not in ("sp", "qd") and t.text not in "{}"
        ]
        return texts[2:4] in (["C", "_"], ["C", "^"])

    def opens(self, bar: str) -> bool:
        """Whether a bar opens: unless marked by left or right, it closes when one of its kind is open."""
        if bar[-1] in "<>":
            return bar[-1] == "<"
        return not (self.bars and self.bars[-1] == bar.rstrip("<>"))

    def factor(self) -> Node:
        """An atom with its postfixes. A chain of prefixes would recurse, hence the depth guard."""
        self.enter()
        node = forms.atom(self)
        node = self.postfix(node)
        self.depth -= 1
        return node

    def operand(self) -> Node:
        """What a prefix (`\\nabla_W`, `d`) acts on: a bare name or call without powers, else a factor; a number or fraction
        takes the rest of its term along."""
        token = self.peek()
        if token is None:
            raise Unreadable("an operator without operand")
        if token.kind in ("id", "word") or (token.kind == "cmd" and token.text in ACCENTS):
            self.enter()
            node = self.postfix(forms.atom(self), powers=False)
            self.depth -= 1
            return node
        if token.kind == "num" or (token.kind == "cmd" and token.text in ("frac", "sum")):
            return self.term()
        if token.kind == "op" and token.text in ("(", "[", "{"):
            self.enter()
            node = forms.atom(self)
            self.depth -= 1
            return node
        return self.factor()

    # ------------------------------------------------------------ postfixes
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
                low = self.argument()
                if (
                    not isinstance(node, Sym | Sub | Num)
                    and self.at("^")
                    and self.tokens[self.pos - len(low) - 2].text != "|"
                ):
                    limits = self.limits(low)
                    if limits is not None:
                        node = self.between_limits(node, *limits)
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
                if isinstance(node, Un) and node.op == "!" and self.behind() == "!":
                    raise Unreadable("a double factorial")
                self.next()
                node = Un("!", node)
            elif token.text == "%" and isinstance(node, Num):
                self.next()
                node = Un("%", node)
            else:
                return node

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
            return Sub(Call(base, args), "", node.index)
        return Call(node.name, args)

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


def parse(tokens: Sequence[Token], names: Names) -> Node:
    """One whole expression. Raises Unreadable, also for a tree so deep that walking it could exhaust the stack."""
    try:
        node = Parser(tokens, names).whole()
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
        # A fault of ours in one expression costs that expression and not the reply's six scorers.
        raise Unreadable(f"not understood ({type(error).__name__})") from None
    level, height = [node], 0
    while level:
        height += 1
        if height > MAX_HEIGHT:
            raise Unreadable("too many terms")
        level = [c for n in level for c in children(n)]
    return node


__all__ = ["Names", "NoNames", "Parser", "parse", "plain", "split"]
