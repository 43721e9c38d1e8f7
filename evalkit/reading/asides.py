r"""What stands behind an answer and is no part of it: goodbyes, checks, notes, how sure the writer is.

Blocks are told by their first words and dropped from the end, as long as another one is left. A line that says how sure
the writer is (`[Confidence]: 95%`) ends the reply, unless the reply has spoken of confidence before it.

Not covered: other languages; notes and checks that no word announces.
"""

from __future__ import annotations

import re

from evalkit.reading import english
from evalkit.reading.patterns import later

_OFFERS = r"let me know|feel free|would you like|do you want|want me to|shall i|happy to|please let"
_GOODBYE = later(
    rf"[^\w]{{0,6}}(?:{_OFFERS}|(?P<maybe>if you(?:'d)? (?:like|want|have|need)|i hope|hope th|thanks?\b(?! to\b)"
    r"|thank you|good luck)|any (?:other |further )?questions"
    r"|does (?:that|this) make)[^\n]{0,300}[.!?]?[^\w]{0,6}|[-*_\s]{1,20}",
    re.IGNORECASE,
)
_GIVES = later(
    r"\d|, (?:it|that|this|there|the|we|you|he|she|they)\b[^,.;:!?]{0,40}\b(?:is|are|was|makes?|gets?|gives?|choose)\b",
    re.IGNORECASE,
)
"""`If you want the total, it is 42` is no goodbye."""
_SURE = (
    r"[\s>*_#`(\[-]{0,8}(?:(?:my|overall) )?(?:confidence|certainty)(?: (?:level|score|rating|estimate|interval))?"
    r"(?: \([^()\n]{1,30}\))?[\])*_]{0,4}\s?[:=：][\s*_`]{0,4}"
    r"(?:[\d.]{1,8}\s?%?(?:\s?/\s?\d{1,3})?|(?:\w{1,12} )?(?:high|low|medium|moderate|certain)\b)[^\n]{0,80}"
)
_LAST_SURE = later(rf"\n{_SURE}\s*\Z", re.IGNORECASE)
_MAY_BE_ASKED = later(r"\b(?:level|interval)\b[^\w\n]{0,12}\d", re.IGNORECASE)
"""`Confidence level: 95%` may be the answer itself."""
_SPEAKS_OF_IT = later(r"\b(?:confiden|certaint)", re.IGNORECASE)
_CHECKS = later(
    r"[\s>*_#✅✔✓🔍🔎-]{0,12}(?:(?:quick |sanity |double[- ])*(?:check(?:ing)?|verif(?:y|ying|ication))"
    r"(?: (?:the |my |our |your |this )?(?:answer|result|solution|work))?[*_]{0,3}[ \t]?[:：.]"
    r"|(?:to|(?:now,? )?(?:we|you|i) can|let(?:['’]s| us| me)|as a) (?:also |now |quickly |quick "
    r"|just )?(?:sanity |double[- ])?"
    r"(?:check|verif(?:y|ication))\b(?! (?:if|whether|which|each|every|all|out|for)\b))",
    re.IGNORECASE,
)
"""A block that checks an answer gives none."""
_FAILS = later(
    rf"\b(?:{english.any_of(english.CALLED_FALSE)}|fail(?:s|ed)?)\b"
    r"|(?:\bnot|n['’]t) (?:hold|match|work|fit|agree)|[≠✗❌]",
    re.IGNORECASE,
)
_HOLDS = later(r"[✓✔✅☑]|\b(?:match\w*|holds?|works?|satisf\w+|given|correct|true|same|agrees?|required?)\b", re.I)
"""What a check says whose last number is no number of the answer (`2 * 5 + 3 = 13 ✓`)."""
_NAMES = later(r"\b(?:[Oo]ption|[Aa]nswer|[Cc]hoice) ([A-Z])\b")
_NOTES = later(
    r"[\s>*_#(\[💡📝ℹ️⚠️-]{0,12}(?:(?:side |important |quick )?note|n\.?b\.?|remark|p\.?s\.?"
    r"|disclaimer|fun fact|common (?:mistake|error|pitfall)"
    r"|(?P<maybe>(?:pro |quick )?tip|bonus|caveat|generali[sz]ation|extension"
    r"|(?:key )?takeaway))s?[*_]{0,3}[ \t]?[:：]",
    re.IGNORECASE,
)
"""maybe: also what an amount or a conclusion is called (`Tip: 3 euros`, `Takeaway: she sells 40`)."""
_ANSWERED = later(r"\banswer\b[*_ ]{0,4}(?:is|:)|\\boxed|####", re.IGNORECASE)
_NUMBER = later(r"\d+(?:[.,]\d+)*")
_CORRECTS = later(
    rf"\b(?:answer|result|correct(?:ion|ed)?|mis\w+|errors?|in (?:truth|fact)|actually)\b|{english.CONCLUDES.pattern}",
    re.I,
)
"""What a note may say that belongs to the answer."""


def is_goodbye(text: str) -> bool:
    """Whether a block or a sentence only closes a reply (`If you have other questions, feel free to ask!`)."""
    told = text.strip()[:400]
    goodbye = _GOODBYE.fullmatch(told)
    offers = goodbye is not None and (not goodbye["maybe"] or re.search(_OFFERS, told, re.IGNORECASE) is not None)
    return offers or (goodbye is not None and _GIVES.search(told) is None)


def goes_along(block: str, before: str) -> bool:
    """Whether a block behind others only goes along with what they say. before: the last characters of those."""
    if is_goodbye(block) or _only_checks(block, before):
        return True
    note = _NOTES.match(block)
    if note is None or _CORRECTS.search(block, note.end()):
        return False
    gives = note["maybe"] and (re.search(r"\d", block[note.end() :]) or "takeaway" in note.group().lower())
    concluded = "takeaway" not in note.group().lower() and english.CONCLUDES.search(before)
    return not gives or bool(concluded or _ANSWERED.search(before))


def _only_checks(block: str, before: str) -> bool:
    """Whether a block checks an answer, and does not say that it fails and what holds instead. Where no label says so
    (`Let me check this`), it has to name a number that is checked, if it has any."""
    checks = _CHECKS.match(block)
    if not checks:
        return False
    labelled = checks.group().rstrip().endswith((":", "：", "."))
    last = english.sentences(block)[-1][0]
    concludes = english.CONCLUDES.search(block, last) and re.search(r"\d|\b[A-Z]\b", block[last:])
    if concludes and (_FAILS.search(block) or not labelled):
        return False
    if labelled:
        return True
    numbers, known = _NUMBER.findall(block), set(_NUMBER.findall(before))
    named = _NAMES.search(block)
    if named and not re.search(rf"\b{named[1]}\b", before):
        return False
    return not numbers or numbers[-1] in known or bool(known & set(numbers) and _HOLDS.search(block))


def without_confidence(text: str) -> str:
    """A text without a last line that says how sure the writer is of what stands before it."""
    at = text.rfind("\n", 0, len(text.rstrip()))
    line = _LAST_SURE.match(text, at) if at >= 0 else None
    if line is not None and _MAY_BE_ASKED.search(line.group()) and not _ANSWERED.search(text, 0, at):
        return text
    if line is None or not re.search(r"\w", text[:at]) or _SPEAKS_OF_IT.search(text, 0, at):
        return text
    return text[:at]
