"""Check derivations: which relations of a reply hold, which milestones it passes, which approach it really takes.

Pure: text in, plain data out; no files, no clock, no global state. What a problem declares is described in spec.py.

    spec = DerivationSpec.model_validate(tomllib.loads(text))
    setting = compile_setting(spec)              # SpecError: one line for each complaint, with its key
    for proof in prove_milestones(setting): ...  # does every milestone of the problem hold where it should?
    analysis = analyse(reply, setting, seed=0)   # relations, milestones, leaps, approaches, each with its place

A relation is evaluated with random matrices in several worlds, so a verdict is no proof; but a relation that fails
carries its counterexample. Not covered: limits, expectations, quantifiers, arg min, asymptotics; these are `skipped` or
`unparsed`, never guessed.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.derivation.analysis import analyse
    from evalkit.derivation.milestones import Proof, prove_milestones
    from evalkit.derivation.results import Analysis, ApproachFound, Evidence, Leap, Met, Relation
    from evalkit.derivation.setting import Setting, compile_setting
    from evalkit.derivation.spec import DerivationSpec
    from evalkit.derivation.verdicts import FALSE, TRUE, Counterexample, Verdict

__all__ = [
    "FALSE",
    "TRUE",
    "Analysis",
    "ApproachFound",
    "Counterexample",
    "DerivationSpec",
    "Evidence",
    "Leap",
    "Met",
    "Proof",
    "Relation",
    "Setting",
    "Verdict",
    "analyse",
    "compile_setting",
    "prove_milestones",
]

_HOMES = {
    "analysis": ("analyse",),
    "milestones": ("Proof", "prove_milestones"),
    "results": ("Analysis", "ApproachFound", "Evidence", "Leap", "Met", "Relation"),
    "setting": ("Setting", "compile_setting"),
    "spec": ("DerivationSpec",),
    "verdicts": ("FALSE", "TRUE", "Counterexample", "Verdict"),
}


def __getattr__(name: str) -> object:
    """Loads what is asked for: reading a problem file (spec.py) must not cost the import of numpy and the checker."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
