"""Text and equations -> the names and entries of a scope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from evalkit.derivation.grammar.alphabet import FUNCTIONS, GREEK
from evalkit.derivation.grammar.gradients import with_d
from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.nodes import (
    Bin,
    Call,
    Diff,
    Node,
    Num,
    Sub,
    Sym,
    Unreadable,
    children,
    rebuilt,
    substitute_index,
)
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.relations import EQUAL, Statement, statements
from evalkit.derivation.grammar.spelling import Fonts, spellings
from evalkit.derivation.grammar.stream import SCALAR, Names, NoNames
from evalkit.derivation.grammar.tokens import Token
from evalkit.derivation.problem.spec import DerivationSpec, SymbolSpec
from evalkit.derivation.worlds.entries import WHOLE
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Index, Scope, Source, family_key, names_in

_INDICES = frozenset("ijklmnt")
_NUMBERED = re.compile(r"([^_^]+)\^\(([a-z])\)")
"""`y^{(i)}`, a name with a number above it."""


_WORD = re.compile(r"\s*([A-Za-z]{2,24})\s*(?:\([^()=]*\)\s*)?:?=")
"""`RSS = ...`, `Loss(w) = ...`: a word in front of a definition."""
_SQUARE = re.compile(r"([^=^]+)\^(?:2|\{2\})\s*(\([^()=]*\))?\s*:?=(.+)", re.DOTALL)
"""`\\sigma^2 = ...`, `d^2(u, v) = ...`: a definition of a square."""


def tokens_of(text: str, names: Names, words: frozenset[str] = frozenset()) -> list[Token]:
    if not isinstance(names, Scope):
        return tokenize(text, 0, len(text))
    return names.fonts.settled(tokenize(text, 0, len(text), names.words | words))


def parse_text(text: str, names: Names) -> Node:
    """One LaTeX expression. Raises Unreadable."""
    return parse(tokens_of(text, names), names)


def one_equation(text: str, names: Names, words: frozenset[str] = frozenset()) -> tuple[Node, Node]:
    """`left = right`, in which these words are names. Raises Unreadable."""
    found: list[Statement] = [s for s in statements(tokens_of(text, names, words)) if s.ops]
    if len(found) != 1 or len(found[0].ops) != 1 or found[0].ops[0] not in EQUAL:
        raise Unreadable("exactly one `=` is expected")
    left, right = found[0].sides
    return parse(left, names), parse(right, names)


def key_tokens(text: str) -> list[Token]:
    """The tokens of a symbol as it stands in a key, where a word is one name and Greek letters need no backslash."""
    word = text.split("_")[0]
    if len(word) > 1 and word in GREEK:
        text = "\\" + text
    return tokenize(text, 0, len(text), frozenset({word}) if word.isalpha() and len(word) > 1 else frozenset())


def symbol_name(text: str, fonts: Fonts = Fonts()) -> str:  # noqa: B008 - it is frozen
    """The canonical name of a symbol as it stands in a key. Raises Unreadable."""
    node = parse(fonts.settled(key_tokens(text)), NoNames())
    if isinstance(node, Diff) and isinstance(node.x, Sym | Sub) and node.x.name:  # dW^{[1]}: a gradient by W^{[1]}
        return with_d(node.x).name
    if isinstance(node, Sym):
        return node.name
    if isinstance(node, Sub) and node.name:
        return node.name
    if isinstance(node, Bin):
        raise Unreadable(
            f"{text} is no name of a symbol: an index stands below, `Q_{{ij}}`, and what stands above is a power, "
            "but for a number in brackets, `W^{[1]}`"
        )
    raise Unreadable(f"{text} is no name of a symbol")


def declared_fonts(spec: DerivationSpec) -> Fonts:
    """How a problem spells the letters that it declares."""
    keys = [*spec.symbols, *spec.families, *spec.aliases, *(n for names in spec.aliases.values() for n in names)]
    texts = [*spec.definitions, *(text.partition(" of ")[2] for text in spec.families.values())]
    for part in spec.decompositions:
        keys += [*part.names, *(n for n in (part.values, part.left, part.right) if n is not None)]
        texts.append(part.of)
    for world in spec.worlds:
        keys += world.symbols
        texts += world.set
    found = []
    for text, read in [*((key, key_tokens) for key in keys), *((text, plain_tokens) for text in texts)]:
        with suppress(Unreadable):  # which is told where it is compiled
            found.append(read(text))
    return spellings(found)


def plain_tokens(text: str) -> list[Token]:
    return tokenize(text, 0, len(text))


def drawn(symbol: SymbolSpec, names: Names) -> Entry:
    if "index" in symbol.kind:
        return Index()
    shape = tuple(parse_text(s, names) for s in symbol.shape)
    subset = (parse_text(symbol.subset[0], names), parse_text(symbol.subset[1], names)) if symbol.subset else None
    return Drawn(shape, frozenset(symbol.kind), subset)


def definition(text: str, scope: Scope, source: Source, opaque: bool) -> dict[str, Entry]:
    r"""`C = ...`, `f(w) = ...`, `p_i = ...`, `\sigma^2 = ...` (then the name is the root, which is not negative) -> entries;
    none from `J = J(w)` of a J(w) that is defined. Raises Unreadable, ValueError."""
    if (square := _SQUARE.fullmatch(text)) is not None:
        text = f"{square[1]}{square[2] or ''} = \\sqrt{{{square[3]}}}"
    left, right = one_equation(text, scope, named_by_word(text, scope))
    own = left.name if isinstance(left, Sym | Sub | Call) else ""
    if square is not None and (own in names_in(right) or scope.shape(right) not in (SCALAR, None)):
        raise Unreadable(
            "a square can be defined of a number, and not by itself: a matrix with this property is a symbol"
        )
    if names_itself(left, right, scope):
        return {}
    new = defined(left, right, scope, source, opaque)
    return new | wholes(new, scope) if source == "problem" else new


def wholes(new: Mapping[str, Entry], scope: Scope) -> dict[str, Entry]:
    """The column, or the matrix, of the entries that a problem defines, under its own name."""
    names = {key[:-1] for key, entry in new.items() if isinstance(entry, Defined) and entry.index}
    kept = {n for n in names - {"d", "e"} if scope.find(n) is None}  # dx and e^x go on to mean what they do
    return {n: Defined(Call(WHOLE, (Sym(f"{n}_"),))) for n in kept}


def named_by_word(text: str, scope: Scope) -> frozenset[str]:
    """The word that a definition gives a meaning to. `AB = ...` is a product where A or B is declared, a longer word where
    all of its letters are."""
    found = _WORD.match(text)
    if found is None or found[1] in FUNCTIONS:
        return frozenset()
    declared = [scope.find(letter) is not None for letter in found[1]]
    if all(declared) or (len(declared) == 2 and any(declared)):
        return frozenset()
    return frozenset({found[1]})


def names_itself(left: Node, right: Node, scope: Scope) -> bool:
    """`J = J(w, b)`: a function without its arguments is its value at those that it was defined with, and is so anyway."""
    found = scope.find(left.name) if isinstance(left, Sym) else None
    return (
        found is not None
        and isinstance(found[1], Defined)
        and isinstance(right, Call)
        and right.name == found[0]
        and found[1].params == tuple(a.name for a in right.args if isinstance(a, Sym | Sub))
    )


def defined(left: Node, right: Node, scope: Scope, source: Source, opaque: bool = False) -> dict[str, Entry]:
    """The entries that `left = right` makes. Raises Unreadable where the left side is no name."""
    if isinstance(left, Diff) and isinstance(left.x, Sym | Sub) and source == "problem":  # dZ_2 = A_2 - Y
        left = with_d(left.x)
    if isinstance(left, Call) and (left.name.startswith("norm") or left.name in ("abs", "det", "tr", "rank")):
        raise Unreadable(f"{left.name} is known, and gets no other meaning")
    if isinstance(left, Call):
        params = tuple(a.name for a in left.args if isinstance(a, Sym | Sub))
        if len(params) != len(left.args) or not params:
            raise Unreadable("the arguments of a definition are plain names")
        body = Defined(right, params, None, source, opaque and all(scope.find(p) for p in params))
        return {left.name: body}
    numbered = _NUMBERED.fullmatch(left.name) if isinstance(left, Sym | Sub) and source == "reply" else None
    if numbered and (isinstance(left, Sym) or is_listed(numbered[1], scope)):  # y^{(i)} = w x^{(i)}
        key, index = f"{numbered[1]}_", numbered[2]
        if not is_size(index, scope) and runs(right, index, scope):
            return {key: Defined(right, (), index, source)}
    if isinstance(left, Sym):
        return {left.name: Defined(right, (), None, source, opaque)}
    if isinstance(left, Sub) and left.name:
        index = left.index[0] if left.index and len(left.index) == 1 else None
        if (
            isinstance(index, Sym)
            and isinstance(left.base, Sym)
            and index.name.islower()
            and "^" not in left.name
            and not is_size(index.name, scope)
            and runs(right, index.name, scope)
        ):
            return {family_key(left.name): Defined(right, (), index.name, source)}
        if (labelled := entry_of_labelled(left, right, scope)) is not None:
            return {f"{labelled[0]}_": Defined(right, (), labelled[1], source)}
        if (pair := two_indices(left, right, scope)) is not None:
            return {family_key(left.name): Defined(right, (), pair[0], source, second=pair[1])}
        return {left.name: Defined(right, (), None, source, opaque)}
    raise Unreadable("the left side is no name")


def entry_of_labelled(left: Sub, right: Node, scope: Scope) -> tuple[str, str] | None:
    r"""`z_{1,j} = ...`, `y_{\text{pred}, i} = ...`: the column z_1 or y_pred, and the index, where the value changes with that."""
    index = left.index[-1] if left.index else None
    if not isinstance(index, Sym) or index.name not in _INDICES or is_size(index.name, scope):
        return None
    if isinstance(left.base, Sub) and left.base.name and len(left.index or ()) == 1:
        whole = left.base.name
    elif isinstance(left.base, Sym) and left.index is not None and isinstance(left.index[0], Num) and "," in left.name:
        whole = left.name.rpartition(",")[0]
    else:
        return None
    plain = "," not in whole and "^" not in whole
    return (whole, index.name) if plain and runs(right, index.name, scope) else None


def two_indices(left: Sub, right: Node, scope: Scope) -> tuple[str, str] | None:
    """`w_{ij} = ...`: the letters of both indices, where the value changes with each. Letters that are no usual indices are
    labels for all that is known: `F_{xy}`, `v_{ab}`."""
    names = [i.name for i in left.index or () if isinstance(i, Sym) and i.name in _INDICES]
    if len(names) != 2 or len(left.index or ()) != 2 or names[0] == names[1] or not isinstance(left.base, Sym):
        return None
    if "^" in left.name or any(is_size(n, scope) or not runs(right, n, scope) for n in names):
        return None
    return names[0], names[1]


def runs(body: Node, index: str, scope: Scope) -> bool:
    """Whether a value changes with an index, so that `p_i` is any of them: else the subscript is only a label, as in `E_b`
    and `E_a` of a bond and an angle. A number is the value of every `p_i`, of no `E_b`."""
    if isinstance(body, Num):
        return index in _INDICES
    if isinstance(body, Sym):
        return body.name == index
    if isinstance(body, Sub) and scope.find(body.name):  # k_s is declared: s is no index there
        return False
    return any(runs(n, index, scope) for n in children(body) if not isinstance(n, Num))


def is_listed(name: str, scope: Scope) -> bool:
    """Whether the reply said what the members of a family are."""
    found = scope.find(f"{name}_")
    return found is not None and isinstance(found[1], Defined) and found[1].source == "reply"


def is_size(name: str, scope: Scope) -> bool:
    found = scope.find(name)
    return found is not None and not isinstance(found[1], Index)


def hidden(entry: Entry, names: Mapping[str, str]) -> Entry:
    """The entry with a world's own symbols under their private names, so that a reply's symbols cannot capture them."""
    if not isinstance(entry, Defined):
        return entry
    return replace(entry, body=renamed(entry.body, names))


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    for old, new in names.items():
        node = substitute_index(node, old, Sym(new))
        node = sub_renamed(node, old, new)
    return node


def sub_renamed(node: Node, old: str, new: str) -> Node:
    """A subscripted own symbol `B_1` is one name; give it the private one."""
    if isinstance(node, Sub) and node.name:
        return Sym(new) if node.name == old else node
    return rebuilt(node, [sub_renamed(n, old, new) for n in children(node)])
