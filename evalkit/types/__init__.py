"""The nouns of evalkit. Whoever has read this page can guess every other module.

A *problem* (specs.problems) is sent through a *prompt template* (specs.templates) to a model: that is a *trial*, one
for each sample. A conversation sends *requests* and receives *replies*; the whole of it is a *transcript*. A *scorer*
judges each assistant turn of a transcript and gives *scores*: named metrics with a value, a reason and the *spans* that
show it.
"""

from __future__ import annotations

from evalkit.types.asking import (
    COMPLETE,
    Ask,
    Attachment,
    JudgeSpec,
    Limits,
    Message,
    ModelSpec,
    Prices,
    Provider,
    ReaderSpec,
    Reply,
    Request,
    Role,
    Spec,
    Usage,
    canonical,
    digest,
    shown,
)
from evalkit.types.scoring import (
    ANSWER,
    BARRED,
    LARGEST,
    Analysis,
    Conversation,
    Listed,
    Mark,
    Metric,
    Question,
    Score,
    Scorer,
    Span,
    Tags,
    Vote,
    answer_metric,
)
from evalkit.types.transcripts import (
    RELATION,
    Label,
    Transcript,
    Trial,
    Turn,
    Value,
    Values,
)

__all__ = [
    "ANSWER",
    "BARRED",
    "COMPLETE",
    "LARGEST",
    "RELATION",
    "Analysis",
    "Ask",
    "Attachment",
    "Conversation",
    "JudgeSpec",
    "Label",
    "Limits",
    "Listed",
    "Mark",
    "Message",
    "Metric",
    "ModelSpec",
    "Prices",
    "Provider",
    "Question",
    "ReaderSpec",
    "Reply",
    "Request",
    "Role",
    "Score",
    "Scorer",
    "Span",
    "Spec",
    "Tags",
    "Transcript",
    "Trial",
    "Turn",
    "Usage",
    "Value",
    "Values",
    "Vote",
    "answer_metric",
    "canonical",
    "digest",
    "shown",
]
