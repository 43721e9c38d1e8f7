"""What can be named on a command line: problems, templates, metrics; for completion.

Not covered: what stands inside a run file.
"""

from __future__ import annotations

from pathlib import Path

from evalkit.judging import metrics
from evalkit.specs import packaged


def problem_ids() -> list[str]:
    """Ids of the problems below ./problems, and of those that come with evalkit, sorted."""
    files = ((root, path) for root in _roots("problems") for path in root.rglob("*.toml") if path.name != "set.toml")
    return sorted({path.relative_to(root).with_suffix("").as_posix() for root, path in files})


def template_names() -> list[str]:
    """Names of the templates in ./prompts, and of those that come with evalkit, sorted."""
    paths = (path for root in _roots("prompts") for path in root.glob("*.j2"))
    return sorted({path.stem for path in paths if not path.stem.startswith("_")})


def metric_names() -> list[str]:
    """The metrics of all scorers, sorted."""
    return sorted(metrics.metrics())


def _roots(kind: str) -> list[Path]:
    return [root for root in (Path(kind), packaged.folder(kind)) if root is not None]
