r"""What letters, commands and characters stand for: the tables of the lexer."""

from __future__ import annotations

import re

GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "pi", "varpi", "rho", "varrho", "sigma", "varsigma", "tau", "upsilon", "phi", "varphi",
    "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
    "ell", "hbar",
}  # fmt: skip
LETTERS = GREEK - {"xi", "Xi", "ell", "hbar"}
"""Greek letters whose names in plain text nobody means as a product."""
SAME = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho", "varsigma": "sigma"}
FUNCTIONS = {
    "tr": "tr", "Tr": "tr", "trace": "tr", "Trace": "tr", "Spur": "tr", "diag": "diag", "Diag": "diag", "rank": "rank",
    "rk": "rank", "det": "det", "log": "log", "ln": "log", "exp": "exp", "vec": "vec", "max": "max", "min": "min",
    "softmax": "softmax", "sigmoid": "sigmoid", "tanh": "tanh", "sin": "sin", "cos": "cos", "tan": "tan",
    "sinh": "sinh", "cosh": "cosh", "sqrt": "sqrt", "relu": "relu", "ReLU": "relu", "sgn": "sign", "sign": "sign",
    "norm": "norm_F", "arctan": "arctan", "argmax": "argmax", "arg": "argmin", "argmin": "argmin", "inf": "inf", "sup": "sup",
    "lim": "lim", "span": "span", "dim": "dim", "ker": "ker", "Var": "Var", "Cov": "Cov", "var": "Var",
    "cov": "Cov", "ones": "ones", "eig": "eig",
    "csc": "csc", "coth": "coth", "arcsin": "arcsin", "arccos": "arccos", "softplus": "softplus", "cot": "cot", "sec": "sec", "blkdiag": "diag",
    "Re": "Re", "inv": "inv", "transpose": "transpose", "gcd": "gcd", "lcm": "lcm", "erf": "erf",
    "arsinh": "arsinh", "arcosh": "arcosh", "artanh": "artanh", "arcsinh": "arsinh", "arccosh": "arcosh", "arctanh": "artanh",
}  # fmt: skip
ACCENTS = {
    "hat", "tilde", "bar", "vec", "check", "breve", "widehat", "widetilde", "overline", "dot", "ddot", "underline",
    "overrightarrow"
}  # fmt: skip
ACCENT_SAME = {"overrightarrow": "vec", "widehat": "hat", "widetilde": "tilde", "overline": "bar"}
FONTS = {
    "mathbf": "mathbf", "boldsymbol": "mathbf", "bm": "mathbf", "pmb": "mathbf", "mathbfit": "mathbf", "symbf": "mathbf",
    "symbfit": "mathbf", "bf": "mathbf", "boldmath": "mathbf", "vec": "mathbf", "mathcal": "mathcal", "mathscr": "mathcal",
    "cal": "mathcal", "mathfrak": "mathfrak", "mathsf": "mathsf", "mathtt": "mathtt", "mathbb": "mathbb",
    "mathit": "", "mathnormal": "", "it": "", "rm": "",
}  # fmt: skip
"""Commands that set a letter in a font, and the fonts that are told apart. An arrow over a letter is as good as bold."""
SWITCHES = {"bf", "cal", "it", "rm", "boldmath"}
"""They act up to the end of their group."""
ALPHABETS = {"BOLD": "mathbf", "SCRIPT": "mathcal", "FRAKTUR": "mathfrak", "DOUBLE-STRUCK": "mathbb"}
"""In the names of unicode letters."""
IGNORED = {
    "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "limits", "nolimits", "mathstrut", "smash", "phantom",
    "vphantom", "hphantom", "checkmark", "blacksquare", "square", "Box", "qed", "qedsymbol", "normalsize", "small", "large",
    "Large", "nonumber", "notag", "centering", "hline", "allowbreak", "nobreak", "strut"
}  # fmt: skip
SIZES = {
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr",
    "bigm", "Bigm", "middle", "mleft", "mright"
}  # fmt: skip
OPENING = {
    "left", "bigl", "Bigl", "biggl", "Biggl", "mleft"
}  # fmt: skip
CLOSING = {
    "right", "bigr", "Bigr", "biggr", "Biggr", "mright"
}  # fmt: skip
SPACES = {",": "sp", ";": "sp", ":": "sp", "!": "", " ": "sp", "quad": "qd", "qquad": "qd", "enspace": "sp", "thinspace": "sp",
           "hspace": "", "space": "sp", "hfill": "qd", ">": "sp", "/": ""}  # fmt: skip
QUAD = {"em": 1.0, "ex": 2.0, "pt": 10.0, "mm": 3.5, "cm": 0.35, "in": 0.14}
"""The width of a \\quad, in each unit of length."""
_LENGTH = re.compile(rf"\s*(\d{{1,3}}(?:\.\d{{0,3}})?|\.\d{{1,3}})\s*({'|'.join(QUAD)})\s*")
CMD_SAME = {
    "cdotp": "cdot", "le": "leq", "ge": "geq", "ne": "neq", "leqslant": "leq", "geqslant": "geq", "lVert": "|", "rVert": "|", "Vert": "|",
    "lvert": "vert", "rvert": "vert", "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "nicefrac": "frac",
    "sfrac": "frac", "dbinom": "binom", "tbinom": "binom", "mod": "bmod", "coloneqq": "coloneq", "triangleq": "coloneq", "stackrel": "overset", "intercal": "top",
    "transpose": "top", "T": "top", "trans": "top", "tp": "top", "trace": "Tr", "tr": "Tr", "longrightarrow": "Rightarrow",
    "implies": "Rightarrow", "Longrightarrow": "Rightarrow", "iff": "Leftrightarrow", "Longleftrightarrow": "Leftrightarrow",
    "therefore": "Rightarrow", "because": "Rightarrow", "ldots": "dots", "cdots": "dots", "vdots": "dots", "ddots": "dots",
    "dotsc": "dots", "dotsb": "dots", "dotsm": "dots", "land": "wedge", "langle": "langle", "lt": "<", "gt": ">",
    "thickapprox": "approx", "simeq": "approx", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "ast": "*",
    "odif": "d", "dd": "d", "diff": "d", "norm": "norm", "abs": "abs", "star": "*", "dag": "dagger", "parallel": "|",
    "varGamma": "Gamma", "varDelta": "Delta", "varTheta": "Theta", "varLambda": "Lambda", "varXi": "Xi", "varPi": "Pi",
    "varSigma": "Sigma", "varPhi": "Phi", "varPsi": "Psi", "varOmega": "Omega", "R": "mathbbR", "E": "mathbbE", "tag*": "tag", "operatorname*": "operatorname",
}  # fmt: skip
SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
SUP = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ", "0123456789+-()abcdefghijklmnoprstuvwxyzT", strict=True))
CHARS: dict[str, tuple[str, str]] = {
    "−": ("op", "-"), "–": ("op", "-"), "‐": ("op", "-"), "‑": ("op", "-"), "×": ("cmd", "times"), "·": ("cmd", "cdot"),
    "⋅": ("cmd", "cdot"), "∙": ("cmd", "cdot"), "•": ("cmd", "cdot"), "∗": ("op", "*"), "⊙": ("cmd", "odot"),
    "∘": ("cmd", "circ"), "⊗": ("cmd", "otimes"), "≤": ("cmd", "leq"), "≥": ("cmd", "geq"), "≠": ("cmd", "neq"),
    "≈": ("cmd", "approx"), "≡": ("cmd", "equiv"), "≜": ("cmd", "coloneq"), "≔": ("cmd", "coloneq"), "∝": ("cmd", "propto"),
    "∈": ("cmd", "in"), "→": ("cmd", "to"), "⇒": ("cmd", "Rightarrow"), "⟹": ("cmd", "Rightarrow"), "⟺": ("cmd", "Leftrightarrow"),
    "⇔": ("cmd", "Leftrightarrow"), "∴": ("cmd", "Rightarrow"), "‖": ("cmd", "|"), "∥": ("cmd", "|"), "±": ("cmd", "pm"), "∓": ("cmd", "mp"), "∇": ("cmd", "nabla"),
    "∂": ("cmd", "partial"), "∑": ("cmd", "sum"), "∏": ("cmd", "prod"), "∫": ("cmd", "int"), "√": ("cmd", "surd"),
    "∞": ("cmd", "infty"), "⊤": ("cmd", "top"), "′": ("op", "'"), "’": ("op", "'"), "…": ("cmd", "dots"), "⋯": ("cmd", "dots"),
    "⋮": ("cmd", "dots"), "⋱": ("cmd", "dots"), "⟨": ("cmd", "langle"), "⟩": ("cmd", "rangle"), "∀": ("cmd", "forall"),
    "∃": ("cmd", "exists"), "⪰": ("cmd", "succeq"), "⪯": ("cmd", "preceq"), "≻": ("cmd", "succ"), "≺": ("cmd", "prec"),
    "⊂": ("cmd", "subset"), "⊆": ("cmd", "subset"), "†": ("cmd", "dagger"), "⋆": ("op", "*"), "∣": ("op", "|"), "÷": ("op", "/"),
    "ℏ": ("id", "\\hbar"), "ħ": ("id", "\\hbar"), "≪": ("cmd", "ll"), "≫": ("cmd", "gg"), "↦": ("cmd", "to"), "⟶": ("cmd", "to"), "∼": ("cmd", "sim"), "≃": ("cmd", "approx"),
    "⊥": ("cmd", "perp"), "∪": ("cmd", "cup"), "∩": ("cmd", "cap"), "\u00a0": ("ws", ""), "\u2009": ("ws", ""), "\u200b": ("ws", ""),
    "ℓ": ("id", "\\ell"), "ℝ": ("id", "\\mathbb R"), "𝔼": ("id", "\\mathbb E"), "ℒ": ("id", "\\mathcal L"), "⟂": ("cmd", "perp"),
    "°": ("cmd", "degree"), "⌊": ("op", "\\lfloor"), "⌋": ("op", "\\rfloor"), "⌈": ("op", "\\lceil"), "⌉": ("op", "\\rceil"), "½": ("half", "1/2"), "¼": ("half", "1/4"), "■": ("ws", ""), "□": ("ws", ""), "✓": ("ws", ""), "✅": ("ws", ""),
    "≐": ("cmd", "coloneq"), "：": ("op", ":"), "，": ("op", ","), "（": ("op", "("), "）": ("op", ")"), "⨂": ("cmd", "otimes"),
}  # fmt: skip
PROSE = {
    "and", "or", "where", "with", "for", "if", "when", "so", "all", "as", "then", "thus", "hence", "is", "the", "by",
    "since", "from", "any", "some", "let", "on", "at", "in", "s.t.", "of", "to", "are", "else", "but", "i.e.", "have",
    "we", "get", "which"
}  # fmt: skip
MARKS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u0307": "dot"}
GROUPED_TEXT = {
    "text", "mathrm", "operatorname", "textrm", "textbf", "textit", "mbox", "textsf", "texttt", "hbox", "emph"
}  # fmt: skip
DROPPED_WITH_GROUP = {
    "tag", "label", "hspace", "vspace", "color", "ref", "eqref", "cite", "textcolor", "phantom", "vphantom", "hphantom",
    "cssId", "class", "require"
}  # fmt: skip


def is_wide(length: str) -> bool:
    """Whether a space of a length, `5mm`, is one that sets two formulas apart, as \\quad does."""
    found = _LENGTH.fullmatch(length)
    return found is not None and float(found[1]) >= QUAD[found[2]]
