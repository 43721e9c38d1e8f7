"""Check derivations: which relations of a reply hold, which milestones it passes, which approach it really takes.

Pure: text in, plain data out; no files, no clock, no global state. What a problem declares is described in problem/spec.py.

    spec = DerivationSpec.model_validate(tomllib.loads(text))
    setting = compile_setting(spec)              # SpecError: one line for each complaint, with its key
    for proof in prove_milestones(setting): ...  # does every milestone of the problem hold where it should?
    analysis = analyse(reply, setting, seed=0)   # relations, milestones, leaps, approaches, each with its place

A relation is evaluated with random matrices in several worlds, so a verdict is no proof; but a relation that fails
carries its counterexample. Not covered: limits, expectations, quantifiers, arg min, asymptotics; these are `skipped` or
`unparsed`, never guessed.

The packages, from the text to the findings; each imports only those above it:

    text       document (places of mathematics), prose (what words say)
    grammar    alphabet, lexer (tokens), nodes, parser with stream, forms, brackets, derivatives, ranged; relations, pretty
    worlds     scope (what names mean), values, draw, world, env (names in force); evaluate with operations, calls, sums, ...
    problem    spec (as written), entries, setting (as compiled), compiler
    verdicts   verdict, in_world, judge (over the worlds), inequalities
    following  the reply, relation by relation: reading, reader; rules (which verdict, and why), the files that hold them
    findings   residuals, matching, evidence, milestones, leaps, approaches, results; proof (of a problem's own milestones)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.derivation.analysis import analyse, analyse_with
    from evalkit.derivation.findings.proof import Proof, prove_milestones
    from evalkit.derivation.findings.results import Analysis, ApproachFound, Evidence, Leap, Met, Other, Relation
    from evalkit.derivation.problem.compiler import compile_setting
    from evalkit.derivation.problem.setting import Setting
    from evalkit.derivation.problem.spec import DerivationSpec
    from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Counterexample, Verdict

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
    "Other",
    "Proof",
    "Relation",
    "Setting",
    "Verdict",
    "analyse",
    "analyse_with",
    "compile_setting",
    "prove_milestones",
]

_HOMES = {
    "analysis": ("analyse", "analyse_with"),
    "problem.compiler": ("compile_setting",),
    "findings.proof": ("Proof", "prove_milestones"),
    "findings.results": ("Analysis", "ApproachFound", "Evidence", "Leap", "Met", "Other", "Relation"),
    "problem.setting": ("Setting",),
    "problem.spec": ("DerivationSpec",),
    "verdicts.verdict": ("FALSE", "TRUE", "Counterexample", "Verdict"),
}


def __getattr__(name: str) -> object:
    """Loads what is asked for: reading a problem file must not cost the import of numpy and the checker."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
