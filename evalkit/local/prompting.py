"""Messages to tokens, and tokens back to a reply.

Policies, told by `Prompts.policy`:
- A chat template without a system role gets the system text at the head of the first user message.
- What looks like a control token (`<|im_end|>`) inside a message is read as ordinary text: only the chat template
  itself can write control tokens.
- A template that prints today's date is given a fixed one: a prompt is the same every day.
- The plain template writes `User: ...`, `Assistant: ...`; a reply ends where the model begins a new `User:`.

Not covered: tools, documents, images, and continuing an assistant message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jinja2

from evalkit.errors import ProviderError, SpecError
from evalkit.reading import thoughts
from evalkit.types import Message

PLAIN = (
    "{% for message in messages %}{% if message.role == 'system' %}{{ message.content }}"
    "{% else %}{{ message.role | capitalize }}: {{ message.content }}{% endif %}{{ '\\n\\n' }}{% endfor %}Assistant:"
)
PLAIN_STOP = "\n\nUser:"
FIXED_DATE = "01 Jan 2025"
_DATE = "{%- macro strftime_now(format) -%}" + FIXED_DATE + "{%- endmacro -%}"
_CUT = "\ufdd0"
"""A code point that no text may hold: where a seeming control token is cut in two."""
THINK = "<think>"
_ARGUMENT = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Prompt:
    tokens: list[int]
    thinking: bool
    """The prompt ends inside an open `<think>`."""
    inputs: Any = None
    """All that a model which sees images is called with (see vision.py)."""


class Prompts:
    """Writes prompts for one tokenizer."""

    def __init__(self, model: str, tokenizer: Any, chat_template: str | None, arguments: Mapping[str, Any]) -> None:
        """Raises SpecError for a template that is missing, broken, or does not know an argument."""
        self._model, self._tokenizer = model, tokenizer
        self.plain = chat_template == "plain"
        source = PLAIN if self.plain else chat_template or tokenizer.get_chat_template()
        self._source = _DATE + source if "strftime_now" in source else source
        added = tokenizer.added_tokens_decoder
        names = sorted((t.content for t in added.values() if len(t.content.strip()) > 1), key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, names))) if names else None
        kept = thoughts.markers(t.content for t in added.values())
        self._silent = frozenset(i for i, t in added.items() if t.special and t.content not in kept)
        self._check(arguments)
        self.has_system = self._knows_system()
        self.tokens_of = lru_cache(maxsize=4096)(self._tokens_of)

    @property
    def end(self) -> int | None:
        """The token that ends a reply, as the tokenizer has it."""
        end: int | None = self._tokenizer.eos_token_id
        return end

    @property
    def longest(self) -> int:
        """Tokens that the tokenizer says the model can read (a very large number where it does not say)."""
        return int(self._tokenizer.model_max_length)

    @property
    def policy(self) -> str:
        """How a system message is given to this model."""
        return "system role" if self.has_system else "no system role: its text heads the first user message"

    def write(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> Prompt:
        """The tokens of a prompt. Raises ProviderError (data) where the template refuses the conversation."""
        _, text = self.rendered(messages, arguments)
        tokens = [token for part in text.split(_CUT) for token in self.tokens_of(part)]
        return Prompt(tokens, self.opens_thought(text))

    def rendered(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> tuple[list[Message], str]:
        """The messages as the template gets them, and what it makes of them; see `joined`. Raises ProviderError."""
        self._check(arguments)
        if not self.has_system:
            messages = _without_system(messages)
        safe = [replace(m, content=self._defused(m.content)) for m in messages]
        try:
            return safe, self._render(safe, arguments)
        except jinja2.TemplateError as error:
            raise ProviderError(f"the chat template refuses this conversation: {error}", "data") from None

    def opens_thought(self, text: str) -> bool:
        """Whether a prompt ends inside an open `<think>`."""
        return text.rstrip().endswith(THINK)

    def joined(self, text: str, between: str) -> str:
        """A prompt for those who cannot read it in pieces: `between` breaks what looks like a control token."""
        return text.replace(_CUT, between)

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of a reply, without control tokens but with the tags of thoughts."""
        shown = [token for token in tokens if token not in self._silent]
        text: str = self._tokenizer.decode(shown, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text

    # ------------------------------------------------------------ the template

    def _render(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> str:
        return self.render_of([{"role": m.role, "content": m.content} for m in messages], arguments)

    def render_of(self, turns: Sequence[Mapping[str, Any]], arguments: Mapping[str, Any]) -> str:
        """What the chat template makes of these turns."""
        text: str = self._tokenizer.apply_chat_template(
            list(turns),
            chat_template=self._source,
            tokenize=False,
            add_generation_prompt=True,
            **arguments,
        )
        return text

    def _tokens_of(self, text: str) -> list[int]:
        if not text:
            return []
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return tokens

    def _defused(self, text: str) -> str:
        """Cut every control token, also one that overlaps another, after its first character."""
        text = text.replace(_CUT, "\ufffd")
        if self._control is None:
            return text
        parts, begin, at = [], 0, 0
        while found := self._control.search(text, at):
            at = found.start() + 1
            parts.append(text[begin:at])
            begin = at
        return _CUT.join([*parts, text[begin:]])

    def _check(self, arguments: Mapping[str, Any]) -> None:
        """The library ignores arguments that a template does not know, without a word."""
        for name in arguments:
            where = "enable_thinking" if name == "enable_thinking" else f"chat_template_kwargs.{name}"
            if not (_ARGUMENT.fullmatch(name) and re.search(rf"\b{name}\b", self._source)):
                raise SpecError(
                    f"hf:{self._model}: parameters.{where}: the model's chat template has no such switch; remove it"
                )

    def _knows_system(self) -> bool:
        probe = [Message("system", "evalkit-probe"), Message("user", "Hello")]
        try:
            if "evalkit-probe" in self._render(probe, {}):
                return True
        except jinja2.TemplateError:
            pass  # many templates raise an exception at a system message
        try:
            self._render(probe[1:], {})
        except jinja2.TemplateError as error:
            raise SpecError(f"hf:{self._model}: the chat template does not work: {error}") from None
        return False


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """The system text in front of the first user message."""
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    others = [m for m in messages if m.role != "system"]
    first = next((i for i, m in enumerate(others) if m.role == "user"), None)
    if not system:
        return others
    if first is None:
        return [Message("user", system), *others]
    others[first] = replace(others[first], content=f"{system}\n\n{others[first].content}")
    return others
