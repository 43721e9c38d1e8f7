"""What a short answer adds to its question, and whether that is another answer than the listed ones.

    The treaty was signed in Paris.      (In which city was the treaty signed?)        adds `Paris`
    It is an odd function.               (What kind of function is it?)                adds `odd`

An answer that adds no more than a listed one has is as short as a bare `Paris`, and as clear. It is *another* answer
only where what is listed is closed: names, or single words, none of which begins as one of its own words does. Names
and words that say the same have to be listed.

Not covered: what is denied, hedged or compared (`not in Paris`, `perhaps in Paris`), several additions, answers with
numbers or formulas, other languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evalkit.reading import english
from evalkit.reading.phrases import stem

VERDICTS = {"yes": "no", "no": "yes", "true": "false", "false": "true"}
MOST, LONGEST = 3, 240
_NAME = re.compile(r"[A-Z][\w'’.-]*(?: (?:(?:of|the|de|van|von|la|du|and) ){0,2}[A-Z][\w'’.-]*){0,4}")
_LITTLE = "a an the of and de van von la le du for in on at by to with from s"
_SMALL = frozenset(_LITTLE.split())
_COPULAS = frozenset(("is", "are", "was", "were", "be", "been", "by", "called", "named"))
_PREPOSITIONS = frozenset(("in", "at", "on", "from", "into", "as"))
_SPOKEN = """
a an the of to in on at by for from with as is are was were be been it its he she they this that these those there
which who whom whose where when what how why one so thus hence therefore then answer correct called named here and i
think we my do does did has have had
"""
_FILLERS = frozenset(_SPOKEN.split())
_UNSURE = re.compile(
    r"\b(?:not|no|never|neither|nor|either|or|if|unless|may|might|could|would|should|perhaps|maybe|possibly|probably"
    r"|likely|seems?|appears?|than|rather|but|although|though|both|except|before|after|until|without|as well|known"
    r"|unlike|like|same|other|another|else|almost|nearly)\b|n['’]t\b|[\d?=<>$\\/|]",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s*(?:,\s(?:the|an?|which|who|where|whose)\b.*|\([^()]{0,60}\))", re.IGNORECASE | re.DOTALL)
_PRONOUN = re.compile(
    r"\W*(?:(?:so|thus|hence|therefore),?\s)?(?:it|this|that|they|he|she)\s(?:is|was|are|were)\b", re.I
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_CONTENT = re.compile(r"[^\W_]+")


def is_closed(listed: Sequence[str]) -> bool:
    """Whether what is listed are verdicts, names, amounts or a few words, and no clauses alone, of which a paraphrase
    may be as short."""
    return any(
        phrase.casefold().strip() in VERDICTS
        or _NAME.fullmatch(phrase.strip())
        or any(char.isdigit() for char in phrase)
        or len(phrase.split()) <= MOST
        for phrase in listed
    )


def is_inside(text: str, listed: Sequence[str]) -> bool:
    """Whether a longer text in a script without blanks has a listed answer somewhere in it."""
    said = text.strip()
    return _UNSPACED.search(said) is not None and any(
        phrase.strip() in said and len(said) > 2 * len(phrase) + 12 for phrase in listed
    )


_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]{3}")


def may_be_same(answer: str, listed: Sequence[str]) -> bool:
    """Whether a short answer has all the words of a listed one in another order, or some of them and no others
    (`Tolstoy` for `Leo Tolstoy`)."""
    said = _content(answer)
    if not said or any(word.isdecimal() for word in said) or said & VERDICTS.keys():
        return False
    return any(wanted and (said <= wanted or wanted <= said) for wanted in map(_content, listed))


def _content(text: str) -> set[str]:
    words = [word.casefold() for word in _CONTENT.findall(text[:400])]
    return {stem(word) for word in words if word not in _SMALL}


def another(text: str, statement: str, listed: Sequence[str], *, explicit: bool = False) -> str:
    """What a sentence adds to its question, where that is another answer than the listed ones; else empty. explicit:
    the sentence is labelled as the answer, so that it need not repeat the question."""
    cuts = english.sentences(text)
    sentence = text[slice(*cuts[-1])].strip(" \n\t*_.,;:!\"'“”") if cuts else ""
    names, single = (all(map(kind, listed)) for kind in (_is_name, _is_word))
    if not sentence or len(sentence) > LONGEST or not (names or single) or _UNSURE.search(sentence):
        return ""
    bare = _TAIL.sub("", sentence)
    asked = {stem(word.casefold()) for word in _WORD.findall(statement[-20_000:])}
    said = [_Said(word, asked, bare) for word in _WORD.finditer(bare)]
    new = [i for i, word in enumerate(said) if word.is_new]
    offered = [] if new else _name_at_end(said) if names else _alternative(said, statement, listed)
    enough = bool(offered) or sum(word.repeats for word in said) >= REPEATED
    if not enough and not (explicit and len(cuts) == 1 and _PRONOUN.match(bare)):
        return ""
    new = new or offered
    if not new or not _is_linked(said, new, bare, statement[-20_000:]):
        return ""
    added = bare[said[new[0]].start : said[new[-1]].end]
    if len(added.split()) > 1 + max(len(phrase.split()) for phrase in listed):
        return ""
    if (names and not _NAME.fullmatch(added)) or (not names and len(new) > 1):
        return ""
    return "" if _is_alike(added, listed) else added


REPEATED = 2
"""Words of its question that a sentence repeats, if it answers it and says no more than a bare answer would: `The city
is Bombay` may speak of Mumbai."""


class _Said:
    """A word of a sentence, and what it is there for."""

    def __init__(self, match: re.Match[str], asked: set[str], sentence: str) -> None:
        self.start, self.end = match.span()
        self.text, self.word = match[0], match[0].casefold()
        filler, by = self.word in _FILLERS, _BY.match(sentence, self.end) is not None
        self.repeats = not filler and (by or stem(self.word) in asked)
        self.is_new = not filler and not self.repeats


def _is_name(phrase: str) -> bool:
    return _NAME.fullmatch(phrase.strip()) is not None


def _is_word(phrase: str) -> bool:
    word = phrase.strip()
    return word.isalpha() and word.isascii() and len(word) > 2 and word.casefold() not in VERDICTS


def _is_alike(added: str, listed: Sequence[str]) -> bool:
    """Whether a word begins as one of a listed answer does (`Moskva` for `Moscow`), or is its negative (`uneven`)."""
    parts = [part for phrase in listed for part in _WORD.findall(phrase.casefold()) if part not in _SMALL]
    return any(
        word[:3] == part[:3] or word.endswith(part) or part.endswith(word)
        for word in _WORD.findall(added.casefold())
        if word not in _SMALL
        for part in parts
    )


def _is_linked(said: Sequence[_Said], new: Sequence[int], bare: str, statement: str) -> bool:
    """Whether the new words stand together, and behind a copula, or a preposition of the question (where a place or
    time is asked for: any), or as the subject of a question's words."""
    between = [said[i].word for i in range(new[0], new[-1]) if i not in new]
    if any(word not in _SMALL for word in between) or re.search(r"[,;:]", bare[said[new[0]].start : said[new[-1]].end]):
        return False
    at = new[0] - 1
    if at >= 0 and said[at].word in ("a", "an") and not _is_common(said, new):
        return False  # `a Norwegian`, `a gas giant`
    while at >= 0 and said[at].word in ("the", "a", "an"):
        at -= 1
    if at < 0:
        return new[-1] + 1 < len(said)
    link = said[at].word
    asks = re.search(rf"\b(?:{link}|where|when)\b", statement, re.IGNORECASE) is not None
    return link in _COPULAS or (link in _PREPOSITIONS and asks)


def _is_common(said: Sequence[_Said], new: Sequence[int]) -> bool:
    """Whether what is new is one word in lower case: `an iron rod`."""
    return len(new) == 1 and said[new[0]].text[0].islower()


def _name_at_end(said: Sequence[_Said]) -> list[int]:
    """The name behind the last copula, where the question has it as well."""
    at = next((i for i in range(len(said) - 1, -1, -1) if said[i].word in ("is", "was", "are", "were")), -1)
    new = list(range(at + 1, len(said))) if at >= 0 else []
    return new if new and all(said[i].text[0].isupper() for i in new) else []


_BY = re.compile(r"\sby\b")
"""Behind a participle (`written by`)."""


def _alternative(said: Sequence[_Said], statement: str, listed: Sequence[str]) -> list[int]:
    """The last word, where the question offers it beside a listed one (`even or odd`)."""
    word = re.escape(said[-1].text)
    for phrase in listed:
        pair = (re.escape(phrase.strip()), word)
        for one, two in (pair, pair[::-1]):
            if re.search(
                rf"\b{one}\b[^.?!\n]{{0,40}}\bor\b[^.?!\n]{{0,40}}\b{two}\b", statement[-20_000:], re.IGNORECASE
            ):
                return [len(said) - 1]
    return []
