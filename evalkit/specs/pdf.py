"""The text of a PDF file, read by pypdf in a process of its own that is stopped when it takes too long.

Not covered: text in pictures (scanned pages have none), the layout of formulas: a fraction comes as two numbers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.errors import SpecError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MAX_BYTES = 50_000_000
MAX_PAGES = 300
MAX_TEXT = 2_000_000
SECONDS = 60.0
MEMORY = 2_000_000_000
MISSING = "reading a PDF needs pypdf: pip install 'evalkit-tutor[pdf]'"


def text_of(content: bytes, origin: str) -> list[str]:
    """The text of each page. Raises SpecError for what is no PDF, has no text, or takes too long; `origin` names it."""
    if len(content) > MAX_BYTES:
        raise SpecError(f"{origin}: larger than {MAX_BYTES} bytes")
    if not content[:1024].lstrip().startswith(b"%PDF-"):
        raise SpecError(f"{origin}: is no PDF file")
    from evalkit.processes import BARE  # multiprocessing comes with it

    ours, theirs = BARE.Pipe(duplex=False)
    worker = BARE.Process(target=_work, args=(theirs, content), daemon=True)
    worker.start()
    theirs.close()
    try:
        found = ours.recv() if ours.poll(SECONDS) else f"took longer than {SECONDS:g} s"
    except EOFError:
        found = "could not be read within the limits of memory"
    finally:
        worker.kill()
        worker.join()
        ours.close()
    if isinstance(found, str):
        raise SpecError(f"{origin}: {found}")
    if not any(page.strip() for page in found):
        raise SpecError(f"{origin}: holds no text (scanned pages?)")
    return list(found)


def _work(answer: Connection, content: bytes) -> None:
    answer.send(_pages(content))
    answer.close()


def _pages(content: bytes) -> list[str] | str:
    """The pages, or what is wrong."""
    try:
        import pypdf
    except ImportError:
        return MISSING
    import io
    import logging

    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()  # pypdf tells of every flaw that it mends
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return "is encrypted; save it without a password"
        pages, left = [], MAX_TEXT
        for number, page in enumerate(reader.pages):
            if number == MAX_PAGES:
                return f"has more than {MAX_PAGES} pages"
            text = page.extract_text() or ""
            left -= len(text)
            if left < 0:
                return f"holds more than {MAX_TEXT} characters of text"
            pages.append(text.encode("utf-8", "replace").decode("utf-8"))
        return pages
    except Exception as error:  # pypdf raises whatever a broken file leads it to
        return f"could not be read as a PDF ({type(error).__name__})"


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """The content of a file the user named. Raises SpecError."""
    try:
        if not path.is_file():
            raise SpecError(f"{path}: {'is no ordinary file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > most:
        raise SpecError(f"{path}: larger than {most} bytes")
    return content
