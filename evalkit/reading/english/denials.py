r"""What is denied, left out, supposed or set aside, told by the words around it in its clause.

*Denied before* (`denied_before`): one of the four words before it, in the same clause, is of `DENIES` (`not`, `avoid`,
`without`, `wrong`, ...) or ends `rather than`, `instead of`; or one of the eight before it begins `not true`, `not
mean`, `wrong that`, ..., or is of `DENIES` at all where `that` stands right before it (`not in general the case that`)
or with a frame between (`not the case that for all k, ...`); or `everything but`, `all of them but` stands before it.
A clause ends at , ; : . ! ? brackets, dashes, at a line end unless the next line goes on in lower case, and at `RESETS`
(`but`, `because`, `so`, ...). `not only`, `not just`, `no doubt` and `no question` deny nothing.

*Called wrong* right behind it: `CALLS_WRONG` (`wrong`, `not right`, `wait, that's incorrect`), and with a pronoun for
it `CALLS_THAT_WRONG`, which reaches over the end of a sentence.

*Denied behind* (`denied_behind`): what follows at once is `is / are / was / would be / does / do` and then, within two
words, one of `DENIES_BEHIND` (`B is not needed`).

*Left out* (`left_out`): denied, or the object of a verb that `do not`, `will not`, `never`, `avoids`, ... denies,
anywhere before it in its clause.

*Supposed* (`supposed`): `if`, `suppose`, `would`, ... among the eight words before it, in the same clause. *Set aside*
(`set_aside`): its clause goes on that it decides nothing (`play no part`, `affect both alike`), or it stands behind
`regardless of`, `apart from`, ....

Not covered: irony, questions, denials from further away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from evalkit.reading.english.words import Word, any_of, words
from evalkit.reading.patterns import later

WINDOW, FAR = 4, 8
"""Words before something that may deny it, and before a clause with `that`."""
CALLED_FALSE = frozenset(("wrong", "false", "incorrect", "incorrectly", "untrue", "mistake", "mistaken", "mistakenly"))
NEGATIVES = frozenset(("not", "never", "neither", "nor", "cannot", "nowhere", "hardly", "nobody"))
"""What denies a verb; `n't` is folded into `not`."""
AVOIDS = frozenset(("without", "avoid", "avoids", "avoiding", "avoided"))
_STARTLED = r"(?:(?:wait|hmm+|oh|no|oops|hold on)[\s,.!…—–-]{1,4}){0,2}"
_WRONG = (
    rf"(?:{any_of(CALLED_FALSE - {'incorrectly', 'mistakenly'})}|not (?:quite |at all )?(?:right|correct|true))"
    r"(?=[ \t*_]{0,3}(?:[.,;:!?)—–]|\Z|\n))"
)
CALLS_THAT_WRONG = later(
    rf"{_STARTLED}(?:that|this|which|it)(?:(?:['’]s| is| was| looks| seems) (?:clearly |obviously )?{_WRONG}"
    rf"|(?: isn['’]t| wasn['’]t) (?:quite )?(?:right|correct|true)\b)",
    re.IGNORECASE,
)
CALLS_WRONG = later(rf"{_STARTLED}{_WRONG}|{CALLS_THAT_WRONG.pattern}", re.IGNORECASE)
_ABROAD = frozenset(("nicht", "kein", "keine", "pas", "não", "не", "niet", "inte", "ikke"))
"""`Die Antwort ist nicht Riga.`"""
DENIES = CALLED_FALSE | NEGATIVES | AVOIDS | _ABROAD | {"no", "unlike", "except", "excluding", "myth"}
DENIES_BEHIND = CALLED_FALSE | {"not", "never", "no", "irrelevant", "unnecessary", "out", "cannot"}
_DOUBTS, _NO_DOUBT = (
    frozenset(("doubt", "doubts", "deny", "denies")),
    frozenset(("no", "not", "without", "cannot", "never")),
)
_NOT_TRUE = frozenset((("not", "true"), ("not", "correct"), ("not", "right"), ("not", "mean")))
INSTEAD = ("rather than", "instead of")
_INSTEAD = frozenset((*(tuple(phrase.split()) for phrase in INSTEAD), ("place", "of")))
_HARMLESS = frozenset((("not", "only"), ("not", "just"), ("not", "merely"), ("no", "doubt"), ("no", "question")))
CONNECTIVES = ("therefore", "thus", "hence", "consequently")
RESETS = frozenset(("but", "yet", "mais", "sondern", "aber", "sino", "whereas", "because", "since", "so", *CONNECTIVES))
"""A new clause, which the denial before it does not reach."""
_VERBS = frozenset(
    ("is", "are", "was", "were", "be", "does", "do", "did", "would", "seems", "has", "can", "will", "shall")
)
_FRAMES = frozenset(("for", "in", "at", "with", "under", "when", "whenever", "if", "on"))
_BREAK = later(r"[,;:.!?()\[\]—–|]|\n(?![ \t]{0,8}[a-z$\\¤])")


def denied_before(text: str, words: Sequence[Word], index: int, *, as_false: bool = False) -> bool:
    """Whether `words[index]` (words of `text`), or what ends the text, is denied by what stands before it. `as_false`:
    only what says that it is wrong, or that something else holds instead, counts."""
    after, at = "", words[index].start if index < len(words) else len(text)
    comma = False
    framed = index > 0 and words[index - 1].text == "that"
    for i in range(index - 1, max(index - 1 - FAR, -1), -1):
        word = words[i]
        ends = _BREAK.findall(text, word.end, at + 1)
        if word.text == "but" and not (ends or comma or as_false) and _all_but(text, words, i):
            return True
        if word.text in RESETS or ends not in ([], [","]):
            return False
        comma = comma or bool(ends)
        framed = framed or (word.text == "that" and after in _FRAMES)
        pair, near = (word.text, after), index - i <= WINDOW or framed
        after, at = word.text, word.start
        if comma and not framed:
            continue  # only `that for all k, ...` reaches over a comma
        if pair in _NOT_TRUE or (word.text in CALLED_FALSE and pair[1] == "that"):
            return True
        if pair[0] in _DOUBTS and pair[1] == "that":  # but `there is no doubt that`
            return i == 0 or words[i - 1].text not in _NO_DOUBT
        denies = word.text in (CALLED_FALSE if as_false else DENIES) and pair not in _HARMLESS
        if word.text == "without" and _begins_anew(words[i + 1 : index + 1]):
            return False
        if near and (pair in _INSTEAD or denies):
            return True
    return False


_EACH = frozenset(("everything", "anything", "all", "any", "every", "each", "everyone", "anyone"))
_OF_THEM = frozenset(
    ("of", "them", "these", "those", "the", "option", "options", "choice", "choices", "answer", "answers")
)


_RULES_OUT = later(
    r"\b(?:rul(?:e[sd]?|ing) (?:\w+ )?out|exclud\w+|eliminat\w+|discard\w*|reject\w*|wrong|false|incorrect"
    r"|impossible|fails?)\b",
    re.IGNORECASE,
)
"""`everything but B is wrong` and `we exclude all but B` leave B."""


def _all_but(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether the `but` at `index` leaves out what follows: `everything but B`, `all of them but B`."""
    first = index - 1
    while first > 0 and words[first].text in _OF_THEM:
        first -= 1
    if first < 0 or words[first].text not in _EACH or _BREAK.search(text, words[first].end, words[index].start + 1):
        return False
    low, end = words[first].start, words[index].end
    behind = re.split(r"[.,;!?\n]", text[end : end + 90], maxsplit=1)[0]
    return not (_RULES_OUT.search(text, max(0, low - 40), low) or _RULES_OUT.search(behind))


_DETERMINERS = frozenset(("the", "a", "an", "this", "these", "our", "its", "their", "we", "it", "they"))
_GOES_ON = frozenset(("of", "in", "on", "to", "for", "with", "from", "and", "or", "by", "any"))


def _begins_anew(between: Sequence[Word]) -> bool:
    """Whether what stands between `without` and a phrase ends its object: `without a hint the phrase`."""
    for before, word in pairwise(between):
        object_goes_on = before.text in _GOES_ON or before.text in _DETERMINERS or before.text.endswith("ing")
        if word.text in _DETERMINERS and not object_goes_on:
            return True
    return False


def denied_behind(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether what ends before `words[index]` is denied by what follows."""
    following = words[index : index + 3]
    if not following or following[0].text not in _VERBS | {"nowhere"}:
        return False
    if index and _BREAK.search(text, words[index - 1].end, following[0].start + 1):
        return False
    if following[0].text == "nowhere":
        return True
    for previous, word in pairwise(following):
        if _BREAK.search(text, previous.end, word.start + 1):
            return False
        if word.text in DENIES_BEHIND:
            return True
    return False


_SUPPOSED = frozenset(("if", "unless", "whether", "suppose", "supposing", "imagine", "assume", "assuming", "would"))
_MAY, _THINKS = (
    frozenset(("may", "might", "could", "can")),
    frozenset(("think", "believe", "suspect", "expect", "guess")),
)
"""`One might think that B` is no claim."""
_ASIDE = later(
    r"\b(?:(?:plays?|has|have|makes?|takes?|bears?|serves?|making|playing|having) (?:no|little)\b|alike\b|equally\b"
    r"|(?:decid|explain|chang|settl|prov|do|matter|say)\w{0,3} nothing\b|beside the point|aside\b|irrelevant|unrelated"
    r"|no (?:part|role|difference|bearing|influence|matter|reason|cause|issue|concern)\b"
    r"|(?:not|never) (?:\w+ ){0,2}(?:matter|relevant|decid\w+|explain\w*|play|reason|cause|issue"
    r"|point|problem|differ\w*|difference|distinguish\w*|what|why)\b"
    r"|same (?:in|for) both|in neither|in both (?:cases|designs|models)"
    r"|(?:another|separate) (?:matter|question|story|issue))",
    re.IGNORECASE,
)
_ASIDE_BEFORE = later(
    r"\b(?:regardless of|irrespective of|independent(?:ly)? of|apart from|aside from|leaving aside|nothing to do with"
    r"|(?:not|rather than|instead of) (?:because of|due to|by|from|about)|unrelated to|unlike)"
    r"\W{1,3}(?:\w+\W{1,2}){0,3}$",
    re.IGNORECASE,
)
_CLAUSE = later(r"[;:.!?()]|\b(?:but|yet|whereas|because|since|so|therefore|thus|hence)\b", re.IGNORECASE)


def supposed(text: str, words: Sequence[Word], index: int) -> bool:
    """Whether the clause of `words[index]` supposes so far: `if it were B`, `it would be B`."""
    at = words[index].start if index < len(words) else len(text)
    for i in range(index - 1, max(index - 1 - FAR, -1), -1):
        if _BREAK.search(text, words[i].end, at + 1):
            return False
        if words[i].text in _SUPPOSED:
            return True
        if words[i].text in _THINKS and i and words[i - 1].text in _MAY:
            return True
        at = words[i].start
    return False


def set_aside(text: str, start: int, end: int) -> bool:
    """Whether what is said of `text[start:end]` in its clause is that it decides nothing (`B affects both alike`)."""
    stop = _CLAUSE.search(text, end, min(len(text), end + 160))
    behind = text[end : stop.start() if stop else min(len(text), end + 160)]
    return bool(_ASIDE.search(behind) or _ASIDE_BEFORE.search(text, max(0, start - 80), start))


def denied(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is denied, before it or behind."""
    before, behind = words(text, max(0, start - 200), start), words(text, end, end + 60)
    around = [*before, Word("", start, end), *behind]
    return denied_before(text, around, len(before)) or denied_behind(text, around, len(before) + 1)


_AUXILIARIES = frozenset(
    ("do", "does", "did", "will", "would", "shall", "should", "must", "need", "can", "could", "may", "have", "has")
)
_CLAUSES = frozenset(
    ("that", "which", "who", "whether", "how", "why", "as", "than", "until", "unless", "where", "when", "while", "if",
     "and")
)  # fmt: skip
"""They begin a clause that a denial before them does not reach; `and` does so before a verb, which we cannot tell."""


def left_out(text: str, start: int, end: int) -> bool:
    """Whether the text says that it goes without `text[start:end]`: that is denied, or belongs to a verb that is,
    however far before it in its clause the denial stands (`do not want to rely on B`; `do not, however, use B`)."""
    if denied(text, start, end):
        return True
    commas, at, after = 0, start, ""
    before = words(text, max(0, start - 200), start)
    for i in range(len(before) - 1, -1, -1):
        word = before[i]
        ends = _BREAK.findall(text, word.end, at)
        commas += len(ends)
        if word.text in RESETS | _CLAUSES or commas > 2 or not set(ends) <= {","}:
            return False
        verb = word.text in ("never", "cannot") or word.text in AVOIDS - {"without"}
        verb = verb or (word.text in NEGATIVES and i > 0 and before[i - 1].text in _AUXILIARIES)
        if verb and (word.text, after) not in _HARMLESS:
            return commas == 0 or (commas == 2 and ends == [","])  # the commas set apart what stands right behind it
        at, after = word.start, word.text
    return False
