"""The tokens of a sequence, told from the names and numbers around them: `w_2 = dog`, `<sos>`, `\\text{<sos>}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SPECIAL = r"[<⟨‹〈]\s{0,2}\|?\s{0,2}/?\w{1,30}\s{0,2}\|?\s{0,2}[>⟩›〉]"
_TOKEN = re.compile(
    SPECIAL.replace(r"/?\w{1,30}", r"(/?\w{1,30})") + r"|\[([A-Z]{2,8})\](?!\()|(?<![\w)\]>./])[-−]?\d+/\d+(?![\w/])"
    r"|(?<![\w)\]>.])-\d+(?:[.,]\d+)?(?![\w-])|\w+(?:['’.-]\w+)*|[^\w\s]"
)
_ORDINAL = r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final|\d{1,2}(?:st|nd|rd|th))"
_INDEX = r"[_ ]?[\[({]?\d{1,3}[\])}]?"
_NAME = rf"\\?[A-Za-z][A-Za-z']{{0,15}}(?:_[A-Za-z]{{1,12}})?(?:\^\(?\w{{1,8}}\)?)?{_INDEX}(?:\^\(?\w{{1,8}}\)?)?"
NAMED = rf"(?:{_NAME}|[A-Za-z]\^\(\d{{1,3}}\)|[A-Za-z]\s?=\s?\d{{1,3}}|(?i:{_ORDINAL}(?:\s[a-z]{{1,12}})?))"
_LABEL = re.compile(
    rf"(?<![\w<\\])(?:(?:and|then|finally)\s)?(?:the\s)?(?:{_NAME}\s?,\s?(?:\.\.\.\s?,\s?)?){{0,12}}{NAMED}\s?\)?\s{{0,2}}"
    r"(?:&?\s{0,2}(?::=|[=:](?!=)|→|[—–])|\bis\b)\s{0,2}&?"
    rf"|(?<=[\w>\"'⟩])\s?\(\s?{_NAME}\s?\)"
)
_NUMBERED = re.compile(r"(?<![\w.,])\(?(\d{1,2})(?:[):]|\.(?=\s))\s?(?=[\w<⟨\"'`])")
_JOINER = re.compile(
    r"(?<=[,;→⇒>])\s{1,3}((?:and|then|finally|lastly|next|followed by)(?:\s(?:then|finally|lastly|last|next))?)(?=\s)"
)
CONTAINER = re.compile(r"(?<![\w<])[\"']?[A-Za-z_][\w ]{0,30}[\"']?\s?[:=]\s{0,3}(?=[\[({])")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How tokens are told from what surrounds them. specials: names of special tokens (`sos` for `<sos>`) that are no
    tokens by themselves; signs: punctuation that is a token; known: tokens of the references, as written."""

    specials: frozenset[str]
    signs: frozenset[str]
    known: frozenset[str]
    ignore_case: bool = False
    numbers: bool = False
    """All tokens of the references are numbers, which are compared by value: `17.00` is `17`."""

    @classmethod
    def of(cls, tokens: list[str], ignore_case: bool) -> Vocabulary:
        found = split(" ".join(tokens))
        bare = frozenset(token.casefold() for token in found)
        return cls(
            frozenset(t[1:-1] for t in found if t[0] == "<" and t[-1] == ">") - bare,
            frozenset(t for t in tokens if not any(c.isalnum() for c in t)),
            frozenset(tokens),
            ignore_case,
            all(map(_NUMBER.fullmatch, tokens)),
        )

    def read(self, text: str) -> tuple[str, ...]:
        """The tokens of plain text, folded as they are compared."""
        found = [f"<{t.casefold()}>" if t.casefold() in self.specials else t for t in self._apart(text)]
        if self.numbers:
            found = [_trimmed(token) for token in found]
        return tuple(token.casefold() for token in found) if self.ignore_case else tuple(found)

    def _apart(self, text: str) -> Iterator[str]:
        """The tokens of plain text; `3-1-4` is three of them where no known token is written so."""
        for token in split(text, self.signs):
            chained = token.count("-") > 1 and not any("-" in known[1:] for known in self.known)
            yield from token.split("-") if chained and re.fullmatch(r"\w+(?:-\w+)+", token) else (token,)

    def unlabelled(self, text: str) -> str:
        """Plain text, of the same length, in which names and numbers of the tokens to come are commas."""

        def comma(match: re.Match[str]) -> str:
            label = match.group()
            named = re.match(r"\w+", label.strip())
            return label if named and named.group() in self.known else ",".ljust(len(label))

        text = CONTAINER.sub(lambda m: " " * len(m.group()), text)
        if self.numbers and _in_order(text):
            text = _LETTER_IS.sub(lambda m: (m[1] or ",").ljust(len(m.group())), text)
        text = _LABEL.sub(comma, text)
        text = _JOINER.sub(lambda m: m.group() if self.known & set(m[1].split()) else " " * len(m.group()), text)
        return _NUMBERED.sub(lambda m: m.group() if m[1] in self.known else ",".ljust(len(m.group())), text)


_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+|/\d+)?")


def _in_order(text: str) -> bool:
    """Whether the letters of `x = -1, y = 4` are one or in their order; else the numbers may be asked in another."""
    letters = [match["letter"].lower() for match in _LETTER_IS.finditer(text)]
    return letters == sorted(letters)


_LETTER_IS = re.compile(r"(?<![\w\\])(and\s)?(?P<letter>[A-Za-z])\s?=\s?(?=[-−]?[\d.])")
"""`x = ` of `x = -1, y = 4`, where numbers are asked for."""


def _trimmed(token: str) -> str:
    """A number without zeros that say nothing."""
    if not _NUMBER.fullmatch(token) or "." not in token:
        return token
    return token.rstrip("0").rstrip(".")


def split(text: str, signs: frozenset[str] = frozenset()) -> list[str]:
    """Tokens of plain text; punctuation only where it is in `signs`."""
    found = []
    for match in _TOKEN.finditer(text):
        special = match[1] or match[2]
        token = f"<{special.casefold()}>" if special else match.group()
        if token in signs or not re.fullmatch(r"[^\w<]|\W", token):
            found.append(token)
    return found


_NOTHING = "\u2060"
"""Fills up what becomes shorter: no white space, and dropped in plain text."""
_ESCAPED = re.compile(
    r"\\?(?:<|&amp;lt;|\\u003c)\s{0,2}(?P<angle>\|?/?\w{1,30}\|?)\s{0,2}\\?(?:>|&amp;gt;|\\u003e)"
    r"|\\\[(?P<square>\w{1,30})\\\]|\\verb(?P<bar>[|!+])(?P<verb>[^|!+\n]{1,200})(?P=bar)"
    r"|\\text(?:less|greater)(?:\{\}|\s)",
    re.IGNORECASE,
)


def unescaped(reply: str, specials: frozenset[str]) -> str:
    r"""The reply, of the same length, with `\<sos\>`, `\[sos\]`, `\verb|<sos>|`, ... as `<sos>`."""

    def bare(match: re.Match[str]) -> str:
        whole, name = match.group(), match["angle"] or match["square"]
        if match["verb"]:
            return match["verb"].ljust(len(whole), _NOTHING)
        if name is None:
            return ("<" if "less" in whole.lower() else ">").ljust(len(whole), _NOTHING)
        if match["square"] and name.casefold() not in specials:
            return whole
        return f"<{name}>".ljust(len(whole), _NOTHING)

    text = _ESCAPED.sub(bare, reply)
    if not specials:
        return text
    names = "|".join(map(re.escape, sorted(specials)))
    return re.sub(rf"(?<![A-Za-z\\])[\[({{]({names})[\])}}](?!\()", r"<\1>", text, flags=re.IGNORECASE)
