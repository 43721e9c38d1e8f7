"""Check derivations: which relations of a reply hold, which milestones it passes, which approach it really takes.

Pure: text in, plain data out; no files, no clock, no global state. What a problem declares is described in spec.py.

    spec = DerivationSpec.model_validate(tomllib.loads(text))
    setting = compile_setting(spec)              # SpecError: one line for each complaint, with its key
    for proof in prove_milestones(setting): ...  # does every milestone of the problem hold where it should?
    analysis = analyse(reply, setting, seed=0)   # relations, milestones, leaps, approaches, each with its place

A relation is evaluated with random matrices in several worlds, so a verdict is no proof; but a relation that fails
carries its counterexample. Not covered: limits, expectations, quantifiers, arg min, asymptotics; these are `skipped` or
`unparsed`, never guessed.

The modules, from the text to the verdict:

    text      alphabet, lexer (tokens), document (places of mathematics), prose (what words say)
    trees     nodes, scope (what names mean), parser with stream, forms, brackets, derivatives, ranged; relations, pretty
    values    values, draw, world, evaluate with operations, calls, functions, subscripts, indices, sums, lists, factors, calculus
    problem   spec (as written), entries, setting (as compiled), compiler
    verdicts  verdicts, sampling (in one world), judge (over the worlds), inequalities
    replies   state, ranges, spoken, declarations, definitions, decompositions, complement, unknowns, conditions, premises, shapes; reader
    results   residuals, matching, milestones, evidence, approaches, results; analysis
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.derivation.analysis import analyse
    from evalkit.derivation.compiler import compile_setting
    from evalkit.derivation.milestones import Proof, prove_milestones
    from evalkit.derivation.results import Analysis, ApproachFound, Evidence, Leap, Met, Relation
    from evalkit.derivation.setting import Setting
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
    "compiler": ("compile_setting",),
    "milestones": ("Proof", "prove_milestones"),
    "results": ("Analysis", "ApproachFound", "Evidence", "Leap", "Met", "Relation"),
    "setting": ("Setting",),
    "spec": ("DerivationSpec",),
    "verdicts": ("FALSE", "TRUE", "Counterexample", "Verdict"),
}


def __getattr__(name: str) -> object:
    """Loads what is asked for: reading a problem file (spec.py) must not cost the import of numpy and the checker."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
