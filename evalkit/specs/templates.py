"""Prompt templates: Jinja files whose call blocks are the turns of a conversation.

    {% extends "plain.j2" %}
    {% block followup %}
    {% call user() %}
    Here is a hint: {{ hint }}
    {% endcall %}
    {% endblock %}

Every `user` turn is sent as soon as it stands, and the model's answer is in `replies` before the rest of the template
runs: later turns may quote it, branch on it, loop until it says something, or stop early. `system` turns are
sent along. Problem text is a value, never template source, so Jinja or turn marks inside a problem stay inert.

Variables: `statement`, `replies` (the answers so far) and, where the problem has them, `passage`, `hint`,
`hints.nudge`, `hints.method`, `hints.first_line`, `ban`, `request`, `wrong_hint`, `pushback.right`, `pushback.wrong`.
`homework.title`, `.course`, `.setting`, `.notation` and `earlier` (the questions before this one, each with `statement`
and perhaps `passage`) come from the problem's set, see `sets`. `{% if passage is defined %}` tests for one.

A turn `{% call before() %}...{% endcall %}` asks an earlier question in the same conversation: its answer is what the
model has before its eyes, but it is not in `replies` and is not judged.

A template may set `about` (one line for lists), `scored_turn` (which assistant turn, counted from 1, stands for the
trial; default: the last) and `wordings` (a list of texts): `wording` is then the one that was drawn for the sample.

Not covered: assistant turns written by the template (few-shot examples belong in a user turn), tools.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from evalkit.errors import SpecError
from evalkit.specs import wordings
from evalkit.specs.attachments import NOTHING, Attached, with_texts
from evalkit.specs.sandbox import MAX_CHARACTERS, Sandbox, bare, pieces
from evalkit.types import Attachment, Message, Reply, Role, digest

EARLIER = "earlier"
AROUND = ("homework", EARLIER)
"""What stands around a problem: variables only of the templates that name them."""
FIELDS = ("passage", "hint", "hints", "ban", "request", "wrong_hint", "pushback", *AROUND)
"""What a problem may lack. A template that needs one leaves such a problem out."""
ANSWER_LINE = "answer_line"
"""A variable that no template reads: its text ends every user turn of every arm alike."""
WORDING = "wording"
"""What was drawn from a template's own `wordings`."""
VARIABLES = ("statement", "replies", *FIELDS, WORDING)
MAX_TURNS = 40
MAX_DEEP = 100
"""Templates that build on each other in a row."""
_TURNS = ("system", "user", "before")


class LacksError(SpecError):
    """The problem does not have what the template needs. `name` is the variable."""

    def __init__(self, template: str, name: str) -> None:
        self.name = name
        super().__init__(f"template {template!r} needs `{name}`, which the problem does not have")


class _MissingError(jinja2.UndefinedError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


class Undeclared(jinja2.StrictUndefined):
    """Remembers what was asked for, so that the error can say whether the problem or a typo is at fault."""

    def __init__(
        self, hint: str | None = None, obj: Any = missing, name: str | None = None, exc: Any = jinja2.UndefinedError
    ) -> None:
        path = f"{_name_of(obj)}{name}" if obj is not missing else str(name)
        ours = exc is jinja2.UndefinedError  # else a SecurityError, which says itself what is wrong
        super().__init__(hint, obj, name, (lambda _: _MissingError(path)) if ours else exc)  # type: ignore[arg-type]

    __slots__ = ()


class _Table(dict[str, str]):
    """A problem's table (`hints`, `pushback`) that knows its name for error messages."""

    def __init__(self, name: str, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.name = name


def _tabled(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_tabled(f"{name}, entry", entry) for entry in value]
    return _Table(name, value) if isinstance(value, Mapping) else value


def _name_of(obj: object) -> str:
    if isinstance(obj, _Table):
        return f"{obj.name}."
    return "replies, entry " if isinstance(obj, list) else ""


@dataclass(frozen=True)
class Template:
    """One prompt template, checked. `sources` holds its text and that of every file it builds on, by file name."""

    name: str
    about: str
    scored_turn: int | None
    sources: Mapping[str, str]
    compiled: jinja2.Template
    wordings: tuple[str, ...] = ()
    """Of which one is drawn for each sample."""
    uses: frozenset[str] = frozenset()
    """The variables that it names, those of what it builds on included; `hints.*` where it takes the whole table."""

    def __repr__(self) -> str:
        return f"<Template {self.name}: {self.about}>"

    @property
    def hash(self) -> str:
        """SHA-256 over the template and all it builds on."""
        return digest(dict(self.sources))


class Library:
    """The templates of one folder, and of one behind it for names that it lacks. Each is read and compiled once."""

    def __init__(self, folder: Path, behind: Path | None = None) -> None:
        self.folder, self.behind = folder, behind
        if not folder.is_dir():
            raise SpecError(f"{folder}: no such folder of prompt templates; without --prompts, evalkit's own are taken")
        self._cache: dict[str, Template] = {}
        self._trees: dict[str, tuple[nodes.Template, str]] = {}
        self._environment = Sandbox(self.folders, Undeclared)

    @property
    def folders(self) -> list[Path]:
        """Where files are looked for, in this order."""
        return [self.folder, *([self.behind] if self.behind else [])]

    def names(self) -> tuple[str, ...]:
        """Names of all templates, sorted; files that begin with `_` are only built upon."""
        return tuple(sorted(p.stem for p in self.folder.glob("*.j2") if not p.name.startswith("_")))

    def everything(self) -> tuple[str, ...]:
        """Names of all templates that can be loaded, those of the folder behind included."""
        shipped = self.behind.glob("*.j2") if self.behind else ()
        return tuple(sorted({*self.names(), *(p.stem for p in shipped if not p.name.startswith("_"))}))

    def load(self, name: str) -> Template:
        """Read, compile and check one template. Raises SpecError with file, line and what is allowed."""
        if name not in self._cache:
            known = self.everything()
            if name not in known:
                several = f"; write {' '.join(f'-t {n}' for n in name.split(','))}" if "," in name else ""
                nearest = several or _nearest(name, known)
                raise SpecError(f"unknown template {name!r} in {self.folder}/{nearest}")
            self._cache[name] = self._read(name)
        return self._cache[name]

    def _read(self, name: str) -> Template:
        trees: dict[str, tuple[nodes.Template, str]] = {}
        self._chain(f"{name}.j2", f"{self.folder}/{name}.j2", trees)
        settings: dict[str, Any] = {}
        assigned = {n.name for tree, _ in trees.values() for n in tree.find_all(nodes.Name) if n.ctx == "store"}
        uses: set[str] = set()
        for file, (tree, _) in trees.items():
            named = meta.find_undeclared_variables(tree)
            uses |= named
            unknown = named - {*VARIABLES, *_TURNS, *assigned}
            if unknown:
                bad = min(unknown)
                allowed = (*VARIABLES, *_TURNS)
                raise SpecError(f"{self.folder / file}: unknown variable {bad!r}{_nearest(bad, allowed)}")
            for node in tree.find_all(nodes.Assign):
                given = bare(node.node)
                if isinstance(node.target, nodes.Name) and isinstance(given, nodes.Const | nodes.List):
                    with suppress(nodes.Impossible):  # only what stands there as it is
                        settings.setdefault(node.target.name, given.as_const())
        scored = settings.get("scored_turn")
        if scored is not None and (not isinstance(scored, int) or not 1 <= scored <= MAX_TURNS):
            raise SpecError(f"{self.folder}/{name}.j2: scored_turn is {scored!r}; allowed is a number from 1 on")
        sources = {file: text for file, (_, text) in trees.items()}
        compiled = self._environment.get_template(f"{name}.j2")
        uses |= {used for tree, _ in trees.values() for used in wordings.names_in(tree)}
        several = wordings.checked(settings.get("wordings"), f"{self.folder}/{name}.j2")
        return Template(name, str(settings.get("about", "")), scored, sources, compiled, several, frozenset(uses))

    def _chain(
        self, file: str, origin: str, found: dict[str, tuple[nodes.Template, str]], above: tuple[str, ...] = ()
    ) -> None:
        """Adds the template and everything that it extends, includes or imports, each parsed once."""
        if file in above:
            raise SpecError(f"{origin}: {file} builds on itself ({' > '.join((*above, file))})")
        if len(above) > MAX_DEEP:
            raise SpecError(f"{origin}: builds on more than {MAX_DEEP} files, one in the other")
        if file in found:
            return
        try:
            found[file] = self._parsed(file)
        except jinja2.TemplateSyntaxError as error:
            raise SpecError(f"{self.folder / file}, line {error.lineno}: {error.message}") from None
        except jinja2.TemplateNotFound:
            raise SpecError(f"{origin}: there is no template {file!r}{_nearest(file, self.everything())}") from None
        except (RecursionError, MemoryError):
            raise SpecError(f"{self.folder / file}: nested too deeply, or too long") from None
        except UnicodeDecodeError as error:
            raise SpecError(f"{self.folder / file}: cannot be read as UTF-8 text: {error}") from None
        except OSError as error:
            raise SpecError(f"{self.folder / file}: cannot be read: {error.strerror or error}") from None
        for other in meta.find_referenced_templates(found[file][0]):
            if other is None:
                raise SpecError(f"{self.folder / file}: `extends` and `include` need a file name in quotes")
            self._chain(other, str(self.folder / file), found, (*above, file))

    def _parsed(self, file: str) -> tuple[nodes.Template, str]:
        """A file and its text, read once for all that build on it."""
        if file not in self._trees:
            assert self._environment.loader is not None  # noqa: S101 - set in __init__, for the type checker
            text, _, _ = self._environment.loader.get_source(self._environment, file)
            tree = self._environment.parse(text)
            self._environment.compile(tree)  # finds unknown filters and tests
            self._trees[file] = tree, text
        return self._trees[file]


def about_of(text: str) -> str:
    """What a template says of itself (`{% set about = "..." %}`); empty where it says nothing. Nothing is rendered."""
    try:
        tree = jinja2.Environment(autoescape=True).parse(text[:MAX_CHARACTERS])
    except (jinja2.TemplateSyntaxError, RecursionError, MemoryError):
        return ""
    for node in tree.find_all(nodes.Assign):
        if isinstance(node.target, nodes.Name) and node.target.name == "about" and isinstance(node.node, nodes.Const):
            return str(node.node.value)
    return ""


@dataclass(frozen=True)
class Script:
    """A template with all that it is rendered with: one for all samples that are asked the same."""

    template: Template
    variables: Mapping[str, Any]
    attached: Attached = NOTHING
    """What goes along with the first turns, as the model gets it."""

    def hold(self) -> Generator[tuple[Message, ...], Reply, None]:
        """Hold the conversation once, see `converse`."""
        replies: list[str] = []
        turns = self._fixed
        return _held(self.template, _turns(self, replies) if turns is None else turns, replies)

    @cached_property
    def _fixed(self) -> tuple[Message, ...] | None:
        """All that the template says, where no reply can change it. Rendering it is what a request costs most."""
        if "replies" in self.template.uses:
            return None
        try:
            return tuple(_turns(self, []))
        except SpecError:  # told when the conversation comes to it, as everywhere
            return None


def converse(
    template: Template, variables: Mapping[str, Any], attached: Attached = NOTHING
) -> Generator[tuple[Message, ...], Reply, None]:
    """Hold the conversation: yields the messages to send, receives the Reply. Does no I/O.

    It ends when the template does, or after a reply that is not complete (cut off, refused, failed): what the
    template would say next was written for an answer. Messages of earlier questions and their answers say so.
    attached: what goes along with the first turns, as the model gets it.
    Raises LacksError when the problem lacks a variable, SpecError for other faults of the template.
    """
    replies: list[str] = []
    return _held(template, _turns(Script(template, variables, attached), replies), replies)


def _held(
    template: Template, turns: Iterable[Message], replies: list[str]
) -> Generator[tuple[Message, ...], Reply, None]:
    """The conversation, turn by turn; an answer is in `replies` before the next turn is asked for."""
    messages: list[Message] = []
    for message in turns:
        messages.append(message)
        if message.role != "user":
            continue
        _cap(template, messages)
        reply = yield tuple(messages)
        # Of an earlier question any answer will do, cut off or refused: it is what a reader would see above.
        if (reply.error or not reply.text.strip()) if message.earlier else reply.unjudged:
            return
        if not message.earlier:
            replies.append(reply.text)
        messages.append(Message("assistant", reply.text, message.earlier))
    if not replies:
        raise SpecError(f"template {template.name!r} has no user turn: write {{% call user() %}} ... {{% endcall %}}")


def _turns(script: Script, replies: list[str]) -> Iterator[Message]:
    """What the template says, as soon as it stands. replies: the answers so far, filled by whoever holds it."""
    unsent: list[Message] = []
    variables = script.variables
    left = {"shared": script.attached.shared, "own": script.attached.own}
    of_earlier = {place: files for place, files in enumerate(script.attached.earlier) if files}

    def along(role: Role, earlier: bool, text: str) -> tuple[Attachment, ...]:
        """The attachments of this turn: those of the set go with the first one, those of a question with its own."""
        if role != "user":
            return ()
        return (*left.pop("shared", ()), *(before(text) if earlier else left.pop("own", ())))

    def before(text: str) -> tuple[Attachment, ...]:
        """Of the first earlier question with files whose statement this turn asks."""
        for place, question in enumerate(variables.get(EARLIER, ())):
            if place in of_earlier and question["statement"] in text:
                return of_earlier.pop(place)
        return ()

    def turn(role: Role, earlier: bool = False) -> Callable[..., str]:
        def add(caller: Callable[[], str]) -> str:
            text = caller().strip("\n")
            lined = line and role == "user" and not earlier  # the form of the answer is that of the scored question
            text = f"{text}\n\n{line}" if lined else text
            files = along(role, earlier, text)
            unsent.append(Message(role, with_texts(text, files), earlier, files))
            return ""

        return add

    line = variables.get(ANSWER_LINE)
    context = {name: _tabled(name, value) for name, value in variables.items() if name != ANSWER_LINE}
    context |= {"replies": replies, "system": turn("system"), "user": turn("user"), "before": turn("user", True)}
    for piece in _pieces(script.template, context):
        if piece.strip():
            raise SpecError(f"template {script.template.name!r}: text outside a turn: {piece.strip()[:60]!r}")
        yield from unsent
        unsent.clear()


_JINJAS = (AssertionError, NameError, AttributeError)
"""What Jinja's own code raises: `truncate(-5)`, a constant that becomes `inf`."""


def _pieces(template: Template, context: dict[str, Any]) -> Iterator[str]:
    """Run the template piece by piece; Jinja's errors become ours."""
    try:
        yield from pieces(template.compiled, context)
    except _MissingError as error:
        if error.name.split(".")[0] in FIELDS:
            raise LacksError(template.name, error.name) from None
        raise SpecError(f"template {template.name!r}: {error.name} does not exist") from None
    except (jinja2.TemplateError, SecurityError) as error:
        raise SpecError(f"template {template.name!r}: {error}") from None
    except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError, MemoryError, *_JINJAS) as error:
        raise SpecError(f"template {template.name!r}: {type(error).__name__}: {error}") from None


def _cap(template: Template, messages: list[Message]) -> None:
    if sum(m.role == "user" for m in messages) > MAX_TURNS:
        raise SpecError(f"template {template.name!r} goes beyond {MAX_TURNS} user turns: does its loop end?")
    if sum(len(m.content) for m in messages) > MAX_CHARACTERS:
        raise SpecError(f"template {template.name!r}: the conversation exceeds {MAX_CHARACTERS} characters")


def rehearse(
    template: Template, variables: Mapping[str, Any], attached: Attached = NOTHING
) -> tuple[tuple[Message, ...], ...]:
    """The requests of a conversation whose answers are stand-ins: for `check`, `show` and estimates; nothing is sent.

    A template that branches on what the model says may go another way in a run.
    """
    conversation = converse(template, variables, attached)
    requests: list[tuple[Message, ...]] = []
    try:
        requests.append(next(conversation))
        while True:
            requests.append(conversation.send(Reply(f"[answer {len(requests)} of the model]")))
    except StopIteration:
        return tuple(requests)


def _nearest(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint} (known: {', '.join(known)})"
