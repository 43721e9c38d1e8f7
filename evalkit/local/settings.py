"""What `parameters` of a local model may hold. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from evalkit.errors import SpecError
from evalkit.specs.toml import validate
from evalkit.types import Spec

DEFAULT_MAX_TOKENS = 4096
"""Where neither the parameters nor the model's generation_config.json name a maximum."""
MAX_STOPS = 16
NOT_OURS = ("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "n", "num_beams", "response_format")
"""Known from servers and other libraries; a local model here does not do them."""

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Settings(Spec):
    """All keys of `parameters`. What is None comes from the model's generation_config.json, as with servers."""

    # How the model is loaded.
    dtype: str | None = Field(None, pattern=r"^(auto|float32|float16|bfloat16)$")
    device: str | None = Field(None, pattern=r"^(cpu|mps|cuda(:\d+)?|xpu(:\d+)?)$")
    device_map: str | dict[str, int | str] | None = None
    quantization_config: dict[str, Any] | None = Field(None, description="handed to transformers as it stands")
    attn_implementation: str | None = None
    revision: str | None = Field(None, description="branch, tag or commit on the hub")
    adapter: str | None = Field(None, description="folder of a LoRA adapter; needs peft")
    trust_remote_code: bool = False
    allow_pickle: bool = Field(False, description="read weights that are pickles (.bin), which can carry code")
    threads: int | None = Field(None, ge=1, le=512, description="CPU threads; default OMP_NUM_THREADS, else 1")

    # How the prompt is written.
    chat_template: str | None = Field(None, description="'plain', or a Jinja chat template")
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    enable_thinking: bool | None = None

    # How the reply is drawn.
    temperature: float | None = Field(None, ge=0, le=100)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=0)
    min_p: float | None = Field(None, ge=0, le=1)
    repetition_penalty: float | None = Field(None, gt=0, le=100)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stop: list[_Text] = Field(default_factory=list, max_length=MAX_STOPS)
    seed: int = 0

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, stop: object) -> object:
        return [stop] if isinstance(stop, str) else stop

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        if self.device is not None and self.device_map is not None:
            raise ValueError("give `device` (one device) or `device_map` (spread over several), not both")
        if self.max_tokens is not None and self.max_completion_tokens is not None:
            raise ValueError("`max_tokens` and `max_completion_tokens` mean the same here; give one")
        if "enable_thinking" in self.chat_template_kwargs:
            raise ValueError("give `enable_thinking` beside chat_template_kwargs, not inside")
        return self

    @property
    def template_arguments(self) -> dict[str, Any]:
        """What the chat template is given besides the messages."""
        thinking = {} if self.enable_thinking is None else {"enable_thinking": self.enable_thinking}
        return {**self.chat_template_kwargs, **thinking}


def read(parameters: Mapping[str, Any], model: str) -> Settings:
    """The parameters of a model, checked. Raises SpecError with the known names for one that is not supported."""
    strange = [name for name in NOT_OURS if name in parameters]
    if strange:
        raise SpecError(
            *(f"{model}: parameters.{name}: local models do not support this; remove it" for name in strange)
        )
    return validate(Settings, dict(parameters), model, ("parameters",))


class Sampling(Spec):
    """How one reply is drawn, complete. Rows with equal Sampling are drawn together, others never are."""

    temperature: float = 0.0
    """0 = greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0 = all."""
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    @property
    def greedy(self) -> bool:
        return self.temperature == 0


def sampling(settings: Settings, model_says: Mapping[str, Any]) -> Sampling:
    """The settings, completed by generation_config.json (`model_says`), else greedy without cuts.

    A temperature in the settings overrules `do_sample` of the model's file.
    """
    said = {k: v for k, v in model_says.items() if v is not None}
    default = float(said.get("temperature", 1.0)) if said.get("do_sample") else 0.0
    return Sampling(
        temperature=default if settings.temperature is None else settings.temperature,
        top_p=_first(settings.top_p, said.get("top_p"), 1.0),
        top_k=_first(settings.top_k, said.get("top_k"), 0),
        min_p=_first(settings.min_p, said.get("min_p"), 0.0),
        repetition_penalty=_first(settings.repetition_penalty, said.get("repetition_penalty"), 1.0),
    )


def _first(*values: Any) -> Any:
    return next(v for v in values if v is not None)


def most_tokens(settings: Settings, model_says: Mapping[str, Any]) -> int:
    """The longest reply allowed, in tokens."""
    return int(
        _first(
            settings.max_tokens,
            settings.max_completion_tokens,
            model_says.get("max_new_tokens"),
            DEFAULT_MAX_TOKENS,
        )
    )
