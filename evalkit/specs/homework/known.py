"""Commands of LaTeX that stand in formulas and that latex2mathml does not know."""

from __future__ import annotations

COMMANDS = frozenset((
    "min", "max", "lim", "sup", "inf", "arg", "label", "ref", "eqref", "intertext", "shortintertext", "cite", "cline",
    "toprule", "midrule", "bottomrule", "multicolumn", "multirow", "ensuremath", "item", "Bigl", "Bigr", "bigl",
    "bigr", "biggl", "biggr", "Biggl", "Biggr", "big", "Big", "bigg", "Bigg", "centering", "includegraphics",
    "textsc", "url", "footnote", "newline", "par", "small", "large", "raggedright", "arraybackslash", "setlength",
    "tabcolsep", "State", "If", "EndIf", "For", "EndFor", "While", "EndWhile", "Return", "Function", "EndFunction",
    "Call", "Procedure", "EndProcedure", "Comment", "Require", "Ensure", "allowbreak", "rm", "bf", "it", "sf", "cal",
    "bfseries",
))  # fmt: skip
