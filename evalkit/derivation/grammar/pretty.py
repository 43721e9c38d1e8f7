"""Expression tree -> one line of plain unicode text, for tables and evidence."""

from __future__ import annotations

import re
from functools import lru_cache

from evalkit.derivation.grammar.nodes import (
    EITHER,
    ZEROS,
    Big,
    Bin,
    Block,
    Call,
    Diff,
    Dots,
    Grad,
    Node,
    Num,
    Slice,
    Sub,
    Sym,
    Un,
)
from evalkit.derivation.grammar.transforms import INVERSE, LAPLACE, Z

_GREEK = dict(
    zip(
        [
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "zeta",
            "eta",
            "theta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "pi",
            "rho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "chi",
            "psi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Xi",
            "Pi",
            "Sigma",
            "Upsilon",
            "Phi",
            "Psi",
            "Omega",
            "ell",
            "hbar",
        ],
        [
            "α",
            "β",
            "γ",
            "δ",
            "ε",
            "ζ",
            "η",
            "θ",
            "ι",
            "κ",
            "λ",
            "μ",
            "ν",
            "ξ",
            "π",
            "ρ",
            "σ",
            "τ",
            "υ",
            "φ",
            "χ",
            "ψ",
            "ω",
            "Γ",
            "Δ",
            "Θ",
            "Λ",
            "Ξ",
            "Π",
            "Σ",
            "Υ",
            "Φ",
            "Ψ",
            "Ω",
            "ℓ",
            "ħ",
        ],
        strict=True,
    )
)
LETTERS = {LAPLACE: "L", Z: "Z"}
_FONT = re.compile(r"\\math[a-z]+ ")
_MARKS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "dot": "\u0307"}
_NORMS = {"norm": "", "norm_F": "_F", "norm_2": "_2", "norm_1": "_1", "norm_nuc": "_*", "norm_inf": "_∞"}
_LEVEL = {"+": 1, "-": 1, "*": 2, "mod": 2, "dot": 2, "cross": 2, "/": 2, ".*": 2, "kron": 2, "^": 4, ".^": 4}


@lru_cache(maxsize=4096)
def pretty_name(name: str) -> str:
    """`\\hat X_1` -> X̂_1, `\\sigma_i` -> σ_i."""
    for mark, sign in _MARKS.items():
        if name.startswith(f"\\{mark} "):
            inner = pretty_name(name[len(mark) + 2 :])
            return inner[:1] + sign + inner[1:]
    if name.startswith("\\vec{"):
        return name  # an arrow from point to point
    name = _FONT.sub("", name)
    for word in sorted(_GREEK, key=len, reverse=True):
        name = name.replace("\\" + word, _GREEK[word])
    return name


def pretty(node: Node, level: int = 0) -> str:
    """One line; parentheses only where they are needed."""
    text, own = _pretty(node)
    return f"({text})" if own < level else text


@lru_cache(maxsize=8192)
def _pretty(node: Node) -> tuple[str, int]:
    match node:
        case Num(value):
            return ("∞" if value == float("inf") else f"{value:g}"), 9
        case Sym(name):
            return pretty_name(name), 9
        case Sub(base, name, index):
            if name:
                return pretty_name(name), 9
            return f"{pretty(base, 9)}_{{{','.join(pretty(i) for i in index or ())}}}", 9
        case Un("-", Num(0.0)) if node == ZEROS:
            return "0", 9
        case Un("-", x):
            return f"-{pretty(x, 2)}", 1
        case Un("T" | "'", x):
            return f"{pretty(x, 5)}ᵀ", 5
        case Un("pinv", x):
            return f"{pretty(x, 5)}⁺", 5
        case Un(op, x):
            return f"{pretty(x, 5)}{op}", 5
        case Bin("^", left, Num(-1)) | Bin("^", left, Un("-", Num(1))):
            return f"{pretty(left, 5)}⁻¹", 5
        case Bin("^", left, Num(2)):
            return f"{pretty(left, 5)}²", 5
        case Bin("^" | ".^", left, right):
            return f"{pretty(left, 5)}^{pretty(right, 5)}", 4
        case Bin("+", left, Bin("*", Sym(name), right)) if name == EITHER:
            return f"{pretty(left, 1)} ± {pretty(right, 2)}", 1
        case Bin("*", Sym(name), right) if name == EITHER:
            return f"±{pretty(right, 2)}", 1
        case Bin(op, left, right):
            sign = {
                "*": " ",
                "dot": " ",
                "cross": " ",
                "+": " + ",
                "-": " - ",
                "/": "/",
                ".*": " ⊙ ",
                "kron": " ⊗ ",
            }.get(op, f" {op} ")
            own = _LEVEL.get(op, 0)
            return f"{pretty(left, own)}{sign}{pretty(right, own + (op in '-/*'))}", own
        case Call(name, args) if name in _NORMS:
            return f"‖{pretty(args[0])}‖{_NORMS[name]}", 9
        case Call("abs", args):
            return f"|{pretty(args[0])}|", 9
        case Call("inner", args):
            return f"⟨{', '.join(map(pretty, args))}⟩", 9
        case Call(name, (x,)) if (letter := LETTERS.get(name.removesuffix(INVERSE))) is not None:
            of: Node = Bin("^", Sym(letter), Un("-", Num(1))) if name.endswith(INVERSE) else Sym(letter)
            return _pretty(Bin("*", of, x))[0], 3
        case Call("between", args) if len(args) > 3:
            return _pretty(Call("between", args[:3]))
        case Call("tuple", args):
            return f"({', '.join(map(pretty, args))})", 9
        case Call("cases", args):
            pairs = zip(args[::2], args[1::2], strict=True)
            return "{" + "; ".join(f"{pretty(v)} {pretty(w)}" for v, w in pairs) + "}", 9
        case Call("when", args):
            signs = {"leq": "≤", "geq": "≥", "neq": "≠"}
            parts = [
                signs.get(a.name, a.name) if i % 2 and isinstance(a, Sym) else pretty(a) for i, a in enumerate(args)
            ]
            return f"if {' '.join(parts)}" if args else "else", 9
        case Call(name, args):
            shown = {"tr": "Tr"}.get(name, pretty_name(name))
            return f"{shown}({', '.join(pretty(a) for a in args)})", 9
        case Grad(f, by, order):
            return f"∇{'²' if order == 2 else ''}{'_' + pretty(by, 9) if by != Sym('') else ''} {pretty(f, 3)}", 3
        case Diff(x):
            return f"d{pretty(x, 9)}", 8
        case Big(kind, body, index, low, high, strict):
            sign = {"sum": "Σ", "prod": "Π", "int": "∫"}.get(kind, kind)
            ends = f"{','.join(index)}"
            if low is not None:
                ends += f"{'>' if strict else '='}{pretty(low)}"
            if high is not None:
                ends += f"..{pretty(high)}"
            return f"{sign}[{ends}] {pretty(body, 2)}", 2
        case Block(rows):
            return "[" + "; ".join(", ".join(pretty(n) for n in row) for row in rows) + "]", 9
        case Dots():
            return "…", 9
        case Slice(low, high):
            return f"{pretty(low) if low else ''}:{pretty(high) if high else ''}", 9
    return "?", 9  # type: ignore[unreachable]
