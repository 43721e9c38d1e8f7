"""What a model judge is asked: `judge/<kind>.j2` in the folder of prompts, one file for each kind of question.

A judge prompt is a template with a system and a user turn. Its variables are `statement`, `solution` (the staff's) and,
where the problem has one, `passage`; `options` (each with `text`: points of a rubric, approaches), `reply` and `mark`,
which stands in the lines around it. A reader (`reading.j2`) is asked how a derivation is to be read, never whether it
is right: in place of the solution and options it gets `declared`, what the problem's own names mean, line by line.

The judge is blind: it sees neither the arm nor its prompt, sentences that speak of what was asked for are left out of
the reply, and the order of the options is drawn anew for each reply and vote. The reply is data: `mark` is
drawn from the seed and the reply, so no reply can hold or close it.

Not covered: the earlier replies of a conversation; a reply that tells its arm by what it does (it bans nothing, it uses
the SVD), which is what is to be judged; replies longer than MAX_REPLY, which no judge is asked about.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from evalkit.errors import SpecError
from evalkit.reading import votes
from evalkit.reading.english import ANNOUNCES, sentences
from evalkit.specs.problems import Problem
from evalkit.specs.sandbox import MAX_SOURCE, Sandbox
from evalkit.specs.templates import Template, Undeclared, converse
from evalkit.types import JudgeSpec, Message, Reply, Request, digest

FOLDER = "judge"
KINDS: Mapping[str, tuple[str, ...]] = {
    "judge": tuple(kind for kind in votes.KEYS if kind != votes.READING),
    "reader": (votes.READING,),
}
"""The kinds of prompts with which each office is asked."""
MAX_REPLY = 60_000
"""Characters."""
_RELATIONS = ("=", "<", ">", r"\le", r"\ge", r"\approx", r"\propto", r"\to", "≤", "≥", "≈")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to a judge, and the names of the options in the order in which it shows them."""

    kind: str
    request: Request
    options: tuple[str, ...]


@dataclass(frozen=True)
class Judge:
    """A model with the texts of its prompts, by kind."""

    spec: JudgeSpec
    seed: int
    texts: Mapping[str, str]
    structured: bool = False
    """Whether the provider takes a JSON schema for the reply (`response_format`)."""

    def asks(self, problem: Problem, kind: str, reply: str) -> Iterator[Asked]:
        """What is asked of one reply, vote by vote; nothing of an empty or too long one. Raises SpecError for a prompt
        that cannot be rendered."""
        if not reply.strip() or len(reply) > MAX_REPLY:
            return
        if kind == votes.READING and not any(sign in reply for sign in _RELATIONS):
            return  # there is no relation to be read
        shown = masked(reply)
        options = options_of(problem, kind)
        if not options and votes.KEYS[kind][1]:  # a list of nothing
            return
        seed = digest([self.seed, kind, reply])
        for vote in range(self.spec.votes):
            order = random.Random(f"{seed} {vote}").sample(range(len(options)), len(options))  # noqa: S311 - no secret
            ordered = [options[i] for i in order]
            messages = _rendered(self.texts[kind], kind, problem, ordered, (shown, mark(seed, reply)))
            parameters = dict(self.spec.parameters)
            if self.structured:
                form = {"name": kind, "strict": True, "schema": votes.schema(kind)}
                parameters.setdefault("response_format", {"type": "json_schema", "json_schema": form})
            request = Request(self.spec.id, self.spec.label, messages, parameters, vote, problem.id)
            yield Asked(kind, request, tuple(name for name, _ in ordered))

    def kinds_of(self, problem: Problem) -> tuple[str, ...]:
        """The kinds of prompts with which it is asked about replies to a problem, sorted."""
        return tuple(kind for kind in kinds_of(problem) if kind in self.texts)

    def check(self, problem: Problem) -> None:
        """Render what this problem will ask. Raises SpecError for a fault of a prompt."""
        for kind in self.kinds_of(problem):
            for _ in self.asks(problem, kind, "A reply: $a = b$."):
                break


def texts_of(folders: Sequence[Path], office: str = "judge") -> dict[str, str]:
    """The text of each kind of prompt of an office, from the first folder with it. Raises SpecError where none is."""
    found = {}
    for kind in KINDS[office]:
        for folder in folders:
            path = folder / FOLDER / f"{kind}.j2"
            if not path.exists():
                continue
            if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_SOURCE:
                raise SpecError(f"{path}: a judge prompt is a plain file of at most {MAX_SOURCE} bytes")
            try:
                found[kind] = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise SpecError(f"{path}: cannot be read as UTF-8 text: {error}") from None
            break
        else:
            raise SpecError(f"there is no judge prompt {FOLDER}/{kind}.j2 in {' or '.join(map(str, folders))}")
    return found


def kinds_of(problem: Problem) -> tuple[str, ...]:
    """The kinds of prompts whose answers the scorers of a problem read, sorted."""
    found = {kind for scorer in problem.scorers.values() for kind in scorer.questions()}
    if (problem.symbols or problem.definitions) and any(s.reads_derivation for s in problem.scorers.values()):
        found.add(votes.READING)
    return tuple(sorted(found))


def options_of(problem: Problem, kind: str) -> list[tuple[str, str]]:
    """(name, text) of what a kind of prompt lists: a scorer's own options, or the problem's approaches."""
    own = [option for scorer in problem.scorers.values() for option in scorer.questions().get(kind, ())]
    return own or ([(a.id, a.title or a.id) for a in problem.approaches] if kind == "approach" else [])


def declared(problem: Problem) -> list[str]:
    """What the problem's own names mean, a line each."""
    shapes = ((name, " x ".join(s.shape) or "a number", ", ".join(s.kind)) for name, s in problem.symbols.items())
    lines = [f"{name}: {shape}{f', {kinds}' if kinds else ''}" for name, shape, kinds in shapes]
    lines += [f"{name}: {said}" for name, said in problem.families.items()]
    lines += [f"{', '.join(d.names)}: the {d.kind} of {d.of}" for d in problem.decompositions]
    return [*lines, *problem.definitions]


def masked(reply: str) -> str:
    """The reply without the sentences that announce or answer to what was asked, unless they hold a formula's claim.

    Nothing stands in their place: a mark would tell that the reply was told something."""
    kept = []
    at = 0
    for start, end in sentences(reply):
        text = reply[start:end]
        if ANNOUNCES.search(text) and not any(sign in text for sign in _RELATIONS):
            kept.append(reply[at:start])
            at = end + len(reply[end:]) - len(reply[end:].lstrip(" "))
    return "".join([*kept, reply[at:]])


def mark(seed: str, reply: str) -> str:
    """A word that the reply does not hold."""
    number = 0
    while (found := digest([seed, number])[:20]) in reply:
        number += 1
    return found


@cache
def _compiled(text: str) -> jinja2.Template:
    return Sandbox([], Undeclared).from_string(text)


def _rendered(
    text: str, kind: str, problem: Problem, options: Sequence[tuple[str, str]], shown: tuple[str, str]
) -> tuple[Message, ...]:
    variables: dict[str, Any] = {"statement": problem.statement}
    if kind == votes.READING:
        variables["declared"] = declared(problem)
    else:
        variables["solution"] = problem.staff.solution
    if problem.passage is not None:
        variables["passage"] = problem.passage
    listed = [{"name": name, "text": said} for name, said in options]
    variables |= {"options": listed, "reply": shown[0], "mark": shown[1]}
    name = f"{FOLDER}/{kind}"
    try:
        compiled = _compiled(text)
    except jinja2.TemplateSyntaxError as error:
        raise SpecError(f"{name}.j2, line {error.lineno}: {error.message}") from None
    talk = converse(Template(name, "", None, {}, compiled), variables)
    messages = next(talk)
    try:
        talk.send(Reply("{}"))
    except StopIteration:
        return messages
    raise SpecError(f"{name}.j2: a judge prompt has one user turn")
