"""What a formula does in its clause: is it claimed, is it supposed, or is it only named?

Told by the words that govern its place: a subordinate clause ("if", "when", "such that") or a supposition ("let",
"assume") reaches as far as the grammar lets it; a connective or a verb of the main clause ("then", "we get", "is") ends it.
These are the words that hold sentences together, few and nearly closed; what a text is about plays no part.

Not covered: languages other than English, where nothing is told (OPEN); a verb that is on no list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Role(StrEnum):
    """What the clause around a formula makes of it."""

    CLAIMED = "claimed"
    SUPPOSED = "supposed"
    GIVEN = "given"
    """A circumstance or a choice, perhaps a claim beside it: "with a = b", "take a = b", "Rank condition: a = b"."""
    NAMED = "named"
    """It stands beside a noun that says what it is: "the characteristic equation det(A - tI) = 0"."""
    OPEN = "open"
    """The words do not tell."""


_KINDS = {
    "mark": r"¤",
    "comma": r"[,，、]",
    "colon": r"[:：]",
    "paren": r"\(",
    "close": r"\)",
    # What something is done for: "To find the slope of X, we derive". But "we divide by 2 to get X", "to prove the formula X".
    "purpose": r"^\W*to (?:find|get|obtain|determine|compute|calculate|evaluate) (?=(?:the|an?|all|where|when|how|its|their|this|that|any)\b)",
    # The main clause, wherever it stands.
    "connective": r"\b(?:therefore|thus|hence|so|then|consequently|thereby|because|since|given by)\b",
    # A subordinate clause: up to its comma or colon.
    "condition": r"\b(?:if|when|whenever|unless|whether|provided|such that|subject to|s\.t\.|in case|as long as|for which|in which|whose)(?!\w)",
    # A supposition, over commas; a choice, up to a verb behind a comma.
    "suppose": r"\b(?:where|let(?!['’]?s\b| us\b)|suppos(?:e|ed|ing)|assum(?:e|ed|es|ing)|requir(?:e|es|ed|ing)|impos\w+|constrain\w*)\b",
    "meets": r"\bsatisf\w+\b",
    "choose": r"\b(?:given|tak(?:e|ing)|choos(?:e|ing)|pick(?:ing)?|set(?:ting)?|put(?:ting)?|fix(?:ing)?|try(?:ing)?|restrict\w*|plug(?:ging)?|insert(?:ing)?|solv(?:e|ing)|equate|equating)\b",
    # A circumstance: up to the next verb or comma.
    "beside": r"\b(?:for|with|at|on|under)\b",
    "of": r"\b(?:of|from|in)\b",
    # Verbs whose object a formula is; in a subordinate clause they claim nothing.
    "result": r"\b(?:recall|notic?e|know|known|impl(?:y|ies|ied)|yield(?:s|ed|ing)?|giv(?:es?|ing)|g[eo]t(?:s|ting)?|obtain(?:s|ed|ing)?|find|found|conclud\w+|"
    r"follow(?:s|ing)?|show(?:s|n|ed)?|prov(?:e|es|ed)|means?|becomes?|reduces?|simplifies|must|we have)\b",
    "verb": r"\b(?:is|are|was|were|be|equals?|equal|reads?|has|have|holds?)\b",
    "link": r"\b(?:that|and|or|the|an?|also|both|again|only|now|we|it|here|by|as|to|just|indeed|all|every|each|any|some)\b",
    "word": r"[^\W\d_][\w'’-]*",
}
_WORDS = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.I)
_PURPOSE = re.compile(_KINDS["purpose"], re.I)
_FINDS = re.compile(f"{_KINDS['connective']}|{_KINDS['result']}", re.I)
_OF_CONDITIONS = re.compile(
    r"\b(?:conditions?|constraints?|assumptions?|requirements?|hypothes[ie]s|restrictions?|premises?)\b",
    re.I,
)
_FILLED = re.compile(
    r"¤[^.]*\.\s|¤[^.]*\b(?:have|gets?|obtain\w*|find|found|becomes?|yields?|gives?|implies|follows?|then|therefore|so)\b",
    re.I,
)
"""Behind the word for it: the condition itself, and an end of its sentence or a conclusion from it."""
_GIVEN = re.compile(
    r"\W*(?:we are )?given(?: (?:values|information|data|facts|quantities|numbers))?\s*(?:\([^)]*\))?\W*$", re.I
)
_SYSTEM = re.compile(
    r"\b(?:system of (?:\w+ )?equations|following (?:\w+ )?(?:system|equations)"
    r"|(?<!the )(?<!these )(?<!both )(?:two|three|four|simultaneous|linear) equations)(?: (?:is|are|becomes|reads))?[\s:]*$",
    re.I,
)
"""What a system is introduced by; `the two equations` are known already, and something is done with them."""


@dataclass
class _Clause:
    role: Role = Role.OPEN
    until: str = ""
    """What ends the present supposition: `comma`: the next comma or colon; `verb`: a verb as well; `list`: nothing but a
    connective, before a comma; `choice`: a verb, behind one. Empty: a connective, or a verb that has a formula as object;
    that verb has been read where it is `object`, the connective alone where it is `so`."""
    filled: bool = False
    """The supposition has something in it already."""

    def now(self, role: Role, until: str = "") -> None:
        self.role, self.until, self.filled = role, until, False


def role(clause: str) -> Role:
    """What a clause, with its mathematics masked as `¤`, makes of the formula that comes next."""
    state = _Clause()
    last, around = "", list[_Clause]()
    for found in _WORDS.finditer(clause):
        kind = found.lastgroup or "word"
        if kind == "mark" and last == "word" and state.until == "verb":
            state.now(Role.OPEN)  # "with the chain rule ¤ and"
        if last == "word" and found[0].lower() == "given by":
            kind = "choose"  # "the line given by X" names it; "the distance is given by X" claims
        if kind == "paren":
            around.append(replace(state))
        elif kind == "close" and around:
            state = around.pop()  # what is supposed in brackets ends with them
        if not (kind == "beside" and last == "verb"):  # "the maximum is at X"
            _take(state, kind)
        last = last if kind == "link" else "word" if kind == "purpose" else kind
    beside = (
        state.until == "verb" or state.role is Role.OPEN or (state.role is Role.CLAIMED and state.until != "object")
    )
    if last in ("word", "of", "paren") and beside:
        return Role.NAMED  # "the equation X", "with the chain rule X"; but "we get the equation X"
    return state.role


def _take(state: _Clause, kind: str) -> None:
    """The clause goes on with a word of this kind."""
    supposed = state.role in (Role.SUPPOSED, Role.GIVEN)
    match kind:
        case "connective":
            state.now(Role.CLAIMED, "so")
        case "meets" if state.until != "so":  # "a vector that satisfies X"; but "so it satisfies X"
            state.now(Role.SUPPOSED, "list")
        case "condition":
            state.now(Role.SUPPOSED, "comma")
        case "suppose":
            state.now(Role.SUPPOSED, "list")
        case "choose":
            state.now(Role.GIVEN)
        case "beside" if not supposed or state.until == "verb":
            state.now(Role.GIVEN, "verb")
        case "result" if state.until not in ("comma", "list"):
            state.now(Role.CLAIMED, "object")
        case "verb" if not supposed or state.until in ("verb", "choice"):
            state.now(Role.CLAIMED)
        case "comma" if state.until in ("comma", "verb") and state.filled:
            state.now(Role.OPEN)  # the main clause, or one more condition
        case "comma" if supposed:
            state.until = "" if state.role is Role.SUPPOSED else "choice"
        case "colon" if state.until in ("comma", "verb") and state.filled:
            state.now(Role.CLAIMED)  # "If A is symmetric: X"
        case "colon" if state.role is Role.GIVEN and state.filled:
            state.now(Role.OPEN)  # "Take the derivative of the loss: X"
        case "mark" | "word" | "purpose":
            state.filled = True


def says_that_it_follows(clause: str) -> bool:
    """Whether a connective or a verb of finding stands in a clause: "so", "we get"; not "the sum is"."""
    return bool(_FINDS.search(_PURPOSE.sub("", clause)))


def names_conditions(label: str) -> bool:
    """Whether a heading or the label of a list says that conditions follow: "Rank condition:", "Assumptions"; but not
    "under the condition ¤ we get:"."""
    found = list(_OF_CONDITIONS.finditer(label))
    return bool(found) and not _FILLED.search(label, found[-1].end())


def says_what_is_given(label: str) -> bool:
    """`Given values (as stated):`"""
    return bool(_GIVEN.match(label))


def names_a_system(clause: str) -> bool:
    """Whether the formula is one of a system of equations: something to be solved, whatever verb leads to it."""
    return bool(_SYSTEM.search(clause))
