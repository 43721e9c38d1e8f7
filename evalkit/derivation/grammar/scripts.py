r"""Sub- and superscripts: indices, powers, transposes, and labels, which are part of a name.

`W^*`, `A'`, `P_k^-`, `W^{(1)}`, `H^{ref}` and `D^{FF}` are names of their own: what else they may mean (`A'` the transpose
of A) is known to the scope, which accepts and never rejects by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Slice, Sub, Sym, Un, Unreadable, walk
from evalkit.derivation.grammar.spelling import TURNED
from evalkit.derivation.grammar.stream import COLUMN, MATRIX, SCALAR, Grammar, plain, split
from evalkit.derivation.grammar.tokens import Token

_TURNED = {"top", "H", "transpose"}
_DEGREES = {"circ", "degree"}
"""`60^\\circ`; of a letter it could be a label."""
MAX_PRIMES, MAX_PLACE = 3, 12
"""Primes behind a name, and tokens in the brackets behind them, that are read as a derivative at a place."""
_INDICES = frozenset("ijklmnpqrstuv")
_FIRST = frozenset("abcdxyz")
"""Small letters that index now and then, too."""
_LAST = frozenset("w")
"""One that indexes words, beside Kronecker's delta."""
_WORD = 3
"""So many small letters in an exponent of what is no number are a word: `y^{pred}`."""


def subscript(p: Grammar, node: Node, tokens: list[Token], bracketed: bool = False) -> Node:
    """bracketed: the node stood in brackets."""
    match node:
        case Bin("^", Sym() | Sub() as base, power) if not bracketed and is_figure(p, base, power):
            return Bin("^", subscript(p, base, tokens), power)
        case Un("T", Sym() | Sub() as base) if not bracketed and is_member(p, base, tokens):
            return Un("T", subscript(p, base, tokens))  # K^\\top_k of a known K_k
    if isinstance(node, Sym) and (parts := labelled_entry(p, node, tokens)) is not None:
        whole = subscript(p, node, parts[0])
        return subscript(p, whole, parts[1])
    index = indices(p, tokens, _LAST if node == Sym("\\delta") else frozenset())
    if isinstance(node, Sym):
        return Sub(node, known(p, node.name, plain(tokens)), index)
    if isinstance(node, Sub) and index is not None and is_member_above(p, node):
        return Sub(node.base, f"{node.name}_{plain(tokens)}", (*(node.index or ()), *index))
    if isinstance(node, Sub) and node.name:
        return Sub(node, f"{node.name},{plain(tokens)}", index)
    if (isinstance(node, Call) and node.name in ("norm_F", "log")) or index is None:
        raise Unreadable(f"subscript {plain(tokens)!r}")
    return Sub(node, "", index)


def labelled_entry(p: Grammar, node: Sym, tokens: list[Token]) -> tuple[list[Token], list[Token]] | None:
    r"""The label and the index of `z_{2,i}`, an entry of a known z_2, and of `y_{\text{pred}, i}`."""
    label, *rest = split(tokens, {","})
    if not rest or not label or p.names.role(f"{node.name}_{plain(tokens)}") is not None:
        return None
    whole = Sym(f"{node.name}_{plain(label)}")
    index = [t for t in tokens[len(label) + 1 :] if t.kind not in ("sp", "qd")]
    letters = all(t.kind == "num" or t.text == "," or (t.text in _INDICES and t.kind == "id") for t in index)
    if not letters or (p.names.role(whole.name) is None and not any(t.kind == "id" for t in index)):
        return None
    if all(t.kind in ("word", "text", "sp") for t in label):
        return label, index
    numbered = all(t.kind == "num" for t in label) and p.names.role(node.name) is None
    return (label, index) if numbered and p.names.shape(whole) in (COLUMN, MATRIX) else None


def is_member(p: Grammar, base: Sym | Sub, tokens: list[Token]) -> bool:
    r"""Whether an index picks one of a list, which is then turned: `K^\\top_k` of a known K_k, `x^\\top_i` of a list of x_i."""
    if p.names.role(f"{base.name}_{plain(tokens)}"):
        return True
    return p.names.role(f"{base.name}_") is not None and p.names.shape(base) != MATRIX


def is_figure(p: Grammar, base: Node, power: Node) -> bool:
    r"""Whether a power is one of what an index behind it picks: `\\sigma^2_X`, `b^{2/3}_i`; not `A^{-1}_{ij}`, nor the label of `a^l_j`."""
    of_numbers = not any(isinstance(n, Sym | Sub) for n in walk(power))
    return isinstance(power, Num) or (of_numbers and p.names.shape(base) != MATRIX)


def known(p: Grammar, base: str, label: str) -> str:
    """The name with a subscript; with or without the comma between two indices, as it is known: `r_{i,j}` of an `r_{ij}`."""
    name = f"{base}_{label}"
    letters = label.replace(",", "")
    if len(letters) != 2 or not set(letters) <= set(_INDICES) or p.names.role(name):
        return name
    other = f"{base}_{letters}" if "," in label else f"{base}_{letters[0]},{letters[1]}"
    return other if p.names.role(other) else name


def second_index(p: Grammar, node: Node, first: Sequence[Token]) -> list[Token]:
    """The j of `W_ij` without braces, consumed: of a matrix whose `W_i` means nothing."""
    token = p.peek()
    if token is None or not token.glued or p.behind() == "}" or not isinstance(node, Sym) or len(first) != 1:
        return []
    letters = [first[0], token]
    if any(t.kind != "id" or len(t.text) > 1 or t.text not in _INDICES or p.names.role(t.text) for t in letters):
        return []
    name = f"{node.name}_{first[0].text}"
    if p.names.shape(node) != MATRIX or p.names.role(name) or p.names.role(f"{node.name}_"):
        return []
    return [p.next()]


def indices(p: Grammar, tokens: list[Token], more: frozenset[str] = frozenset()) -> tuple[Node, ...] | None:
    """A subscript read as indices, or None where it is only a label. more: letters that are indices here, too."""
    tokens = [t for t in tokens if t.kind not in ("sp", "qd")]
    if not tokens or any(t.kind in ("word", "text", "fn", "bad") for t in tokens):
        return None
    if any(is_word(part) for part in split(tokens, {","})):
        return None
    if is_label(p, "".join(t.text for t in tokens if t.text not in more)):
        return None
    if len(tokens) == 2 and all(t.kind in ("id", "num") for t in tokens):
        return tuple(p.sub_parse([t]) for t in tokens)
    if len(tokens) == 1 and tokens[0].kind == "num" and len(tokens[0].text) == 2 and tokens[0].text.isdecimal():
        pair = tokens[0]
        return tuple(p.sub_parse([Token("num", c, pair.start, pair.end)]) for c in pair.text)
    out: list[Node] = []
    try:
        for part in split(tokens, {"times"} if any(t.text == "times" for t in tokens) else {","}):
            ends = split(part, {":"})
            if len(ends) == 1:
                out.append(p.sub_parse(part))
            elif len(ends) == 2:
                out.append(Slice(*(p.sub_parse(e) if e else None for e in ends)))
            else:
                return None
    except Unreadable:
        return None
    return tuple(out)


def is_label(p: Grammar, text: str) -> bool:
    """`eq`, `he`: two small letters, one of which stands for no index anywhere and means nothing itself."""
    odd = [c for c in text if c not in _INDICES | _FIRST]
    return (
        len(text) == 2
        and text.isascii()
        and text.isalpha()
        and text.islower()
        and any(p.names.role(c) is None for c in odd)
    )


def is_word(tokens: Sequence[Token]) -> bool:
    """`prior`, `wheel`, `eff`, `robot\\_assembly`: letters that no reader takes for indices."""
    text = "".join(t.text for t in tokens)
    if len(tokens) < _WORD or any(t.kind != "id" or len(t.text) > 1 for t in tokens) or not text.islower():
        return False
    run = [ord(c) for c in text]
    return not set(text) <= _INDICES and run != list(range(run[0], run[0] + len(run)))


ONES = Sym("\\mathbf 1")
ONES_TURNED: dict[Node, Node] = {Num(1.0): Un("T", ONES), Num(11.0): Bin("*", ONES, Un("T", ONES))}
r"""`1^\top` and `11^\top`: nobody turns a number, so these are columns of ones."""


def superscript(p: Grammar, node: Node, tokens: list[Token], powers: bool) -> Node | None:
    """Transpose, inverse, label or power. None: a power, where powers are not wanted here."""
    tokens = [t for t in tokens if t.kind not in ("sp", "qd")]
    while len(tokens) > 2 and tokens[0].text == "{" and tokens[-1].text == "}":
        tokens = tokens[1:-1]
    if is_bracketed_power(node, tokens, braced=p.behind() == "}"):
        tokens = tokens[1:-1]
    text = "".join(t.text for t in tokens)
    if len(tokens) > 1 and (
        ((text.endswith("top") or text == "*T") and text not in ("-top", "-1top")) or is_turned_label(p, node, tokens)
    ):  # x^{(i)\top}, w^{*\top}, W^{[1]T}
        inner = superscript(p, node, tokens[:-1], powers)
        return Un("T", inner) if inner is not None and powers else None
    if is_repeated(p, node, tokens):
        raise Unreadable("the inverse of a function")
    if isinstance(node, Sym | Sub) and tokens:
        found = labelled(p, node, tokens, text)
        if found is not None:
            return found
    if not powers:
        return None
    if text in _DEGREES and not isinstance(node, Sym | Sub):
        return Un("°", node)
    if text in _TURNED or (text == "T" and turns(p, node)):
        return ONES_TURNED.get(node) or Un("T", node)
    if text in ("-top", "-T", "-1top", "-1T"):
        return Un("T", Bin("^", node, Num(-1)))
    if text in ("dagger", "+"):
        return Un("pinv", node)
    if text == "":
        return node
    if text in ("''", "'"):
        return prime(p, node)
    if text == "*":  # (AB)^*: no name, hence the adjoint
        return Un("'", node)
    if tokens[0].text in ("odot", "circ", "*") and len(tokens) > 1:
        return Bin(".^", node, p.sub_parse(tokens[1:]))
    return Bin("^", node, p.sub_parse(tokens))


def is_turned_label(p: Grammar, node: Node, tokens: Sequence[Token]) -> bool:
    """Whether a T stands behind the number of a layer: `W^{[1]T}`, `W^{(l+1)T}`."""
    *label, last = tokens
    if last.text != "T" or not isinstance(node, Sym | Sub) or node.name == "e" or not turns(p, node):
        return False
    inner = label[1:-1] if len(label) > 2 and label[0].text + label[-1].text in ("[]", "()") else []
    return [t.kind for t in label] == ["word"] or (
        bool(inner) and inner[0].kind in ("id", "num") and [t.kind for t in inner[1:]] in ([], ["op", "num"])
    )


def is_repeated(p: Grammar, node: Node, tokens: Sequence[Token]) -> bool:
    """`f^{-1}(x)` of a function: its inverse, and not one over it."""
    token = p.peek()
    if not isinstance(node, Sym) or p.names.role(node.name) not in ("function", "definition"):
        return False
    return [t.text for t in tokens] == ["-", "1"] and token is not None and token.text == "(" and token.glued


def is_bracketed_power(node: Node, tokens: Sequence[Token], *, braced: bool) -> bool:
    """`x^(3/2)`, `e^(2x)`: a power in brackets; `x^(i)`, `W^(1)` and `x^(k+1)` are labels."""
    inner = tokens[1:-1]
    if not inner or tokens[0].text != "(" or tokens[-1].text != ")" or any(t.text in ("(", ")") for t in inner):
        return False
    if not isinstance(node, Sym | Sub) or node.name == "e":
        return True
    numbers = all(t.kind == "num" or t.text in ("-", "+", "/") for t in inner)
    broken = not braced and len(inner) == 1 and not inner[0].text.isdecimal()  # x^(0.5)
    return (numbers and (len(inner) > 1 or broken)) or any(t.kind == "op" and t.text in "*/" for t in inner)


def labelled(p: Grammar, node: Sym | Sub, tokens: Sequence[Token], text: str) -> Node | None:
    """The name with its label, or None where the superscript is none."""
    first, last = tokens[0], text[-1]
    if first.text == "(" and last == ")":
        return numbered(p, node, tokens, with_label(node, plain(tokens)))
    if first.text in "[<" or text in ("*", "\\prime", "-") or first.kind == "word":
        return with_label(node, "*" if text == "*" else plain(tokens))
    if text == "+":
        return with_label(node, text) if p.names.shape(node) == COLUMN or p.names.writes(f"{node.name}^-") else None
    if (
        first.kind == "num"
        and len(tokens) == 1
        and node.name != "e"
        and p.names.role(node.name) is None
        and p.names.writes(f"{node.name}^1")
    ):
        return with_label(node, text)  # nobody writes a first power: components of something
    if any(t.kind != "id" for t in tokens) or node.name == "e":
        return None
    shape = p.names.shape(node)
    if len(tokens) == 1:
        family = shape != SCALAR and isinstance(node, Sym) and p.names.role(node.name + "_") is not None
        if first.text.islower() and p.names.role(first.text) is None and (family or shape == COLUMN):
            return Sub(node, f"{node.name}^{text}", (Sym(text),))
        return (
            with_label(node, text) if shape == MATRIX and p.names.shape(Sym(text)) == MATRIX and text != "T" else None
        )
    capitals = all(t.text.isupper() for t in tokens)
    word = all(t.text.islower() and p.names.role(t.text) is None for t in tokens)
    if (capitals and shape != SCALAR) or (word and (len(tokens) >= _WORD or shape == MATRIX) and shape != SCALAR):
        return with_label(node, text)
    return None


def numbered(p: Grammar, node: Sym | Sub, tokens: Sequence[Token], name: Node) -> Node:
    """`x^{(i)}`: a name, and the i-th member where `x_i` is a family or the entries of given data."""
    inner = [t for t in tokens[1:-1] if t.text not in "{}"]
    if isinstance(node, Sub) and isinstance(name, Sub) and len(inner) == 1 and inner[0].kind in ("id", "num"):
        number = p.sub_parse(inner)
        listed = node.index and isinstance(node.base, Sym) and is_list(p, node.base, number)
        return Sub(node.base, name.name, (number, *(node.index or ()))) if listed else name
    if not isinstance(node, Sym) or not isinstance(name, Sym) or len(inner) != 1 or inner[0].kind not in ("id", "num"):
        return name
    if p.names.role(node.name + "_") is None and p.names.shape(node) != COLUMN:
        return name
    return Sub(node, name.name, (p.sub_parse(inner),))


def is_member_above(p: Grammar, node: Sub) -> bool:
    """`x^{(i)}` of a list of columns."""
    above = isinstance(node.base, Sym) and node.name.startswith(f"{node.base.name}^(")
    return (
        above
        and isinstance(node.base, Sym)
        and len(node.index or ()) == 1
        and is_list(p, node.base, (node.index or ())[0])
    )


def is_list(p: Grammar, letter: Sym, number: Node) -> bool:
    """Whether a letter is that of a list of columns: `x^{(i)}_j` is an entry of the i-th of them."""
    return p.names.shape(Sub(letter, "", (number,))) == COLUMN


def turns(p: Grammar, node: Node) -> bool:
    """Whether the exponent T is a transpose sign: always but where T is a number and the base is no column; of a matrix also where T
    is a size, unless the text has another sign for it."""
    role, shape = p.names.role("T"), p.names.shape(node)
    if role is None or p.names.shape(Sym("T")) not in (None, SCALAR) or shape == COLUMN:
        return True
    capital = isinstance(node, Sym | Sub) and base_of(node).rpartition(" ")[2][:1].isupper()
    return role == "size" and not p.names.writes(TURNED) and (shape == MATRIX or (shape is None and capital))


def prime(p: Grammar, node: Node) -> Node:
    """`f'(x)`; a name of its own; of an expression the transpose."""
    if isinstance(node, Sym) and p.names.role(node.name) in ("function", "definition"):
        marks = "'"
        while p.at("'", "''"):
            marks += p.next().text
        token = p.peek()
        if token is not None and token.text == "(":
            p.next()
            return Call(node.name + marks, p.arguments(p.inside(")")))
        return Call(node.name + marks, ())
    known = isinstance(node, Sym | Sub) and (p.names.role(base_of(node)) or p.names.role(base_of(node) + "_"))
    if isinstance(node, Sym | Sub) and node.name and known and p.names.role(node.name + "'") is None:
        return slope_at(p, node) or Un("'", node)
    if isinstance(node, Sym):
        return Sym(node.name + "'")
    return Sub(node.base, node.name + "'", None) if isinstance(node, Sub) and node.name else Un("T", node)


def slope_at(p: Grammar, node: Sym | Sub) -> Node | None:
    """`y'(0)`, `x'(t)`: with a number or the name of one alone in brackets right behind it, a prime derives. They are consumed."""
    mark, marks = p.pos, "'"
    while p.at("'", "''") and len(marks) < MAX_PRIMES:
        marks += p.next().text
    token = p.peek()
    if token is not None and token.text == "(" and token.glued:
        p.next()
        inside = p.inside(")")
        at = p.sub_parse(inside) if 0 < len(inside) <= MAX_PLACE else None
        if at is not None and is_place(p, at):
            return Call(node.name + marks, (at,))
    p.pos = mark
    return None


def is_place(p: Grammar, at: Node) -> bool:
    """Whether it is a number, or the name of one."""
    inner = at.x if isinstance(at, Un) and at.op == "-" else at
    return isinstance(inner, Num) or (isinstance(inner, Sym | Sub) and p.names.shape(inner) in (None, SCALAR))


def base_of(node: Sym | Sub) -> str:
    while isinstance(node, Sub) and isinstance(node.base, Sym | Sub):
        node = node.base
    return node.name


def primed_name(node: Node) -> Node:
    """`A'` alone on a side is a name, whatever it means."""
    match node:
        case Un("'", Sym(name)):
            return Sym(name + "'")
        case Un("'", Sub(base, name, _)):
            return Sub(base, name + "'", None)
    return node


def with_label(node: Sym | Sub, label: str) -> Sym | Sub:
    """`W_1^{(t)}` and `W^{(t)}_1` are one name."""
    if isinstance(node, Sym):
        return Sym(f"{node.name}^{label}")
    base, _, rest = node.name.partition("_")
    inner = with_label(node.base, label) if isinstance(node.base, Sym | Sub) else node.base
    return Sub(inner, f"{base}^{label}_{rest}", node.index)
