r"""What a sentence tells as a mistake, or under a condition that it denies, shows nothing: it is neither true nor false.

`A common mistake: writing $p(A) = \det(A - AI) = 0$`; `If $x = 2$ (which is not true), then $x + 1 = 3$`. Looked at when all of
the reply has been read. Not covered: a mistake that is told over several sentences.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict

RULE = "told_wrong"
MISTAKE = re.compile(
    r"[\s*_#>❌✗⚠️–-]*(?:\d{1,2}[.)]\s*)?(?:(?:a|an|the|one|another|most)\s+)*(?:(?:common|typical|frequent|classic|usual|popular|tempting|student)\s+)*"
    r"(?:mistakes?|misconceptions?|pitfalls?|fallac(?:y|ies)|(?<=common )errors?|(?<=typical )errors?|(?<=frequent )errors?)\b",
    re.I,
)
"""A sentence begins with it."""
DENIED = re.compile(
    r"\b(?:if|suppose|assume|assuming|supposing|when|were)\b[^.;]*\bwhich\s+(?:(?:is|are|was|does|do)\s*(?:n['’]t|\s(?:\w+\s)?not\b|\snever\b)|(?:is|are|was)\s+(?:\w+\s)?"
    r"(?:false|wrong|untrue|impossible|incorrect)\b)",
    re.I,
)
"""A condition that is denied right behind it."""


def leave_open_what_is_told_wrong(reading: Reading) -> None:
    """What is true or false there is in dispute."""
    text = reading.document.text
    for at, read in enumerate(reading.relations):
        if read.judgement.verdict not in TRUE | FALSE:
            continue
        begins = max(sentence_of(text, read.start, read.end)[0], text.rfind("\n\n", 0, read.start) + 1)
        why = ""
        if MISTAKE.match(text, begins, read.start):
            why = "told as a mistake"
        elif DENIED.search(text, begins, read.start) and read.judgement.world == "assumptions":
            why = "under a condition that is denied"
        if why:
            found = Judgement(Verdict.DISPUTED, reason=why, rule=RULE)
            reading.relations[at] = replace(read, judgement=found)
