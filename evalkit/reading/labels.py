r"""Where a reply itself says that something is its answer: boxes, labelled lines, sentences that announce, a bare last
line. Which of them goes first is decided in answers.py.

Not covered: labels in other languages but for a few nouns (`Antwort:`, `Ответ:`, `【答案】`), labels in the middle
of a line other than the phrases below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from evalkit.reading import english
from evalkit.reading.blocks import (
    FORMULA,
    ITEM,
    SECTION,
    below,
    blocks,
    is_bare,
    is_title,
    last_words,
    line_end,
    parts_of,
    says,
    section,
    sentence_end,
)  # fmt: skip
from evalkit.reading.endings import EMPTY_BOX, heads_part, is_empty_entry
from evalkit.reading.patterns import later
from evalkit.reading.plain import places

LABELS = 8
"""Labels and boxes of a reply that are tried, the best ones."""
How = Literal["boxed", "labelled", "last", "first", "marked", "concluded", "closing", "whole"]
BOX = later(r"(?:\\(?:boxed|fbox)|(?<![A-Za-z\\])boxed|\x08oxed)\s{0,3}\{")
"""Also where the backslash was lost on the way, or read as the escape of a backspace."""
_HOLDS_PLACE = later(r"\W*(?:(?:your|the|final) )*(?:answer|result|number|value|solution|choice|letter)\W*", re.I)
"""A box of the question: `put it into \\boxed{answer}`."""
_BRACE = later(r"\\.|[{}]", re.DOTALL)
_JOINS = later(r"[\s$,;.&]{0,12}(?:\\(?:quad|text\{ ?(?:and|or) ?\})|and|or|\\[,;()]|[\s$,;&.]){0,12}", re.IGNORECASE)


def boxed(text: str) -> tuple[tuple[int, int] | None, tuple[tuple[int, int], ...]]:
    """Inside of the last complete outermost box, and those before it on its line that it is joined with."""
    if "box" not in text and "\x08oxed" not in text:  # what most replies are, told in a hundredth of the time
        return None, ()
    begun = min(at for at in (text.find("box"), text.find("\x08oxed")) if at >= 0)
    opening = {match.end() - 1: match.start() for match in BOX.finditer(text, max(0, begun - len("\\f")))}
    opened: list[int] = []
    boxes: list[tuple[int, int]] = []  # in the order of their ends, so what encloses comes after what it encloses
    for brace in _BRACE.finditer(text) if opening else ():
        at = brace.start()
        if text[at] == "{":
            opened.append(at)
        elif text[at] == "}" and opened:
            start = opened.pop()
            if start in opening:
                boxes.append((start + 1, at))
    boxes = [box for box in boxes if says(text, *box) and not _HOLDS_PLACE.fullmatch(text, *box)]
    if not boxes:
        return None, ()
    last = boxes.pop()
    also: list[tuple[int, int]] = []
    start = opening[last[0] - 1]
    for previous in reversed(boxes):
        if previous[1] > start:
            continue  # inside the one we have
        between = text[previous[1] + 1 : start]
        if len(between) > 40 or "\n" in between or not _JOINS.fullmatch(between):
            break
        also.append(previous)
        start = opening[previous[0] - 1]
    return last, tuple(reversed(also))


_NUMBERED = r"[-*+•][ \t]{1,4}|\d{1,3}[.)][ \t]{1,4}|step \d{1,2}[:.][ \t]{1,2}"
_LEAD = rf"^[ \t>]{{0,12}}(?:{_NUMBERED})?(?:[^\w\s*#`$\\|\[(<\"'-]{{1,4}}[ \t]{{0,2}})?"
_FINAL = r"final|corrected|revised|updated|definitive|correct and final"
_CHOSEN = r"correct|right|best|closest|nearest|selected|chosen|most \w+"
_LABEL = re.compile(
    _LEAD + r"(?P<heading>\#{1,6}[ \t]{1,3})?[^\w\s`$\\|\[(<\"'-]{0,6}[ \t]{0,2}\[?"
    rf"(?:(?:so|{english.any_of(english.CONNECTIVES)}),? |here is )?(?:the |my |our )?"
    rf"(?P<final>(?:{_FINAL})[ ])?(?:short |overall )?(?P<noun>(?:(?:{_CHOSEN})[ ])?(?:answers?|choice|selection)"
    rf"|(?:{_CHOSEN})[ ]option|results?|conclusion|guess|tl;?dr"
    r"|antwort|ответ|respuesta|réponse|risposta|resposta|答案)"
    r"(?:[ ]\([^)\n]{0,40}\))?[ \t]{0,2}(?:\](?=[*_]{0,3}[:：]))?"
    r"(?P<tail>[*_]{0,3}[ \t]?(?::|：|→|⇒|=>|=|—|–|-(?=[ ]))[ \t]?[*_]{0,3}|】[ \t]?[:：]?"
    r"|是(?=\s{0,2}[^\s\w]{0,3}[\w$\\])|[*_]{0,3}[ \t]{0,4}$)",
    re.IGNORECASE | re.MULTILINE,
)
_PHRASE = re.compile(
    # how any of them begins is asked first: most places of a line end there
    rf"(?:(?<!\w)(?=[*acfhkmnorst])(?:(?:the|my|our)[ ](?:(?P<final>{_FINAL})[ ])?(?:correct |right |best )?"
    r"(?:answers?|options?|choices?|solution)(?:[ ]\([^)\n]{1,60}\))?"
    r"(?:[ ](?:to|for)[ ][^.:?!\n]{1,60}?)?[ ](?:is|are|remains?|stays?|would be|must be|should be)\b(?!n['’]t)"
    r"|(?:the|my|our)[ ](?:answer|result|choice)[ ](?:does not change|doesn't change|is confirmed|stands)"
    r"[^\w\n]{0,4}?(?=[:.])"
    r"|(?:stay with|keep|stand by|stick to|stick with)[ ](?:my|the)[ ](?:first |original )?answer(?=[:.])"
    r"|(?<=[.!?)\]}$][ ])(?:\*\*)?(?:the )?(?:(?:final|correct|corrected|new) )?(?:answer|result)(?=:)"
    r"|(?<=\S[ ])(?-i:Final (?=[Aa]))answer(?=:)"
    r"|(?:the|my|our)[ ](?:final )?answer(?:(?:,? in|[ ](?:that )?(?:we|I))[ ][^.:?!,\n]{1,40}?,?)?"
    r"[ ](?:is|equals|comes to)\b"
    r"|(?:the|my|our)[ ](?:final )?answer's(?=[ ])"
    r"|here(?:['’]s| is)[ ](?:the|my|your)[ ](?:(?:final|correct|short) )?answer(?=:)"
    r"|(?:(?<=\n)|(?<=[.!?] )|(?<=\d: ))answer[ ](?:is|equals)\b)"
    r"|(?=[ar])(?:respuesta|réponse|antwort|risposta|resposta)(?: (?!no\b|não\b|non\b)\w+)?[ ](?:es|(?:n['’])?est|ist"
    r"|lautet|è|é)(?=\W)"
    r"|(?=[答정답])(?:(?<!\w)(?:答案|答え)(?:是|为|為|は)|(?<=[^\W\d_])(?:答案|答え)(?:是|为|為|は)|정답은|답은))"
    r"(?P<tail>[ ]?:?)",
    re.IGNORECASE,
)
_BEFORE_NOUN = 60
"""Characters: no phrase begins so far before its noun."""
_NOUNS = (
    "answer", "option", "choice", "solution", "result", "selection", "conclusion", "guess", "tl;dr", "tldr",
    "antwort", "ответ", "respuesta", "réponse", "risposta", "resposta", "答案", "答え", "답",
)  # fmt: skip
"""A line without one of these words holds no label and no phrase; looked for first, since it takes little time."""
_SUPPOSED = later(r"\b(?:that|if|whether|when|suppose|assume|assuming)[ ](?:[a-z]+[ ])?\Z", re.IGNORECASE)
"""`We are given that the answer is 15` announces nothing."""
_IF = later(r"\bif\b(?! (?:i|my|we|no|nothing|everything|all)\b)[^.!?\n]*\Z", re.IGNORECASE)
"""`If it paused for an hour, the answer would be 72.`"""
_TAG = r"(?:final_?)?(?:answer|ans|choice|result)|final"
_OF_REPLY = r"(?:final_?)?(?:solution|output|response)"
_TAGGED = later(
    rf"(?:<|^)(?:{_TAG}|(?P<of_reply>{_OF_REPLY}))>(?=\s{{0,200}}(?:[^\s<]|<(?!/)))", re.IGNORECASE | re.MULTILINE
)
_UNTAGGED = later(rf"</(?:{_TAG}|{_OF_REPLY})>", re.IGNORECASE)
_KEYED = later(
    r"""["'](?:final[_ ]?)?(?:answer|result|choice|solution)["']\s{0,3}:\s{0,3}"""
    r"""(?P<inside>"(?:[^"\\\n]|\\.){1,1000}"|'[^'\n]{1,1000}'|[^,}\n"]{1,200}(?=[,}\n]))""",
    re.IGNORECASE,
)


def labelled(text: str) -> list[tuple[How, tuple[int, int], bool, bool]]:
    """(how, what is announced, by a label that says final or corrected, in a sentence) of the last labels of a text."""
    lines = list(_told_of(text))
    may_be = [at for at, _, end in lines if _has_tail(text[at:end])]
    matches = [m for at in may_be if (m := _LABEL.match(text, at)) and _is_label(m) and _is_last_word(m, text)]
    matches += [m for at, noun, end in lines for m in _PHRASE.finditer(text, max(at, noun - _BEFORE_NOUN), end)]
    parts = blocks(text) if matches else []
    found: list[tuple[How, tuple[int, int], bool, bool]] = []
    # Of very many the last are tried, and the last final ones.
    matches.sort(key=lambda match: match.start())
    final = [match for match in matches if match["final"]]
    for match in dict.fromkeys(final[-LABELS:] + matches[-LABELS:]):
        told = _announced(text, match, parts)
        span = _kept(text, told)
        if span and says(text, *span):
            says_final = bool(match["final"]) or match.group().lower().startswith(("final", "**final"))
            found.append(("labelled", span, says_final, match.re is _PHRASE or span != told))
    if any(text[at - 1 : at].isalpha() for at in places(text, ">")) and (tagged := _tagged(text)):
        found.append(("labelled", tagged, True, False))
    keys = list(_KEYED.finditer(text)) if '"' in text or "'" in text else []
    found += [("labelled", _unquoted(key), True, False) for key in keys[-1:]]
    hashes = [mark for mark in _marked(text) if not is_title(mark["inside"])]
    found += [("labelled", mark.span("inside"), True, False) for mark in hashes[-1:]]
    short = _SHORT_LABEL.fullmatch(text, *last_words(text))
    titled = short is not None and "#" in short.group()[: -len(short["inside"])] and is_title(short["inside"])
    inside = _kept(text, short.span("inside")) if short and not titled else None
    if short and inside and says(text, *inside) and is_bare(text[slice(*inside)], 6):
        whole = inside == short.span("inside")
        found.append(("labelled", inside, whole, not whole))
    return found


_HASHES = later(r"(?m)(?:^|(?<=[.:][ ]))####[ \t]?(?P<inside>(?=[^\n]*\d|\W*\w\W*$)[^\s#][^\n]{0,60})$")
"""Above more text a number or a letter; words there are a title."""


def _marked(text: str) -> Iterator[re.Match[str]]:
    """As `finditer`, in a tenth of the time: at every character it would ask whether a line begins."""
    end = 0
    for at in places(text, "####"):
        if at >= end and (mark := _HASHES.match(text, at)):
            end = mark.end()
            yield mark


def _unquoted(key: re.Match[str]) -> tuple[int, int]:
    """Inside of a value's quotes."""
    start, end = key.span("inside")
    return (start + 1, end - 1) if key["inside"][0] in "\"'" and end - start > 2 else (start, end)


def _tagged(text: str) -> tuple[int, int] | None:
    """Inside of the last tag that holds an answer. One without its bracket has its end; one that holds the reply itself
    (`<response>`, `<output>`) a line."""
    for tag in reversed(list(_TAGGED.finditer(text))[-LABELS:]):
        closing = _UNTAGGED.search(text, tag.end(), tag.end() + SECTION)
        end = closing.start() if closing else min(len(text), tag.end() + SECTION)
        whole = tag["of_reply"] and "\n" in text[tag.end() : end].strip()
        if not whole and (closing or tag.group().startswith("<")):
            return tag.end(), end
    return None


_TAILS = later(r"[:：→⇒=—–】是-]")


def _has_tail(line: str) -> bool:
    """Whether a line has what stands behind a label's noun, or may end with the noun; most sentences do not."""
    last = line.rstrip(" \t*_")[-1:]
    return last.isalnum() or last == ")" or _TAILS.search(line) is not None


def _told_of(text: str) -> Iterator[tuple[int, int, int]]:
    """The lines that have one of the nouns: where each begins, its first noun and its end."""
    whole = text.casefold()
    if len(whole) == len(text):  # then places are the same, too, and most lines need not be looked at
        end = -1
        for at in sorted(at for noun in _NOUNS if noun in whole for at in places(whole, noun)):
            if at > end:
                end = line_end(text, at)
                yield whole.rfind("\n", 0, at) + 1, at, end
        return
    at = 0  # folding changes lengths, not lines
    for line, low in zip(text.split("\n"), whole.split("\n"), strict=True):
        if any(noun in low for noun in _NOUNS):
            yield at, at, at + len(line)
        at += len(line) + 1


_SHORT_LABEL = later(
    r"[\s>*_-]{0,8}(?:#{2,6}[ \t]{0,3}(?![ \t])|[*_]{0,3}(?:a|ans|answer|output|final|therefore"
    r"|total)[*_]{0,3}[ \t]?[:=.→]"
    r"[ \t*_]{0,4})(?P<inside>[^\n]{1,160})",
    re.IGNORECASE,
)


def _is_label(match: re.Match[str]) -> bool:
    """A bare word on a line of its own announces nothing, bold or as a heading it does."""
    tail, heading = match["tail"].strip(" *_\t"), match["heading"]
    if match["noun"].lower() in ("conclusion", "results"):
        return bool(tail or heading)
    return bool(tail or heading) or any(mark in match.group() for mark in "*_")


_WORD = later(r"\S")
_HOW_SURE = later(r"\s{0,4}[*_]{0,3}(?:probability|confidence|certainty)\b[^\n]{0,80}", re.IGNORECASE)


def _is_last_word(match: re.Match[str], text: str) -> bool:
    """A guess answers where nothing stands behind it, a summary in front (`TL;DR`) where it is a few words."""
    noun = match["noun"].lower()
    if noun not in ("guess", "tl;dr", "tldr"):
        return True
    word = _WORD.search(text, match.end())
    start = word.start() if word else match.end()
    line = line_end(text, start)
    first = english.SENTENCE_END.search(text, start, line)
    end = first.end() if first else line
    sure = _HOW_SURE.match(text, end)
    return not says(text, sure.end() if sure else end, len(text)) or (noun != "guess" and is_bare(text[start:end], 4))


def _announced(text: str, match: re.Match[str], parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    at = match.end()
    if match.re is _LABEL:
        end = line_end(text, at)
        return section(text, end) if match["heading"] and not says(text, at, end) else below(text, at, end, parts)
    if text[at : at + 1] == ".":  # `I keep my answer. Baseline: 341 s.`
        return below(text, at + 1, line_end(text, at), parts)
    at_gap = text[match.start() - 1 : match.start()] == " "
    if at_gap and _SUPPOSED.search(text, max(0, match.start() - 40), match.start()):
        return None
    if "would" in match.group() and _IF.search(text, max(0, match.start() - 200), match.start()):
        return None
    line = line_end(text, at)
    if not says(text, at, line) and ITEM.match(text, line + len(text[line:]) - len(text[line:].lstrip("\n"))):
        return below(text, at, line, parts)  # the whole list, not its first entry
    end = sentence_end(text, at)
    asks = text[at:end].rstrip().endswith("?") and ":" not in match["tail"]
    return None if asks else below(text, at, end, parts)


_PARTS = later(r"[^\w.…—–,;!?\n(-]*[.…—–,;!?\n(-]")
"""Within a stretch the words stand behind a mark: `5 minutes wait time` takes nothing back."""
_NO_OF_AN_OPTION = later(r"\W*(?:no|actually|sorry)\b", re.IGNORECASE)


_LETTER_ALONE = later(r"\W*(?:option |it is |it's )?\W?[A-Z]\W*")


_ANEW = later(
    r"\W*(?:it|that|(?:the|my) (?:\w+ )?(?:answer|result|value|total|amount))"
    r"(?:\s(?:is|was|should|must|equals)\b|['’]s\b)"
    r"|\W*(?:let(?:['’]s| us| me)|i (?:need|have|should|must|ought)(?: to)?) (?:re(?:do|calculat|comput|consider|think"
    r"|work|evaluat|examin|start)|correct|fix|try again|start (?:over|again))"
    r"|\W*(?:i|there(?:['’]s| is| was)|that(?:['’]s| is| was)) (?:\w+ )?(?:an? |my )?"
    r"(?:(?!common|frequent|popular|typical|usual|general)\w+ )?(?:mis[a-z]+"
    r"|errors?\b|slip\b)",
    re.IGNORECASE,
)
"""Another answer is given or looked for, or the one before is called wrong."""


def _takes_back(text: str, start: int, match: re.Match[str]) -> bool:
    """Where another answer follows, bare or said to be one: not `84. Wait 5 minutes before serving`, nor
    `B. No, it does not`, where the text of option B begins so."""
    letter = re.fullmatch(r"\W*[A-Za-z]?\W*", text[start : match.start()])
    behind = text[match.end() : sentence_end(text, match.end())]
    of_option = letter and _NO_OF_AN_OPTION.match(match.group()) and not _LETTER_ALONE.fullmatch(behind)
    if not says(text, start, match.start()) or of_option:
        return False
    if _ANEW.search(behind):
        return True
    return says(behind, 0, len(behind)) and is_bare(behind, 2) and not _FOR.search(behind)


_FOR = later(r"\b(?:for|before|of|until|after|in)\b", re.IGNORECASE)
"""`wait 5 minutes before`, `correction of 79`"""


def taken_back(text: str, start: int, end: int) -> bool:
    """Whether words right behind an answer take it back."""
    match = english.TAKES_BACK.match(text, end)
    return match is not None and _takes_back(text, start, match)


def _kept(text: str, span: tuple[int, int] | None) -> tuple[int, int] | None:
    """Of an announced stretch what follows the words that take back its beginning (`84. Correction: 79`); None where
    these stand right behind it."""
    if span is None or taken_back(text, *span):
        return None
    marks = (at for at in english.TAKES_BACK.finditer(text, *span) if _PARTS.match(at.group()))
    again = [at.end() for at in marks if _takes_back(text, span[0], at)]
    again = [at for at in again if says(text, at, span[1])]
    return (again[-1], span[1]) if again else span


_ANY_LABEL = later(r"[\s>*_#`\[-]{0,8}[^\W\d_][^\n:=<>{}|$\\]{0,40}?\]?[*_]{0,3}[ \t]?[:=→][*_]{0,3}[ \t]{1,3}(?=\S)")
_IS_FORMULA = later(r"[^\n=→]*=[^\n]*=|[^\n=→]*→[^\n]*→|[^\n=:]*[\w)][ ][-+*/][ ][^\n=]*=")
"""`x = 2, y = 3` and `y - 1 = 3x` are no label with an answer behind it."""
_LETTERED = later(r"[ \t>*_]{0,8}\(?[A-Z][.)][*_]{0,2}[ \t]\S")
_VERDICT = later(r"\W*(?:yes|no|true|false)\W*", re.IGNORECASE)
_ENDS_SENTENCE = later(r"[.!?][\s*_\"')$]*\Z")
MARK = later(r"(?m)^[ \t>]{0,12}(?:[-*+•][ \t]{1,4})?\*{0,2}(?:✅|✔️?|☑️?|👉|➡️?|🎯|📌)[ \t]{0,3}(?=\S)")


EXPLAINS = later(
    r"[\s>*_#]{0,8}(?:explanation|reason(?:ing)?|justification|rationale|why|理由|原因|解説|이유)[*_]{0,3}[ \t]?[:.：]",
    re.I,
)


def last_line(text: str) -> tuple[int, int] | None:
    """The last line, or the one before a last block that says that it explains, where it holds a bare answer."""
    found = _last_line(text)
    if found or ":" not in text:
        return found
    explains = next((low for low, _ in reversed(parts_of(text)) if EXPLAINS.match(text, low)), None)
    return _last_line(text[:explains]) if explains else None


def first_line(text: str) -> tuple[int, int] | None:
    """The first line where it is one formula, number, letter or verdict and nothing else, and more stands below; behind
    a blank line also where a few words say what is counted, or what the letter stands for."""
    start = len(text) - len(text.lstrip())
    end = line_end(text, start)
    line = text[start:end].strip(" \t*_.")
    alone = _VERDICT.fullmatch(line) or _TOKEN.fullmatch(line) or FORMULA.fullmatch(line)
    if not alone and text[end : end + 80].lstrip(" \t\r").startswith("\n\n"):
        alone = _TOKEN_WITH_WORDS.fullmatch(line)
    return (start, end) if alone and says(text, end, len(text)) else None


_TOKEN = later(r"\(?[A-Z]\)?|[$£€]?-?\d[\d.,]*[%°]?")


_TOKEN_WITH_WORDS = later(
    r"[$£€]?-?\d[\d.,]*[%°]?(?:[ ](?!(?:per|each|every|a|apiece)\b)[^\W\d_]+){1,3}"
    r"|(?:(?:option|choice|answer) )?\(?[A-Z](?:[).:]|[ ]?[-–—])\)?[ *_]{1,4}[^\W\d_][^\n.:;,=]{0,40}",
    re.IGNORECASE,
)


def _last_line(text: str) -> tuple[int, int] | None:
    start, end = last_words(text)
    if end - start > SECTION:  # what is looked at below takes quadratic time
        return None
    block = next((text[low:high] for low, high in reversed(parts_of(text)) if low <= start), "")
    several = "\n" in block.strip("`\n ")
    if several and (ITEM.match(text, start, end) or "```" in block or text[start:end].lstrip().startswith("|")):
        return None  # one entry of a list, a row of a table, a line of code: the whole is the answer
    if MARK.match(text, start, end) or EMPTY_BOX.search(text, start):
        return None
    if is_empty_entry(text, start, end) or heads_part(text[start:end]):
        return None
    above = text[:start].rstrip().rpartition("\n")[2]
    other, label = _ANY_LABEL.match(above), _ANY_LABEL.match(text, start, end)
    if other and label and (several or is_bare(above[other.end() :], 8)):
        return None  # one of several named things
    if _LETTERED.match(above) and _LETTERED.match(text, start, end):
        return None  # one of several lettered ones
    if label and not _IS_FORMULA.match(text, start, end):
        start = label.end()
    inside = text[start:end].strip(" \t*_`$")
    # `B.` and `$18.` are answers, `Good.` is a sentence
    alone = not _ENDS_SENTENCE.search(text[start:end]) or re.fullmatch(r"\W*(?:\w{1,2}|\S*\d\S*)\W*", inside)
    alone = alone or _VERDICT.fullmatch(inside)
    alone = alone or FORMULA.fullmatch(text[start:end].strip(" \t*_."))
    return (start, end) if alone and says(text, start, end) and is_bare(text[start:end], 5) else None
