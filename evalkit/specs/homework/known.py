"""Commands of LaTeX that stand in formulas and that latex2mathml has no symbol for."""

from __future__ import annotations

COMMANDS = frozenset((
    "min", "max", "lim", "sup", "inf", "log", "exp", "sin", "cos", "tan", "det", "dim", "ker", "gcd", "Pr", "arg",
    "deg", "hom", "ln", "lg", "sec", "csc", "cot", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos", "arctan",
    "limsup", "liminf", "boldsymbol", "bm", "bold", "mbox", "label", "ref", "eqref", "tag", "notag", "nonumber",
    "intertext", "shortintertext", "cite", "textcolor", "color", "hline", "cline", "toprule", "midrule", "bottomrule",
    "multicolumn", "multirow", "dots", "dotsc", "dotsb", "ldots", "cdots", "vdots", "ddots", "displaystyle",
    "textstyle", "operatorname", "mathop", "limits", "nolimits", "substack", "underbrace", "overbrace", "stackrel",
    "overset", "underset", "middle", "mod", "pmod", "bmod", "pod", "mathring", "ensuremath", "xrightarrow",
    "xleftarrow", "phantom", "vphantom", "hphantom", "smash", "lVert", "rVert", "lvert", "rvert", "Vert", "vert",
    "textbf", "textit", "textrm", "emph", "item", "choose", "binom", "dbinom", "tbinom", "Bigl", "Bigr", "bigl",
    "bigr", "biggl", "biggr", "Biggl", "Biggr", "big", "Big", "bigg", "Bigg", "tfrac", "dfrac", "cfrac", "iint",
    "iiint", "oiint", "mathscr", "mathfrak", "mathsf", "mathtt", "mathit", "quad", "qquad", "centering",
    "includegraphics", "begin", "end", "left", "right", "text", "textsc", "textsf", "texttt", "url", "href",
    "footnote", "newline", "par", "small", "large", "raggedright", "arraybackslash", "setlength", "tabcolsep",
    "mathrm", "State", "If", "EndIf", "For", "EndFor", "While", "EndWhile", "Return", "Function", "EndFunction",
    "Call", "Procedure", "EndProcedure", "Comment", "Require", "Ensure", "gets", "allowbreak", "rm", "bf", "it", "sf",
    "cal", "bfseries",
))  # fmt: skip
