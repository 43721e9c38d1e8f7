"""Pieces of a homework as questions with parts and solutions.

A solution belongs to the deepest part that is open where it begins. Where the marks inside it name parts which the
question has already (`(a) There are 26! ways`), it is split among them; where it cannot be split, each part gets all of
it, and this is listed. A list in a statement is a list of parts, unless the statement goes on behind it.

Not covered: a solution that answers two questions at once; questions that are marked by layout alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.specs.homework.heads import FIRST, ROMAN, Piece, next_to
from evalkit.specs.homework.solved import Homework, Question, Solving, as_options, settle, share, solved

MAX_QUESTIONS = 500
MAX_PARTS = 60
MAX_SKIPPED = 10
"""By how much a bare number may exceed the question before it."""
FEW = 8
"""So many words may stand behind a list of parts: more of them are a statement that goes on."""


def build(pieces: Sequence[Piece], homework: Homework) -> Homework:
    """Fills in the questions, and the text before the first one as the setting."""
    builder = _Builder(_ranked(pieces), homework)
    builder.run()
    return homework


def _ranked(pieces: Sequence[Piece]) -> list[Piece]:
    """Questions in words or by commands; without any, bare numbers, entries of the outermost lists, headings."""
    asked = [p for p in pieces if p.kind == "question"]
    if any(not p.bare for p in asked):
        return [Piece("text", p.text) if p.kind == "question" and p.bare and not p.part else p for p in pieces]
    if any(p.label == "1" for p in asked):
        return list(pieces)
    marks = [(p.kind, p.label) for p in pieces if p.kind in ("part", "item")]
    if [mark for mark in marks[:1] if mark == ("part", "a")] and ("part", "b") in marks:
        return [replace(p, kind="question") if p.kind == "part" and not p.sure else p for p in pieces]
    if any(p.kind == "item" for p in pieces):
        return _items_as_questions(pieces)
    return [Piece("question", p.text, title=p.title, points=p.points) if p.kind == "heading" else p for p in pieces]


def _items_as_questions(pieces: Sequence[Piece]) -> list[Piece]:
    found, depth = [], 0
    for p in pieces:
        depth += p.kind == "list"
        outermost = depth == 1 and p.kind in ("list", "endlist", "item")
        depth -= p.kind == "endlist"
        if not outermost:
            found.append(p)
        elif p.kind == "item":
            found.append(Piece("question", p.text, p.label, points=p.points))
    return found


class _Builder:
    def __init__(self, pieces: list[Piece], homework: Homework) -> None:
        self.pieces, self.homework = pieces, homework
        self.open: list[Question] = []
        """The question, its part, its part's part."""
        self.behind: list[str] | None = None
        """What stands behind the environment of the last question, while nothing else has begun."""
        self.lists: list[bool] = []
        """Of every list that is open in a statement: whether its entries are parts."""
        self.solving: Solving | None = None
        self.collected = False
        """Solutions stand together at the end: a number refers to the question that has it already."""

    def run(self) -> None:
        for at, piece in enumerate(self.pieces):
            if self.solving is None or not self._inside(piece):
                self._outside(piece, at)
        self._close()
        self._unsaid()
        for question in self.homework.questions:
            as_options(question, self.homework.doubts)
            share(question, self.homework.doubts)
        self._gaps()
        if not self.homework.questions:
            self.homework.doubts.append("no question was found")

    def _say(self, text: str) -> None:
        if self.solving is not None:
            self.solving.pieces.append(Piece("text", text))
        elif self.behind is not None:
            self.behind.append(text)
        elif self.open:
            self.open[-1].text += text
        else:
            self.homework.setting += text

    # ------------------------------------------------------------ inside a solution

    def _inside(self, piece: Piece) -> bool:
        """Takes a piece into the solution that is open; False: it does not belong there, and the solution is closed."""
        solving = self.solving
        assert solving is not None  # noqa: S101
        kind = piece.kind
        if kind == "end":
            solving.environments -= 1
            solving.pieces.append(piece)
            if solving.closed and solving.environments <= 0:
                self._close()
            return True
        if kind == "solution" and (piece.closed or solving.environments):
            solving.environments += piece.closed
            solving.pieces.append(piece)
            return True
        ends = not solving.environments and (
            kind in ("question", "close", "solution")
            or (kind in ("item", "endlist") and solving.lists == 0)
            or (kind == "part" and self._goes_on(piece))
        )
        if ends and not (kind == "question" and piece.bare and not self._in_order(piece)):
            self._close()
            return False
        if kind == "heading":
            self._doubt_heading(piece, "stands in its solution")
        solving.lists += (kind == "list") - (kind == "endlist")
        solving.pieces.append(piece)
        return True

    def _goes_on(self, piece: Piece) -> bool:
        """Whether a part mark behind a solution begins the next part, and does not name one that is there already."""
        if piece.sure and piece.label is None:
            return True
        if any(piece.label == p.label for q in self.open for p in q.parts):
            return False
        return any(q.parts and piece.label in next_to(q.parts[-1].label) for q in self.open)

    def _close(self) -> None:
        if self.solving is not None:
            settle(self.solving, self.homework.doubts)
            self.solving = None

    # ------------------------------------------------------------ outside

    def _outside(self, piece: Piece, at: int) -> None:
        if piece.kind == "question":
            self._question(piece)
        elif piece.kind == "part":
            self._part(piece)
        elif piece.kind == "solution":
            self._solution(piece)
        elif piece.kind == "list":
            self.lists.append(piece.sure or self._asks(at))
            if not self.lists[-1]:
                self._say(piece.text)
        elif piece.kind == "endlist":
            if not self.lists or not self.lists.pop():
                self._say(piece.text)
            self.open = self.open[: 1 + sum(self.lists)]
        elif piece.kind == "item":
            above = self.open[: sum(self.lists)]
            if not self.lists or not self.lists[-1] or not above:
                self._say(piece.text)
            else:
                self._add(above, piece)
        elif piece.kind == "choice" and self.open:
            self.open[-1].options.append((piece.title, piece.correct))
        elif piece.kind == "close":
            self.behind = [] if self.open else None
        elif piece.kind == "heading" and self.open:
            self._doubt_heading(piece, "was left in its text")
            self._say(piece.text)
        else:
            self._say(piece.text)

    def _doubt_heading(self, piece: Piece, what: str) -> None:
        self.homework.doubts.append(f"{self._where()}: the heading {piece.title[:60]!r} marks no question and {what}")

    def _unsaid(self) -> None:
        """What stood behind the environment of a question: its solution, where none is marked."""
        text, self.behind = "".join(self.behind or ()), None
        if len(text.split()) <= FEW:
            return
        question = self.open[0]
        if solved(question):
            self.homework.doubts.append(f"{question.label}: the text behind its environment was left out")
        else:
            question.solution = text
            self.homework.doubts.append(f"{question.label}: the text behind its environment was taken for its solution")

    def _question(self, piece: Piece) -> None:
        known = {q.label: q for q in self.homework.questions}
        if piece.bare and not self._in_order(piece):
            self._say(piece.text)
            return
        if piece.part and self.open and piece.label == self.open[0].label and not self.collected:
            self._part(Piece("part", piece.text, piece.part, points=piece.points, sure=False))
            return
        if piece.label is None and self.open and self._untouched(self.open[0]):
            return  # `**Problem.**` below the heading `Problem 1`
        self._unsaid()
        self.lists = []
        if piece.label in known:
            self.collected = True
            self.open = [known[piece.label]]
            self.solving = Solving(list(self.open))
            if piece.part:
                self.solving.pieces.append(Piece("part", "", piece.part))
            return
        if len(known) == MAX_QUESTIONS:
            self.homework.doubts.append(f"more than {MAX_QUESTIONS} questions: the rest was left out")
        question = Question(piece.label or self._next(), piece.title, piece.points)
        if len(known) < MAX_QUESTIONS:
            self.homework.questions.append(question)
        self.open = [question]
        if piece.part:
            self._part(Piece("part", "", piece.part, sure=False))

    @staticmethod
    def _untouched(question: Question) -> bool:
        return not (question.text.strip() or question.parts or question.solution or question.options)

    def _next(self) -> str:
        last = self.homework.questions[-1].label if self.homework.questions else "0"
        return str(int(last) + 1 if last.isdigit() else len(self.homework.questions) + 1)

    def _in_order(self, piece: Piece) -> bool:
        """Whether a bare number may be a question's: above the last one, or known, among solutions at the end."""
        labels = [q.label for q in self.homework.questions]
        last = labels[-1] if labels else "0"
        number = piece.label or ""
        if not (last.isdigit() and number.isdigit()):
            return False
        if piece.part and number == last:
            return True
        return int(last) < int(number) <= int(last) + MAX_SKIPPED or (self.collected and number in labels)

    def _part(self, piece: Piece) -> None:
        if not self.open:
            self._say(piece.text)
            return
        if piece.sure and piece.label is None:  # a command: what it stands under is known from its own name
            self._add(self.open[: 1 + piece.text.count("sub")], piece)
            return
        for depth in range(len(self.open), 0, -1):
            row = self.open[depth - 1].parts
            if piece.label in (next_to(row[-1].label) if row else FIRST):
                self._add(self.open[:depth], piece)
                return
        self._say(piece.text)

    def _add(self, above: list[Question], piece: Piece) -> None:
        row = above[-1].parts
        if len(above) > 3 or len(row) == MAX_PARTS:
            self._say(piece.text)
            return
        part = Question(piece.label or _after(row, len(above)), piece.title, piece.points)
        row.append(part)
        self.open = [*above, part]

    def _solution(self, piece: Piece) -> None:
        if not self.open:
            self._say(piece.text)
            return
        if piece.label and piece.label != self.open[0].label:
            known = {q.label: q for q in self.homework.questions}
            if piece.label not in known:
                self.homework.doubts.append(f"a solution of {piece.label!r}, which is no question, was left out")
                self.solving = Solving([Question(piece.label)], [], piece.closed, int(piece.closed))
                return
            self.open, self.lists = [known[piece.label]], []
        elif piece.label and not self.lists:
            self.open = self.open[:1]
        self.solving = Solving(list(self.open), [], piece.closed, int(piece.closed))
        if piece.part:
            self.solving.pieces.append(Piece("part", "", piece.part))

    def _asks(self, at: int) -> bool:
        """Whether the list that begins here asks questions: several entries, and nothing behind it but a solution."""
        depth, items, behind = 0, 0, ""
        for piece in self.pieces[at:]:
            if piece.kind == "list" and depth == 0 and items:
                behind += FEW * " and more"  # another list: the statement goes on
                break
            depth += (piece.kind == "list") - (piece.kind == "endlist")
            if depth > 0:
                items += piece.kind == "item" and depth == 1
            elif piece.kind == "text":
                behind += piece.text
            elif piece.kind != "endlist":
                break
        if not self.open or items < 2:
            return False
        if len(behind.split()) > FEW:
            said = f"{self._where()}: a list was left in the statement, which goes on behind it"
            self.homework.doubts.append(said)
            return False
        return True

    def _gaps(self) -> None:
        numbers = [int(q.label) for q in self.homework.questions if q.label.isdigit()]
        if missing := sorted(set(range(min(numbers, default=1), max(numbers, default=0))) - set(numbers)):
            self.homework.doubts.append(f"no question was found for the numbers {', '.join(map(str, missing[:20]))}")

    def _where(self) -> str:
        return "".join(q.label for q in self.open)


def _after(row: Sequence[Question], depth: int) -> str:
    """The label of the next part: a, b, ... below a question, i, ii, ... below a part."""
    if not row:
        return "a" if depth == 1 else "i"
    last = row[-1].label
    roman = last in ROMAN and row[0].label == "i"
    nearest = sorted(next_to(last), key=lambda label: (label in ROMAN) != roman)
    return nearest[0] if nearest else str(len(row) + 1)
