r"""Tokens -> expression tree: a Pratt parser with caps. Atoms are in forms.py.

Juxtaposition is a product; `f(x)` is a call where `f` was declared as a function, or is unknown; `d` is the differential
unless it was declared. What the grammar does not know raises Unreadable: never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar import forms, scripts
from evalkit.derivation.grammar.alphabet import ACCENTS
from evalkit.derivation.grammar.nodes import (
    EITHER,
    Bin,
    Call,
    Diff,
    Node,
    Num,
    Sym,
    Un,
    Unreadable,
    children,
    walk,
)
from evalkit.derivation.grammar.postfixes import Postfixes
from evalkit.derivation.grammar.stream import COLUMN, MATRIX, ROW, SCALAR, Names
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


class Parser(Postfixes):
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
        node = self.either_sign(self.next().text) if self.at("pm", "mp") else self.paired()
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
            return self.paired()
        self.next()
        return Un("-", self.paired())

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

    def paired(self) -> Node:
        r"""A term, or the inner product of two, `G : A\, dX\, B`, of matrices or with a differential. Other colons are ratios."""
        node = self.term()
        if not self.at(":"):
            return node
        sign = self.next()
        other = self.term()
        moves = [side for side in (node, other) if any(isinstance(n, Diff) for n in walk(side))]
        if self.at(":") or not (len(moves) == 1 or {self.names.shape(node), self.names.shape(other)} == {MATRIX}):
            raise Unreadable(f"{sign.text!r} is not understood here")
        return Call("inner", (node, other))

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
                elif op == ".*":
                    right = self.behind_column(node, right)
                column = None
                if op == "kron":
                    right, column = self.behind_kronecker(right)
                node = Bin(op, node, Un("-", right) if negative else right)
                node = node if column is None else Bin("*", node, column)
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
        columns = shapes == {COLUMN} or (op == "dot" and shapes in ({COLUMN, None}, {ROW}))  # [1, 2] \cdot [3, 4]
        return op if columns else "*", right

    def behind_column(self, left: Node, right: Node) -> Node:
        r"""All that belongs to the second factor of an entrywise product: `a \odot W b` is a with W b, where a is no matrix."""
        if self.names.shape(left) in (COLUMN, SCALAR):  # 1 - a counts as a number at a glance
            while self.names.shape(right) == MATRIX and self.starts_atom():
                right = Bin("*", right, self.factor())
        return right

    def behind_kronecker(self, right: Node) -> tuple[Node, Node | None]:
        r"""All that belongs to the second factor of `B B^\top \otimes A^\top A`, and a column on which the whole product acts."""
        while self.names.shape(right) == MATRIX and self.starts_atom():
            factor = self.factor()
            if self.names.shape(factor) != MATRIX:
                return right, factor
            right = Bin("*", right, factor)
        return right, None

    def beside(self, before: Node) -> Node:
        """The next factor of a product without a sign. Digits side by side are no product that anyone writes."""
        token = self.peek()
        glued = token is not None and (token.kind == "num" or (token.text == "frac" and token.glued))
        factor = self.factor()
        if glued and isinstance(before, Num):
            if isinstance(factor, Num):
                raise Unreadable("two numbers side by side")
            match factor:
                case Bin("/", Num(top), Num(bottom)) if top < bottom and before.value % 1 == 0:
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
            if token.text == "{" and isinstance(node, Sym):  # \mathbf{W}_1
                node = self.postfix(node, powers=False)
            self.depth -= 1
            return node
        return self.factor()


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
