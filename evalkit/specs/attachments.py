"""Files that go along with a problem: the homework as a PDF, figures.

    attachments = ["hw8.pdf", "figures/tree.png"]       in set.toml, or at the top of a problem file

Those of a set go with the first turn of every conversation, those of a problem with the first turn of its own question.
A model gets them as they are (`parts`: images and PDF files, as the forms of OpenAI have them) or as their text
(`text`: what pypdf reads in a PDF), as its provider says in ATTACHMENTS or the experiment in the model's `attachments`.

In a conversation that asks earlier questions first, theirs go with their own turns.

Not covered: sound, video, other documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.specs import pdf
from evalkit.types import Attachment, ModelSpec

MAX_BYTES = 20_000_000
MAX_FILES = 10
PDF = "application/pdf"
_IMAGES: Mapping[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF87a": "image/gif", b"GIF89a": "image/gif",
}  # fmt: skip


@dataclass(frozen=True)
class Attached:
    """What goes along with the conversations of one problem."""

    shared: tuple[Attachment, ...] = ()
    own: tuple[Attachment, ...] = ()
    earlier: tuple[tuple[Attachment, ...], ...] = ()
    """Of each question before it, in their order: for templates that ask those first."""

    @property
    def all(self) -> tuple[Attachment, ...]:
        return (*self.shared, *(a for files in self.earlier for a in files), *self.own)

    def each(self, change: Callable[[Attachment], Attachment]) -> Attached:
        """The same with every file changed."""
        shared, own = (tuple(map(change, files)) for files in (self.shared, self.own))
        return Attached(shared, own, tuple(tuple(map(change, files)) for files in self.earlier))

    @property
    def identity(self) -> list[list[str]]:
        """What tells two of them apart: of each file its hash, and the text where that is sent."""
        return [[a.name, a.sha256, "file" if a.text is None else a.text] for a in self.all]


NOTHING = Attached()


def load(names: Sequence[str], folder: Path, origin: str) -> tuple[Attachment, ...]:
    """The files that a set or a problem names. Raises SpecError; `origin` is the file that names them."""
    faults, found = [], []
    for name in names:
        try:
            found.append(_load(name, folder.resolve()))
        except SpecError as error:
            faults += [f"{origin}: attachments: {problem}" for problem in error.problems]
    if faults:
        raise SpecError(*faults)
    return tuple(found)


def _load(name: str, folder: Path) -> Attachment:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith(("/", "~")) or ".." in parts or "\\" in name or not name.isprintable():
        raise SpecError(f"{name!r}: write a path below the folder of the problems, such as figures/tree.png")
    path = folder / name
    if path.is_file() and path.resolve() != path:
        raise SpecError(f"{name}: is a link; copy the file")
    return _read(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=16)
def _read(path: Path, _changed: int) -> Attachment:
    """One object for each file, however many problems name it: its content is held once."""
    content = pdf.read_bytes(path, MAX_BYTES)
    kind = type_of(content)
    if kind is None:
        raise SpecError(f"{path.name}: is neither a PDF nor an image (PNG, JPEG, GIF, WebP)")
    return Attachment(path.name, kind, hashlib.sha256(content).hexdigest(), len(content), content=content)


def type_of(content: bytes) -> str | None:
    """The type of a PDF or an image, by its first bytes; None for anything else."""
    return PDF if content.startswith(b"%PDF-") else image_type(content)


def image_type(content: bytes) -> str | None:
    """The type of an image, by its first bytes; None for anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _IMAGES.items() if content.startswith(magic)), None)


def sent_to(attached: Attached, spec: ModelSpec) -> Attached:
    """What this model gets. Raises SpecError where it takes no such files; nothing has been asked then."""
    if not attached.all:
        return attached
    able = getattr(plugins.load("providers", spec.provider), "ATTACHMENTS", None)
    form = spec.attachments or able
    sees = bool(getattr(plugins.load("providers", spec.provider), "IMAGES", False))
    if form == "parts" and able == "text" and sees:
        return attached.each(_seen)
    if form is None or (form == "parts" and able == "text"):
        raise SpecError(
            f"{spec.id}: the provider {spec.provider!r} takes no attachments as {form or 'parts'}; leave `attachments` "
            'out, give the model their text (attachments = "text"), or let the provider\'s file say ATTACHMENTS'
        )
    if form == "parts":
        return attached
    images = [a.name for a in attached.all if a.type != PDF]
    if images:
        raise SpecError(
            f"{spec.id}: is given the text of attachments, and {images[0]} is an image: leave it out, or ask a "
            'model that sees images (behind a server, openai:..., or a local one with attachments = "parts")'
        )
    return attached.each(_as_text)


def _seen(attachment: Attachment) -> Attachment:
    """A local model that sees gets images as they are, and no PDF."""
    return _as_text(attachment) if attachment.type == PDF else attachment


def _as_text(attachment: Attachment) -> Attachment:
    return replace(attachment, text=_text(attachment))


@lru_cache(maxsize=64)
def _text(attachment: Attachment) -> str:
    pages = pdf.text_of(attachment.content, attachment.name)
    return "\n\n".join(page.strip() for page in pages if page.strip())


def with_texts(text: str, attachments: Sequence[Attachment]) -> str:
    """What a user turn says, where the text of files goes along in it."""
    told = [f"[The text of the attached file {a.name}]\n{a.text}\n[End of {a.name}]" for a in attachments if a.text]
    return "\n\n".join([*told, text])
