"""What the words of tables and figures mean: the one source of docs/reading-tables.md and of the report's hovers.

Not covered: metrics, whose meaning their scorers declare, and the arms, which say of themselves what they do.
"""

from __future__ import annotations

import re

WORDS = {
    "arm": "a prompt template, when it is compared",
    "baseline": "the arm that the others are set against; in a row of figures, its mean",
    "primary": "the metric that the experiment asks about; all else is a hint for the next experiment",
    "metric": "what is judged: `scorer.name`",
    "model": "the model that was asked, by its name in the experiment",
    "problem": "a problem's id: `set/name`",
    "replies": "all replies of the arm, judged or not",
    "problems": "how many problems the figures of a row come from",
    "pairs": "replies of both arms to one problem by one model in one sample; `9 in 3 (2)`: nine pairs in three "
    "problems, which form two clusters",
    "dropped": "pairs of which one reply could not be judged; the reasons stand below the table",
    "unjudged": "cut off, refused, failed, empty, or not read: never counted as wrong, and in no mean",
    "mean": "of the judged replies, every problem counting the same",
    "right": "judged replies with the right answer",
    "wrong": "judged replies with another answer than the right one",
    "these problems": "would the difference show again on exactly these? The noise of sampling counts alone",
    "like these": "would it show on other problems of this kind? The problem, or its cluster, is the unit; below "
    "four of them nothing is said",
    "cluster": 'problems that share a context, so that they count once for "like these"',
    "difference": "arm less baseline. `+2.11 [+1.25, +2.98]`: the difference, and the interval that holds it with "
    "95 % confidence; `[?]`: no interval, for the reason below the table",
    "p": "how often chance alone would make a difference this large; adjusted over the rows of the table (with "
    "`--exploratory` by Benjamini and Hochberg)",
    "up/down": "problems whose mean rose, and fell; a mean of 0 may hide both",
    "verdict": "what can be said of a difference; where nothing else is named, on these problems and on others "
    "like these",
    "cannot tell": "the data are compatible with no difference and with one; no proof of no effect",
    "no difference larger than δ": "the interval lies inside what the experiment declared to count as none (`delta`)",
    "unless the unjudged went the other way": "a difference that would vanish if the replies that could not be "
    "judged had gone against it",
    "among what was judged": "no difference larger than δ, though there might be one if the replies that could not be "
    "judged had all gone one way",
    "rests on one phrasing": "of several wordings of a text one carries the difference: without it less than half is "
    "left",
    "over wordings": "would the difference hold on other problems and in other wordings of the text?",
    "copies": "replies that repeat another word for word; they count once",
    "use level": "0 the approach is absent, 1 named, 2 set up, 3 it carries the conclusion",
    "staff use": "conversations whose conclusion rests on the staff's approach (level 3), of those that were judged",
    "lip service": "the reply announces the approach and does not use it (level 1)",
    "ban violation": "conversations that set up an approach that the ban forbids",
    "switch": "conversations that turn to the staff's approach in a later turn, of those that did not use it in "
    "the first",
    "relapse": "conversations that drop the staff's approach again, of those that used it in an earlier turn",
    "adoption": "conversations that use the staff's approach in this turn for the first time, of those that had "
    "not before",
    "leap": "a milestone of the staff's solution that is reached although the steps before it are missing",
    "stated": "an assumption or theorem of the staff's list that the reply asserts in words, or writes as its equation",
    "stated at use": "stated in the same part of the reply as a step that needs it, not only in a list",
    "named, not used": "an assumption or theorem that is stated although no step of the reply needs it",
    "used, not named": "an assumption or theorem that a step needs and the reply does not state",
    "invented": "an entry of the reply's own list that is not on the staff's and whose equation is false",
    "grounded": "of the identities in a later turn, those that stand in the turns before it",
    "steering index": "the share of conversations that the arm moves to the staff's approach, of those that the "
    "placebo leaves where they were",
    "placebo": "a second turn without content: what asking again does by itself",
    "turn": "which answer of the conversation, from 1",
    "flip": "an answer that changes between the first turn and the judged one: held, broken, fixed; the arrows "
    "count each direction",
    "given": "an answer that was given, as it was read",
    "sd over problems": "how much the true effect differs between problems, the noise of sampling taken out; 0: "
    "mere noise",
    "leaving one out": "the least and the largest difference when one problem (cluster) is left out",
    "problems that react": "problems whose own difference can be told from chance, with that difference",
    "over replies": "Spearman's correlation of two metrics over all replies that were judged on both",
    "inside problems": "the same of ranks within a problem, so that hard and easy problems make none",
    "score": "the value that a scorer gave the reply; None: it could not be judged",
    "label": "what a person said of the same reply",
    "why": "the scorer's reason for its score",
    "effects": "the difference that the arm makes in the one model, and in the other",
}
_SAME = {
    "and": "metric",
    "n": "replies",
    "in": "problems",
    "models": "model",
    "measure": "metric",
    "answer": "metric",
    "problems like these": "like these",
    "index, these problems": "steering index",
    "adopt": "adoption",
    "reply": "replies",
}
"""Headings that are another form of a word."""


def word_of(heading: str) -> str:
    """The entry that explains a column's heading; empty where there is none, as for the name of an arm."""
    plain = heading.strip().lower()
    plain = re.sub(r" \d+$", "", plain)  # adoption 2
    plain = _SAME.get(plain, plain)
    if " → " in plain:
        return "flip"
    return plain if plain in WORDS else ""


def explained(word: str) -> str:
    """The meaning as plain text."""
    return WORDS[word].replace("`", "")


def anchor(word: str) -> str:
    """An id for the entry in a page."""
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")


def markdown() -> str:
    """The words as a table for the documentation."""
    rows = [f"| {word} | {meaning} |" for word, meaning in WORDS.items()]
    return "\n".join(["", "| word | what it means |", "|---|---|", *rows, ""])
