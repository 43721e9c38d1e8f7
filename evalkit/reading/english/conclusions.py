r"""What concludes, sums up, takes back, announces or compares, and what gives no answer.

*Concluding*: `CONCLUDES`, one of `CONNECTIVES`, `so` at the start of a clause; a closing: `SUMS_UP`.

*No answer* (`NO_ANSWER`): an explicit answer that there is none; *no telling* (`UNABLE`): that the writer cannot say.

*Taken back* (`TAKES_BACK`): `wait`, `no,`, `correction:` right behind an answer.

*Announced, not done*: `ANNOUNCES`; *possible, not done*: `SUGGESTS`; *supposed*: `SUPPOSES`.
"""

from __future__ import annotations

import re

from evalkit.reading.english.denials import CONNECTIVES
from evalkit.reading.english.words import any_of
from evalkit.reading.patterns import later

NO_ANSWER = later(
    r"\b(?:undefined|no such [a-z]+ (?:can |could )?exists?"
    r"|none of (?:the|these|those|them)|no (?:such |real |valid |correct )?(?:solutions?"
    r"|answers?|options?|values?|number)|indeterminate|does(?: not|n't) exist|not (?:exist|defined|possible)|impossible"
    r"|infinit(?:y|e|ely)|diverges|none|unsolvable|no one|nobody|dne)\b|∞|\\infty|\\varnothing|\\emptyset|∅",
    re.IGNORECASE,
)
"""What an answer says that gives no value, no option and no number: an answer, too, and a wrong one unless the staff's
answer or an option says so."""
UNABLE = later(
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
CONCLUDES = later(rf"(?:{any_of(CONNECTIVES)}|{_SO}|{_ABROAD_SO})", re.IGNORECASE)
"""A connective, or `so` where it begins a clause, which is where it concludes."""
HEADS_WORK = later(
    r"[ \t>]*(?:\#{1,3}[ \t](?=[^\n]*[^\W\d_]{3})[^:\d\n]*:?|[*_]{0,3}(?:[^\W\d_]['’\w]*[ \t]){0,3}?"
    r"(?:solution|(?:re)?solving|reasoning|work(?:ing)?|workings|approach|analysis|explanation|derivation"
    r"|thinking|thoughts?"
    r"|calculations?|computations?|steps?(?: by step)?|plan|overview|introduction|answers?|response|given|sure|okay|ok"
    r"|let(?:'s|’s| us| me)(?: \w+){1,2}?)(?: (?:out|below|step by step|follows))?[ \t]*[*_:.!…]{0,5})\s*",
    re.IGNORECASE,
)
"""A line that heads what follows and answers nothing: `## How long it is`, `**Solution**`, `Step by step`, `Sure`."""
SUMS_UP = later(
    r"\b(?:altogether|overall|in (?:short|summary|conclusion|total|other words)|to (?:sum up|summari[sz]e|conclude))\b",
    re.IGNORECASE,
)
_BACK = (
    r"(?:(?:wait|hmm+|oops|sorry|hold on|scratch that|on second thoughts?|correction)\b|no(?=[,:.!;—–])|actually(?=,)"
    r"|edit(?=:))"
)
TAKES_BACK = later(rf"[\s*_.…—–,;()\]$\\-]{{0,12}}\b{_BACK}[\s,:.!;—–-]*", re.IGNORECASE)
"""Words right behind an answer that take it back; with what stands before and behind them."""
CORRECTS = later(
    r"[\s*_.…—–,;()\"'-]{1,12}(?:(?:no|oh|or|well|hmm+),?\s)?"
    r"(?:i (?:meant?|take that back)|(?:or )?rather|make that|scratch that|wait|sorry|hold on|hmm+|actually"
    r"|correction|oops)\b"
    r"[^\w]{0,6}(?:(?:i mean|no|it(?:'s| is)|make that|the answer is|sorry|that(?:'s| is))\b[^\w]{0,4}){0,2}",
    re.IGNORECASE,
)
"""All that stands between an answer and the one that takes its place: `No, I mean yes.`"""
SAYS_BOTH = later(
    r"\W*(?:(?:it|this|that)(?:['’]s| is) )?(?:both )?(?:yes and no|no and yes|yes or no|(?:both )?true and false"
    r"|false and true)\W*",
    re.IGNORECASE,
)
SUGGESTS = later(
    r"\b(?:one could|could also|alternatively|would also|another (?:way|approach)|no need|need(?:ed)? no)\b",
    re.IGNORECASE,
)
COMPARES = later(
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
TOTALS = later(r"\b(?:totals?|sum\w*|altogether|together|combined|all|overall|adds? up|add(?:ed|ing))\b", re.IGNORECASE)
REST = later(
    r"\b(?:remain\w*|rest|others?|left|leav(?:e|es|ing)|keeps?|kept|else|instead|without|lack\w*|miss\w*"
    r"|mis[a-z]+ed|errors?"
    r"|wrong\w*|minus|less|not)\b|n't\b",
    re.IGNORECASE,
)
"""A sentence that speaks of what is left of a whole."""
EACH = later(
    r"\s?(?:(?:per|an?|each|every|for (?:each|every|one)|/)\s(?:single |one )?(?=[^\W\d_]{2})|/)"
    r"(?P<noun>[^\W\d_]{1,20})",
    re.I,
)
"""Behind a number: what it is the share of one of (`2 minutes a bowl`)."""
SUPPOSES = later(
    r"\b(?:would|could|might|may|if|suppos\w+|imagine|assum(?:e|es|ing)|hypothetical\w*|were (?:it|the|this|they))\b",
    re.IGNORECASE,
)
"""A sentence that speaks of what would be."""
ANNOUNCES = later(
    r"\b(?:as you (?:suggest\w*|ask\w*|request\w*|want\w*|said)|as (?:suggested|requested|hinted)"
    r"|following (?:your|the) (?:hint|suggestion|advice)|you(?:'re| are) right|the hint"
    r"|we (?:will|shall|could|can|might|may)|we'll|i (?:will|shall|could)|i'll|let(?:'s| us)"
    r"|(?:this|the|my) (?:approach|solution|derivation|proof|method))\b",
    re.IGNORECASE,
)
"""A sentence that tells what will be, was or could be done is no evidence of doing it."""
