r"""A JSON object (or a Python one) in a reply as its members, with the places of keys and values.

Loose where models are: single quotes, a comma too many, values without quotes, line ends in strings.

Not covered: strings with quotes that are not escaped, comments, objects that break off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

TOKENS = 4000
DEPTH = 8


@dataclass(frozen=True, slots=True)
class Member:
    key: tuple[int, int]
    value: tuple[int, int]
    leaves: tuple[tuple[int, int], ...]
    """Insides of strings and bare values, in order."""
    nested: tuple[Member, ...] = ()
    objects: bool = False
    """An array that holds objects."""


_JSON = re.compile(
    r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\.|(?<=\w)'(?=\w))*'|[{}\[\],:]|[^\s{}\[\],:\"']+|[\"']", re.DOTALL
)
"""A quote alone is a string that does not end: there the object is given up, or each quote would look for its end."""


class BrokenError(Exception):
    """No object."""


class Reader:
    """One pass over the tokens of an object."""

    def __init__(self, text: str, start: int) -> None:
        self.tokens = islice(_JSON.finditer(text, start), TOKENS)
        self.text = text
        self.at: re.Match[str] | None = next(self.tokens, None)

    def read(self) -> tuple[list[Member], int]:
        return self._members(0)

    def _take(self) -> re.Match[str]:
        if self.at is None or self.at[0] in ('"', "'"):
            raise BrokenError
        taken, self.at = self.at, next(self.tokens, None)
        return taken

    def _is(self, sign: str) -> bool:
        return self.at is not None and self.at[0] == sign

    def _members(self, depth: int) -> tuple[list[Member], int]:
        if depth > DEPTH or self._take()[0] != "{":
            raise BrokenError
        members: list[Member] = []
        while not self._is("}"):
            key = self._take()
            if key[0][0] not in "\"'" or self._take()[0] != ":":
                raise BrokenError
            value, leaves, nested, objects = self._value(depth)
            members.append(Member((key.start() + 1, key.end() - 1), value, tuple(leaves), tuple(nested), objects))
            if self._is(","):
                self._take()
            elif not self._is("}"):
                raise BrokenError
        return members, self._take().end()

    def _value(self, depth: int) -> tuple[tuple[int, int], list[tuple[int, int]], list[Member], bool]:
        if self.at is None or depth > DEPTH:
            raise BrokenError
        start = self.at.start()
        if self._is("{"):
            members, end = self._members(depth + 1)
            return (start, end), [leaf for m in members for leaf in m.leaves], members, False
        if self._is("["):
            self._take()
            leaves: list[tuple[int, int]] = []
            objects = False
            while not self._is("]"):
                _, inner, nested, more = self._value(depth + 1)
                leaves += inner
                objects = objects or bool(nested) or more
                if self._is(","):
                    self._take()
                elif not self._is("]"):
                    raise BrokenError
            return (start, self._take().end()), leaves, [], objects
        token = self._take()
        if token[0] in "{}[],:":
            raise BrokenError
        low, high = token.span()
        if token[0][0] in "\"'":
            return (low, high), [(low + 1, high - 1)], [], False
        while self.at is not None and self.at[0] not in ("}", "]", ",") and self.at[0][0] not in "\"'{[":
            high = self._take().end()  # `3/4 km`, which needs no quotes in a loose object
        return (low, high), [(low, high)], [], False
