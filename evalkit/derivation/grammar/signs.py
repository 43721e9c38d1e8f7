"""Signs that relate two sides, and those that separate statements, as the lexer names them."""

from __future__ import annotations

EQUAL = {"=", ":=", "=:", "equiv"}
MEANS = "means"
"""`\\equiv` between statements."""
ORDER = {"<", ">", "leq", "geq"}
OTHER = {MEANS, "approx", "neq", "propto", "to", "in", "sim", "succeq", "succ", "preceq", "prec", "ll", "gg", "subset", "perp", "notin", "cong",
         "mapsto", "subseteq", "gtrsim", "lesssim", "asymp", "uparrow", "downarrow", "nearrow"}  # fmt: skip
SEPARATORS = {
    "Rightarrow",
    "Leftrightarrow",
    "wedge",
    "forall",
    "exists",
    "mid",
    "Leftarrow",
    "vee",
    "rightarrow",
    "leftarrow",
}
