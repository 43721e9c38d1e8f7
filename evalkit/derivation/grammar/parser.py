r"""Tokens -> expression tree: a Pratt parser with caps. Atoms are in forms.py.

Juxtaposition is a product; `f(x)` is a call where `f` was declared as a function, or is unknown; `d` is the differential
unless it was declared. What the grammar does not know raises Unreadable: never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar import forms
from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.lexer import Token
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Slice, Sub, Sym, Un, Unreadable, children
from evalkit.derivation.grammar.stream import COLUMN, OPEN, SCALAR, Grammar, Names, NoNames, plain, split

MAX_HEIGHT = 160
_PRODUCT = {"cdot": "*", "times": "*", "odot": ".*", "otimes": "kron", "div": "/", "circledast": ".*"}
_ATOM_CMDS = {"frac", "sqrt", "nabla", "partial", "sum", "prod", "int", "d", "bold", "|", "|<", "langle", "underbrace", "overbrace",
              "infty", "dots", "norm", "abs", "mathbb", "binom", "boxed", "lceil", "lfloor", "overset", "underset", "dagger",
              "overline", "cancel", "top"} | ACCENTS  # fmt: skip


class Parser(Grammar):
    """Parses one expression."""

    def whole(self) -> Node:
        node = self.expression()
        rest = self.peek()
        if rest is not None:
            raise Unreadable(f"{rest.text!r} is not understood here")
        return node

    def expression(self) -> Node:
        self.enter()
        negative = False
        while self.at("+", "-"):
            negative ^= self.next().text == "-"
        node = self.term()
        if negative:
            node = Un("-", node)
        while self.at("+", "-") or self.signed_brace():
            op = self.next().text if self.at("+", "-") else "+"
            node = Bin(op, node, self.term())
        self.depth -= 1
        return node

    def term(self) -> Node:
        node = self.factor()
        while True:
            op = self.product_sign()
            if op:
                negative = False
                while self.at("-", "+"):
                    negative ^= self.next().text == "-"
                right = self.factor()
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
        """`f |_{x = a}`: the value of all that stands before it, at a."""
        self.next()
        self.next()
        parts = split(self.argument(), {"="})
        if len(parts) != 2:
            raise Unreadable("the place of a value")
        name = self.sub_parse(parts[0])
        if not isinstance(name, Sym | Sub):
            raise Unreadable("the place of a value")
        return Call("at", (node, name, self.sub_parse(parts[1])))

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
            if token.text in ("|", "|<", "|>"):
                return self.opens(token.text)
            return token.text in OPEN
        return token.kind == "cmd" and (
            self.opens(token.text) if token.text.startswith("|") else token.text in _ATOM_CMDS
        )

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
            if token is None or token.kind != "op":
                return node
            if token.text == "_":
                self.next()
                low = self.argument()
                if (
                    not isinstance(node, Sym | Sub | Num)
                    and self.at("^")
                    and self.tokens[self.pos - len(low) - 2].text != "|"
                ):
                    limits = self.limits(low)
                    if limits is not None:
                        node = Call("between", (node, *limits))
                        continue
                node = self.subscript(node, low)
            elif token.text == "^":
                mark = self.pos
                self.next()
                new = self.superscript(node, self.argument(), powers)
                if new is None:
                    self.pos = mark
                    return node
                node = new
            elif token.text == "'":
                self.next()
                node = self.prime(node)
            elif token.text == "(" and isinstance(node, Sym | Sub) and node.name and self.is_call(node, token):
                self.next()
                node = self.call(node, self.arguments(self.inside(")")))
            elif token.text == "!" and powers:
                self.next()
                node = Un("!", node)
            elif token.text == "%" and isinstance(node, Num):
                self.next()
                node = Un("%", node)
            else:
                return node

    def call(self, node: Sym | Sub, args: tuple[Node, ...]) -> Node:
        """`\\sigma_i(A)` is the i-th singular value of A unless it was declared."""
        if isinstance(node, Sub) and node.index is not None and len(node.index) == 1 and len(args) == 1:
            base = node.base.name if isinstance(node.base, Sym) else ""
            if base in ("\\sigma", "\\lambda", "s") and self.names.role(node.name) is None:
                return Call(f"{base}_", (node.index[0], args[0]))
        return Call(node.name, args)

    def limits(self, low: list[Token]) -> tuple[Node, Node] | None:
        """The two limits of `[F]_a^b`; None where the superscript is a transpose or the like."""
        mark = self.pos
        self.next()
        high = self.argument()
        if [t.text for t in high] in (["top"], ["T"], ["2"], ["-", "1"]) and len(low) != 1:
            self.pos = mark
            return None
        if any(t.text in ("top", "T", "*", "dagger") for t in high) or any(
            t.kind == "id" and t.text in "ij" for t in low
        ):
            self.pos = mark
            return None
        return self.sub_parse(low), self.sub_parse(high)

    def is_call(self, node: Sym | Sub, token: Token) -> bool:
        role = self.names.role(node.name)
        if role is None and isinstance(node, Sub) and isinstance(node.base, Sym) and self.names.role(node.base.name):
            role = "value"  # U_k(...): a part of something known is no function
        if role == "function":
            return True
        if role in ("value", "size") or not token.glued or node.name in ("I", "\\pi", "e"):
            return False
        if role == "definition":
            return True
        depth, comma, simple, names, at = 0, False, True, True, self.pos
        while at < len(self.tokens):  # look ahead to the closing parenthesis
            here = self.tokens[at]
            if here.kind == "op" and here.text in OPEN:
                depth += 1
            elif here.kind == "op" and here.text in OPEN.values():
                depth -= 1
                if depth == 0:
                    break
            elif depth == 1 and here.text == ",":
                comma, names = True, names and at > self.pos + 1
            elif here.text in ("+", "-", "=") and at > self.pos + 1:
                simple = False
            elif (
                depth == 1
                and here.kind == "id"
                and (self.tokens[at - 1].kind in ("id", "num") or self.tokens[at - 1].text == "}")
            ):
                names = False
            at += 1
        if role == "notation":
            return comma or (simple and names and at - self.pos <= 6)
        return comma or simple

    def arguments(self, tokens: list[Token]) -> tuple[Node, ...]:
        return tuple(self.sub_parse(part) for part in split(tokens, {",", ";"}))

    def subscript(self, node: Node, tokens: list[Token]) -> Node:
        index = self.indices(tokens)
        if isinstance(node, Sym):
            return Sub(node, f"{node.name}_{plain(tokens)}", index)
        if isinstance(node, Sub) and node.name:
            return Sub(node, f"{node.name},{plain(tokens)}", index)
        if (isinstance(node, Call) and node.name in ("norm_F", "log")) or index is None:
            raise Unreadable(f"subscript {plain(tokens)!r}")
        return Sub(node, "", index)

    def indices(self, tokens: list[Token]) -> tuple[Node, ...] | None:
        """A subscript read as indices, or None where it is only a label."""
        tokens = [t for t in tokens if t.kind not in ("sp", "qd")]
        if not tokens or any(t.kind in ("word", "text", "fn", "bad") for t in tokens):
            return None
        if len(tokens) == 2 and all(t.kind in ("id", "num") for t in tokens):
            return tuple(self.sub_parse([t]) for t in tokens)
        if len(tokens) == 1 and tokens[0].kind == "num" and len(tokens[0].text) == 2:
            pair = tokens[0]
            return tuple(self.sub_parse([Token("num", c, pair.start, pair.end)]) for c in pair.text)
        out: list[Node] = []
        try:
            for part in (
                split(tokens, {","}) if not any(t.text == "times" for t in tokens) else split(tokens, {"times"})
            ):
                ends = split(part, {":"})
                if len(ends) == 1:
                    out.append(self.sub_parse(part))
                elif len(ends) == 2:
                    out.append(Slice(*(self.sub_parse(e) if e else None for e in ends)))
                else:
                    return None
        except Unreadable:
            return None
        return tuple(out)

    def superscript(self, node: Node, tokens: list[Token], powers: bool) -> Node | None:
        """Transpose, inverse, label or power. None: a power, where powers are not wanted here."""
        tokens = [t for t in tokens if t.kind not in ("sp", "qd")]
        while len(tokens) > 2 and tokens[0].text == "{" and tokens[-1].text == "}":
            tokens = tokens[1:-1]
        text = "".join(t.text for t in tokens)
        first = tokens[0].text if tokens else ""
        labelled = (
            isinstance(node, Sym | Sub)
            and text
            and (first in "([<" or text in ("*", "\\prime") or tokens[0].kind == "word")
        )
        if labelled and not (first == "(" and text[-1] != ")"):
            assert isinstance(node, Sym | Sub)  # noqa: S101 - for the type checker
            return with_label(node, "*" if text == "*" else plain(tokens))
        if not powers:
            return None
        if text in ("top", "H", "transpose") or (text == "T" and self.turns(node)):
            return Un("T", node)
        if text in ("-top", "-T", "-1top", "-1T"):
            return Un("T", Bin("^", node, Num(-1)))
        if text in ("dagger", "+"):
            return Un("pinv", node)
        if text == "":
            return node
        if text in ("''", "'"):
            return self.prime(node)
        if first in ("odot", "*") and len(tokens) > 1:
            return Bin(".^", node, self.sub_parse(tokens[1:]))
        if text.endswith("top") and len(tokens) > 1:  # x^{(i)\top}, W^{2\top}
            inner = self.superscript(node, tokens[:-1], powers)
            return None if inner is None else Un("T", inner)
        return Bin("^", node, self.sub_parse(tokens))

    def turns(self, node: Node) -> bool:
        """Whether the exponent T is a transpose sign: always but where T is a number and the base is no column."""
        role = self.names.role("T")
        return role is None or self.names.shape(Sym("T")) not in (None, SCALAR) or self.names.shape(node) == COLUMN

    def prime(self, node: Node) -> Node:
        if isinstance(node, Sym) and self.names.role(node.name) in ("function", "definition"):
            marks = "'"
            while self.at("'", "''"):
                marks += self.next().text
            token = self.peek()
            if token is not None and token.text == "(":
                self.next()
                args = self.arguments(self.inside(")"))
                return Call(node.name + marks, args)
            return Call(node.name + marks, ())
        if isinstance(node, Sym | Sub) and self.names.role(node.name + "'") is None and self.names.role(node.name):
            return Un("T", node)
        if isinstance(node, Sym):
            return Sym(node.name + "'")
        return Un("T", node)


def with_label(node: Sym | Sub, label: str) -> Node:
    """`W_1^{(t)}` and `W^{(t)}_1` are one name."""
    if isinstance(node, Sym):
        return Sym(f"{node.name}^{label}")
    base, _, rest = node.name.partition("_")
    inner = with_label(node.base, label) if isinstance(node.base, Sym | Sub) else node.base
    return Sub(inner, f"{base}^{label}_{rest}", node.index)


def parse(tokens: Sequence[Token], names: Names) -> Node:
    """One whole expression. Raises Unreadable, also for a tree so deep that walking it could exhaust the stack."""
    node = Parser(tokens, names).whole()
    level, height = [node], 0
    while level:
        height += 1
        if height > MAX_HEIGHT:
            raise Unreadable("too many terms")
        level = [c for n in level for c in children(n)]
    return node


__all__ = ["Names", "NoNames", "Parser", "parse", "plain", "split", "with_label"]
