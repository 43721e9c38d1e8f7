r"""What English words decide: where a sentence ends, what denies, what concludes, what only announces. One rule each.

*Sentences.* A sentence ends at . ! ? (with closing quotes and brackets behind it) before white space, at a blank line,
before a list item, a table row or a heading, and behind a heading; a line break alone ends nothing. No full stop of
`e.g.`, `cf.`, ... ends one, nor does that of `B.` at the start of a line that goes on; that of `etc.`, `no.`, `min.`,
of a number, ... does not where the line goes on in anything but a capital or a formula. A bold title belongs to the
paragraph that it opens (`**Step 1.** Let ...`). Two more grains
of the same rule: `STATEMENT_END` goes on over a blank line, as a statement does over a displayed formula, and
`CLAUSE_END` stops at ; and : as well.

*Denied before* (`denied_before`): one of the four words before it, in the same clause, is of `DENIES` (`not`, `avoid`,
`without`, `wrong`, ...) or ends `rather than`, `instead of`; or one of the eight before it begins `not true`, `not
mean`, `wrong that`, ..., or is of `DENIES` at all where `that` stands right before it (`not in general the case that`)
or with a frame between (`not the case that for all k, ...`). A clause ends at , ; : . ! ? brackets, dashes, at a line
end unless the next line goes on in lower case, and at `RESETS` (`but`, `because`, `so`, ...). `not only`, `not just`,
`no doubt` and `no question` deny nothing.

*Denied behind* (`denied_behind`): what follows at once is `is / are / was / would be / does / do` and then, within two
words, one of `DENIES_BEHIND` (`B is not needed`).

*Left out* (`left_out`): denied, or the object of a verb that `do not`, `will not`, `never`, `avoids`, ... denies,
anywhere before it in its clause.

*Supposed* (`supposed`): `if`, `suppose`, `would`, ... among the eight words before it, in the same clause. *Set aside*
(`set_aside`): its clause goes on that it decides nothing (`play no part`, `affect both alike`), or it stands behind
`regardless of`, `apart from`, ....

*Concluding*: `CONCLUDES`, one of `CONNECTIVES`, `so` at the start of a clause; a closing: `SUMS_UP`.

*No answer* (`NO_ANSWER`): an explicit answer that there is none; *no telling* (`UNABLE`): that the writer cannot say.

*Taken back* (`TAKES_BACK`): `wait`, `no,`, `correction:` right behind an answer.

*Announced, not done*: `ANNOUNCES`; *possible, not done*: `SUGGESTS`; *supposed*: `SUPPOSES`.

Not covered: other languages, irony, questions, denials from further away,
abbreviations that are not listed, lines of a formula that begin with a sign and look like list items.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

# ---------------------------------------------------------------- words


class Word(NamedTuple):
    """One word, folded (case, contractions, -ise/-ize), with its place in the text."""

    text: str
    start: int
    end: int


_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:'\w+)?")
_IZE = re.compile(r"is(?=(?:e|er|ers|es|ed|ing|ation|ations)$)")
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
"""Number words by their value."""


def words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Words of plain text. `can't` is read as `cannot`, `isn't` as `is not`; punctuation is left out."""
    found: list[Word] = []
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        low, high = match.span()
        for part in _fold(match.group()):
            found.append(Word(part, low, high))
    return found


@lru_cache(maxsize=8192)
def _fold(word: str) -> tuple[str, ...]:
    word = _IZE.sub("iz", word.casefold())
    if word == "can't":
        return ("cannot",)
    if word == "won't":
        return ("will", "not")
    return (word[:-3], "not") if word.endswith("n't") else (word,)


def occurrences(haystack: list[Word], needle: tuple[str, ...]) -> Iterable[int]:
    """Indices of `haystack` at which the words of `needle` stand one after the other."""
    if not needle:
        return
    first, size = needle[0], len(needle)
    for i, word in enumerate(haystack):
        if word.text == first and tuple(w.text for w in haystack[i : i + size]) == needle:
            yield i


def any_of(listed: Iterable[str]) -> str:
    """A pattern for one of the words or phrases of a list, the longest first; white space in them is any."""
    longest = sorted(listed, key=lambda phrase: (-len(phrase), phrase))
    spaced = (r"\s+".join(map(re.escape, phrase.split())) for phrase in longest)
    return rf"\b(?:{'|'.join(spaced)})\b"


# ---------------------------------------------------------------- sentences

LONGEST = 3000
"""Characters of a sentence; longer ones are cut, so that work on pairs within one stays bounded."""
_NEVER_LAST = ("e.g", "eg", "i.e", "ie", "cf", "vs", "resp", "approx", "ca", "fig", "eq", "dr", "mr", "s.t", "w.r.t")
_MAY_BE_LAST = ("etc", "al", "no", "sec", "min", "ms")
_ITEM = r"[ \t>]*(?:[-*+•][ \t]|\(?\d{1,3}[.)][ \t])"
ITEM = re.compile(rf"\n(?={_ITEM}|[ \t>]*[#|])")
"""The line end before a list item, a table row or a heading."""
PARAGRAPH = re.compile(r"\n[ \t>]*\n")


def _not_behind(before: Iterable[str]) -> str:
    """The full stop just read does not stand behind one of these patterns, each of a fixed width."""
    return "".join(rf"(?<!{pattern}\.)" for pattern in before)


_NUMERALS = [r"\d" * size for size in (1, 2, 3)]
_LIST_NUMBERS = [rf"^{' ' * indent}{numeral}" for indent in range(5) for numeral in _NUMERALS]
_ABBREVIATED = [rf"\b(?i:{re.escape(word)})" for word in _NEVER_LAST]
_DOUBTFUL = [rf"\b(?i:{word})" for word in _MAY_BE_LAST] + [rf"\b{numeral}" for numeral in _NUMERALS]
_STOP_ENDS = r"[.!?]{0,20}[\"')\]$]{0,3}(?=\s|$)"
_FULL_STOP = (
    rf"[.!?](?={_STOP_ENDS})(?!(?<=^[A-H]\.)[ \t]{{1,3}}\S)(?!(?<=\d!)\$?[ \t]+[a-z|+=])"
    rf"{_not_behind(_ABBREVIATED)}{_not_behind(_LIST_NUMBERS)}"
    rf"(?:{_not_behind(_DOUBTFUL)}|(?![ \t]+[^A-Z\s\\$])){_STOP_ENDS}"
)
_HEADING = r"^[ \t>]{0,12}\#{1,6}[ \t][^\n]*(?:\n|\Z)"
STATEMENT_END = re.compile(rf"{_HEADING}|{_FULL_STOP}|。|{ITEM.pattern}", re.MULTILINE)
SENTENCE_END = re.compile(rf"{STATEMENT_END.pattern}|{PARAGRAPH.pattern}", re.MULTILINE)
CLAUSE_END = re.compile(rf"{SENTENCE_END.pattern}|[;:](?=\s|$)", re.MULTILINE)
_CLOSED = re.compile(rf"(?:{_FULL_STOP})\Z", re.MULTILINE)


def sentences(text: str) -> list[tuple[int, int]]:
    """Sentences as (start, end), in order, none of them blank; a text is cut after `LONGEST` characters in any case."""
    found: list[tuple[int, int]] = []

    def add(low: int, high: int) -> None:
        for cut in range(low, high, LONGEST):
            if text[cut : min(cut + LONGEST, high)].strip():
                found.append((cut, min(cut + LONGEST, high)))

    at = 0
    for match in SENTENCE_END.finditer(text):
        add(at, match.end())
        at = match.end()
    add(at, len(text))
    return found


def sentence_at(text: str, at: int, reach: int = 300) -> str:
    """The sentence around a place, at most `reach` characters before and behind it."""
    low, high = max(0, at - reach), min(len(text), at + reach)
    low = max(low, text.rfind("\n", 0, low + 1) + 1)
    for match in SENTENCE_END.finditer(text, low, high):
        if match.end() > at:
            return text[low : match.end()]
        low = match.end()
    return text[low:high]


def is_closed(text: str) -> bool:
    """Whether a text ends with the end of a sentence."""
    return _CLOSED.search(text) is not None


# ---------------------------------------------------------------- denials

WINDOW, FAR = 4, 8
"""Words before something that may deny it, and before a clause with `that`."""
CALLED_FALSE = frozenset(("wrong", "false", "incorrect", "incorrectly", "untrue", "mistake", "mistaken", "mistakenly"))
NEGATIVES = frozenset(("not", "never", "neither", "nor", "cannot", "nowhere", "hardly", "nobody"))
"""What denies a verb; `n't` is folded into `not`."""
AVOIDS = frozenset(("without", "avoid", "avoids", "avoiding", "avoided"))
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
_BREAK = re.compile(r"[,;:.!?()\[\]—–|]|\n(?![ \t]{0,8}[a-z$\\¤])")


def denied_before(text: str, words: Sequence[Word], index: int, *, as_false: bool = False) -> bool:
    """Whether `words[index]` (words of `text`), or what ends the text, is denied by what stands before it. `as_false`:
    only what says that it is wrong, or that something else holds instead, counts."""
    after, at = "", words[index].start if index < len(words) else len(text)
    comma = False
    framed = index > 0 and words[index - 1].text == "that"
    for i in range(index - 1, max(index - 1 - FAR, -1), -1):
        word = words[i]
        ends = _BREAK.findall(text, word.end, at + 1)
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
_ASIDE = re.compile(
    r"\b(?:(?:plays?|has|have|makes?|takes?|bears?|serves?|making|playing|having) (?:no|little)\b|alike\b|equally\b"
    r"|(?:decid|explain|chang|settl|prov|do|matter|say)\w{0,3} nothing\b|beside the point|aside\b|irrelevant|unrelated"
    r"|no (?:part|role|difference|bearing|influence|matter|reason|cause|issue|concern)\b"
    r"|(?:not|never) (?:\w+ ){0,2}(?:matter|relevant|decid\w+|explain\w*|play|reason|cause|issue"
    r"|point|problem|differ\w*|difference|distinguish\w*|what|why)\b"
    r"|same (?:in|for) both|in neither|in both (?:cases|designs|models)"
    r"|(?:another|separate) (?:matter|question|story|issue))",
    re.IGNORECASE,
)
_ASIDE_BEFORE = re.compile(
    r"\b(?:regardless of|irrespective of|independent(?:ly)? of|apart from|aside from|leaving aside|nothing to do with"
    r"|(?:not|rather than|instead of) (?:because of|due to|by|from|about)|unrelated to|unlike)"
    r"\W{1,3}(?:\w+\W{1,2}){0,3}$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:.!?()]|\b(?:but|yet|whereas|because|since|so|therefore|thus|hence)\b", re.IGNORECASE)


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


# ---------------------------------------------------------------- conclusions, announcements

NO_ANSWER = re.compile(
    r"\b(?:undefined|no such [a-z]+ (?:can |could )?exists?"
    r"|none of (?:the|these|those|them)|no (?:such |real |valid |correct )?(?:solutions?"
    r"|answers?|options?|values?|number)|indeterminate|does(?: not|n't) exist|not (?:exist|defined|possible)|impossible"
    r"|infinit(?:y|e|ely)|diverges|none|unsolvable|no one|nobody|dne)\b|∞|\\infty|\\varnothing|\\emptyset|∅",
    re.IGNORECASE,
)
"""What an answer says that gives no value, no option and no number: an answer, too, and a wrong one unless the staff's
answer or an option says so."""
UNABLE = re.compile(
    r"\b(?:(?:cannot|can't|can not|could not|couldn't|not possible to|unable to|not able to"
    r"|impossible (?:for me )?to|no way to)"
    r" (?:be )?(?:\w+ly )?(?:determine|find|found|compute|calculate|answer|solve|provide|say|tell|give|know|infer"
    r"|state|conclude)\w*"
    r"|not (?:be )?(?:determinable|determined|enough)|(?:is|are)(?: not|n't) (?:enough|sufficient)|insufficient|unknown"
    r"|(?:does|do)(?: not|n't) (?:provide|give|contain|include|show|specify|mention|have enough))\b",
    re.IGNORECASE,
)
"""The writer cannot tell. A few words that are labelled, boxed or alone (`Answer: cannot be determined`) are an answer,
and a wrong one as above; a sentence refuses to answer, so that there is nothing to judge."""

_SO = r"(?:^|(?<=[.,;:!?*$¤)\]—–] )|(?<=\n)|(?<=and ))so\b(?! that| far| much| many| long)"
_ABROAD_SO = (
    r"(?:したがって|従って|ゆえに|よって|因此|所以|따라서|그러므로)"
    r"|\b(?:por (?:lo )?tanto|par conséquent|folglich|somit|pertanto)\b"
)
CONCLUDES = re.compile(rf"(?:{any_of(CONNECTIVES)}|{_SO}|{_ABROAD_SO})", re.IGNORECASE)
"""A connective, or `so` where it begins a clause, which is where it concludes."""
HEADS_WORK = re.compile(
    r"[ \t>]*(?:\#{1,3}[ \t](?=[^\n]*[^\W\d_]{3})[^:\d\n]*:?|[*_]{0,3}(?:[^\W\d_]['’\w]*[ \t]){0,3}?"
    r"(?:solution|(?:re)?solving|reasoning|work(?:ing)?|workings|approach|analysis|explanation|derivation"
    r"|thinking|thoughts?"
    r"|calculations?|computations?|steps?(?: by step)?|plan|overview|introduction|answers?|response|given|sure|okay|ok"
    r"|let(?:'s|’s| us| me)(?: \w+){1,2}?)(?: (?:out|below|step by step|follows))?[ \t]*[*_:.!…]{0,5})\s*",
    re.IGNORECASE,
)
"""A line that heads what follows and answers nothing: `## How long it is`, `**Solution**`, `Step by step`, `Sure`."""
SUMS_UP = re.compile(
    r"\b(?:altogether|overall|in (?:short|summary|conclusion|total|other words)|to (?:sum up|summari[sz]e|conclude))\b",
    re.IGNORECASE,
)
_BACK = (
    r"(?:(?:wait|hmm+|oops|sorry|hold on|scratch that|on second thoughts?|correction)\b|no(?=[,:.!;—–])|actually(?=,)"
    r"|edit(?=:))"
)
TAKES_BACK = re.compile(rf"[\s*_.…—–,;()\]$\\-]{{0,12}}\b{_BACK}[\s,:.!;—–-]*", re.IGNORECASE)
"""Words right behind an answer that take it back; with what stands before and behind them."""
CORRECTS = re.compile(
    r"[\s*_.…—–,;()\"'-]{1,12}(?:(?:no|oh|or|well|hmm+),?\s)?"
    r"(?:i (?:meant?|take that back)|(?:or )?rather|make that|scratch that|wait|sorry|hold on|hmm+|actually"
    r"|correction|oops)\b"
    r"[^\w]{0,6}(?:(?:i mean|no|it(?:'s| is)|make that|the answer is|sorry|that(?:'s| is))\b[^\w]{0,4}){0,2}",
    re.IGNORECASE,
)
"""All that stands between an answer and the one that takes its place: `No, I mean yes.`"""
SAYS_BOTH = re.compile(
    r"\W*(?:(?:it|this|that)(?:['’]s| is) )?(?:both )?(?:yes and no|no and yes|yes or no|(?:both )?true and false"
    r"|false and true)\W*",
    re.IGNORECASE,
)
SUGGESTS = re.compile(
    r"\b(?:one could|could also|alternatively|would also|another (?:way|approach)|no need|need(?:ed)? no)\b",
    re.IGNORECASE,
)
COMPARES = re.compile(
    r"\b(?:differ\w*|minus|plus|sav(?:e|es|ed|ing|ings)|gain\w*|lost|los(?:e|es|ing)|faster|slower|less|more"
    r"|fewer|shorter"
    r"|longer|lower|higher|bigger|larger|smaller|later|earlier|sooner|reduc\w+|cuts?|improv\w+|speed-?ups?"
    r"|drop\w*|f[ae]ll\w*"
    r"|r[io]se\w*|gr[eo]w\w*|shr[aiu]nk\w*|increas\w+|decreas\w+|chang\w+|totals?|sum\w*|add(?:s|ed|ing)?|altogether"
    r"|together|combined|both|all|average|mean|ratio|fraction|share|factor|rate|margin|gap|between|leav(?:e|es"
    r"|ing)|left"
    r"|remain\w*|rest|spare|other|extra|additional\w*|further|ahead|behind|costs?|by|per|each|every|twice"
    r"|doubl\w+|halv\w+"
    r"|half|tripl\w+|times|multipl\w+|divid\w+|equals?|comes? (?:out )?(?:to|at)|works? out|amounts?"
    r"|comput\w+|calculat\w+|overall|includ\w+)\b"
    r"|\band\s(?:[^\W\d]+\s){1,3}(?:take|need|make|are|were|give|cost|last|come|require|use)\b",
    re.IGNORECASE,
)
"""A sentence that compares or computes, so that its numbers may be results."""
TOTALS = re.compile(
    r"\b(?:totals?|sum\w*|altogether|together|combined|all|overall|adds? up|add(?:ed|ing))\b", re.IGNORECASE
)
REST = re.compile(
    r"\b(?:remain\w*|rest|others?|left|leav(?:e|es|ing)|keeps?|kept|else|instead|without|lack\w*|miss\w*"
    r"|mis[a-z]+ed|errors?"
    r"|wrong\w*|minus|less|not)\b|n't\b",
    re.IGNORECASE,
)
"""A sentence that speaks of what is left of a whole."""
EACH = re.compile(
    r"\s?(?:(?:per|an?|each|every|for (?:each|every|one)|/)\s(?:single |one )?(?=[^\W\d_]{2})|/)"
    r"(?P<noun>[^\W\d_]{1,20})",
    re.I,
)
"""Behind a number: what it is the share of one of (`2 minutes a bowl`)."""
SUPPOSES = re.compile(
    r"\b(?:would|could|might|may|if|suppos\w+|imagine|assum(?:e|es|ing)|hypothetical\w*|were (?:it|the|this|they))\b",
    re.IGNORECASE,
)
"""A sentence that speaks of what would be."""
ANNOUNCES = re.compile(
    r"\b(?:as you (?:suggest\w*|ask\w*|request\w*|want\w*|said)|as (?:suggested|requested|hinted)"
    r"|following (?:your|the) (?:hint|suggestion|advice)|you(?:'re| are) right|the hint"
    r"|we (?:will|shall|could|can|might|may)|we'll|i (?:will|shall|could)|i'll|let(?:'s| us)"
    r"|(?:this|the|my) (?:approach|solution|derivation|proof|method))\b",
    re.IGNORECASE,
)
"""A sentence that tells what will be, was or could be done is no evidence of doing it."""
