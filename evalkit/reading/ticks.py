"""What a line says of the option that it names: a tick or a cross, a cell of a table, `yes` or `false` behind it.

Not covered: lines that say it in a sentence (`which is what we wanted`).
"""

from __future__ import annotations

import re

from evalkit.reading import english

_YES = re.compile(r"[✅✔☑✓🗸🟢]|\[[xX✓✔]\]")
_NO = re.compile(r"[❌✗✘☐✖🚫⛔🔴]|\[[ \u00a0]?\]")
_SAYS = re.compile(
    rf"(?i)(?P<no>{english.any_of(english.DENIES_BEHIND)})|(?P<yes>yes|correct|needed|required|true|right|chosen)\b"
)
_ALONE = re.compile(r"[)\].*\s]{1,6}(?P<said>true|false|correct|incorrect|right|wrong)[.*\s]*", re.IGNORECASE)
"""`A) True`, `B) False`."""
_AT_END = re.compile(
    r"(?:[,;.—–]|\s-|→|->|=>)\s[*_(\[]{0,3}(?P<said>yes|no|true|false|correct|incorrect|right|wrong)[*_)\].!\s]{0,6}\Z",
    re.IGNORECASE,
)
"""`A) Riga: no capital, no.`"""
MAY_JUDGE = re.compile(
    rf"{_YES.pattern}|{_NO.pattern}|\||[—–:-]\s*\W{{0,3}}\w"
    r"|\b(?:is|are) (?:\w+ )?(?:true|false|right|wrong|(?:in)?correct)\b"
    r"|[)\].][*\s]{1,6}(?:[Tt]rue|[Ff]alse|(?:[Ii]n)?[Cc]orrect)\W*\Z"
)


def said_behind(behind: str) -> bool | None:
    """What stands behind an option and before the next one says of it."""
    yes, no = bool(_YES.search(behind)), bool(_NO.search(behind))
    if yes or no:
        return yes if yes != no else None
    words = re.match(r"[)\]*_\s]{0,6}(?:[—–:-]|\b(?:is|are)\b)\s{0,3}(?:also |not )?", behind)
    said = _SAYS.match(behind, words.end()) if words else None
    if said is None or words is None:
        return None
    return bool(said["yes"]) != words.group().endswith("not ")


def said_in_line(line: str, behind: int) -> bool | None:
    """What a line says of its option: symbols first, then the last table cell or the words behind a dash or colon."""
    yes, no = bool(_YES.search(line)), bool(_NO.search(line))
    if yes or no:
        return yes if yes != no else None
    if line.lstrip().startswith("|"):
        cells = [_SAYS.match(cell.strip(" *`")) for cell in line[behind:].split("|")]
        said = [cell for cell in cells if cell]
        return bool(said[-1]["yes"]) if said else None
    alone = _ALONE.fullmatch(line, behind)
    if alone:
        told = _SAYS.match(alone["said"])
        return bool(told and told["yes"])
    words = re.match(r"[^\w—–:]{0,20}?[—–:-]\s*\W{0,3}", line[behind:])
    said_word = _SAYS.match(line, behind + words.end()) if words else None
    if said_word is None and words:
        ends = _AT_END.search(line, behind)
        denies = ends is not None and re.search(r"\b(?:not|no|never)\b|n['’]t\b", line[behind : ends.start()])
        return None if ends is None or denies else ends["said"].lower() in ("yes", "correct", "true", "right")
    return bool(said_word["yes"]) if said_word else None
