"""evalkit measures whether a prompt, a hint or a ban changes how a model derives, or only seems to.

    run = evalkit.load_run("runs/mine.sqlite")
    print(run.compare(metrics=["approach.level"]))

All public names stand in this file; docs/python.md describes them. Each is loaded when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from evalkit.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from evalkit.errors import EvalkitError, ProviderError, SpecError, StoreError
    from evalkit.interface.agreement import Agreements
    from evalkit.interface.asking import ask_judge, ask_reader
    from evalkit.interface.chats import Chats, Counts, Preview, new_problem, new_project, new_prompt, new_set, preview
    from evalkit.interface.checking import Checks, check, problem_schema
    from evalkit.interface.comparing import Comparisons
    from evalkit.interface.diagnosing import Diagnoses
    from evalkit.interface.equations import Equations, equations
    from evalkit.interface.exchanging import LogImported, LogOptions, import_log, import_problems, import_transcripts
    from evalkit.interface.forecasting import Forecasts, forecast
    from evalkit.interface.label_queue import LabelItem, LabelQuestion, LabelQueue
    from evalkit.interface.loading import Run, load_run
    from evalkit.interface.making import provider, scorer
    from evalkit.interface.merging import Merged, merge
    from evalkit.interface.planning import Designs, plan
    from evalkit.interface.project import Project, load_experiment, load_problems, load_templates
    from evalkit.interface.reading import StoredReply
    from evalkit.interface.running import Outcome, doctor, run, run_async
    from evalkit.interface.scoring import score
    from evalkit.interface.session import Manner
    from evalkit.interface.viewing import View, view
    from evalkit.types import Conversation, Message, Metric, Reply, Request, Score, Scorer, Span, answer_metric

__all__ = [
    "Agreements", "Chats", "Checks", "Comparisons", "Conversation", "Counts", "Designs", "Diagnoses", "Equations",
    "EvalkitError", "Forecasts", "LabelItem", "LabelQuestion", "LabelQueue", "LogImported", "LogOptions", "Manner",
    "Merged", "Message", "Metric", "Outcome", "Preview", "Project", "ProviderError", "Reply", "Request", "Run",
    "Score", "Scorer", "Span", "SpecError", "StoreError", "StoredReply", "View", "answer_metric", "ask_judge",
    "ask_reader", "check", "doctor", "equations", "forecast", "import_log", "import_problems", "import_transcripts",
    "load_experiment", "load_problems", "load_run", "load_templates", "merge", "new_problem", "new_project",
    "new_prompt", "new_set", "plan", "preview", "problem_schema", "provider", "run", "run_async", "score", "scorer",
    "view",
]  # fmt: skip

_HOMES = {
    "errors": ("EvalkitError", "ProviderError", "SpecError", "StoreError"),
    "interface.agreement": ("Agreements",),
    "interface.asking": ("ask_judge", "ask_reader"),
    "interface.chats": ("Chats", "Counts", "Preview", "new_problem", "new_project", "new_prompt", "new_set", "preview"),
    "interface.checking": ("Checks", "check", "problem_schema"),
    "interface.comparing": ("Comparisons",),
    "interface.diagnosing": ("Diagnoses",),
    "interface.equations": ("Equations", "equations"),
    "interface.exchanging": ("LogImported", "LogOptions", "import_log", "import_problems", "import_transcripts"),
    "interface.forecasting": ("Forecasts", "forecast"),
    "interface.label_queue": ("LabelItem", "LabelQuestion", "LabelQueue"),
    "interface.loading": ("Run", "load_run"),
    "interface.making": ("provider", "scorer"),
    "interface.merging": ("Merged", "merge"),
    "interface.planning": ("Designs", "plan"),
    "interface.project": ("Project", "load_experiment", "load_problems", "load_templates"),
    "interface.reading": ("StoredReply",),
    "interface.running": ("Outcome", "doctor", "run", "run_async"),
    "interface.scoring": ("score",),
    "interface.session": ("Manner",),
    "interface.viewing": ("View", "view"),
    "types": (
        "Conversation", "Message", "Metric", "Reply", "Request", "Score", "Scorer", "Span", "answer_metric",
    ),
}  # fmt: skip
_WHERE = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Loads what is asked for, so that `import evalkit` costs nothing."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
