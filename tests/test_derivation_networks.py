r"""A network of two layers in the spellings of many courses: what is true of its gradients is seen to be, and nothing else is.

Layers as `W_1`, `W_{1}`, `W^{(1)}`, `W^{[1]}` or in bold; derivatives as quotients, in one line or as `\nabla_W`; a loss of
which nothing is known, or a known one; activations that are known, named or free.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from tests.derivation_help import setting_of

LAYERS: dict[str, Callable[[str, int], str]] = {
    "below": lambda name, layer: f"{name}_{layer}",
    "in braces": lambda name, layer: f"{name}_{{{layer}}}",
    "round": lambda name, layer: f"{name}^{{({layer})}}",
    "square": lambda name, layer: f"{name}^{{[{layer}]}}",
    "bold": lambda name, layer: f"\\mathbf{{{name}}}_{layer}" if len(name) == 1 else f"{name}_{layer}",
}
DERIVATIVES: dict[str, Callable[[str, str], str]] = {
    "quotient": lambda loss, by: f"\\frac{{\\partial {loss}}}{{\\partial {by}}}",
    "nabla": lambda loss, by: f"\\nabla_{{{by}}} {loss}",
    "slash": lambda loss, by: f"\\partial {loss}/\\partial {by}",
}
ACTIVATIONS = ("\\sigma", "f", "\\tanh", "g", "\\phi")
LOSSES = ("L", "\\mathcal{L}", "J", "\\ell", "E")
PLACES = ("\n$$\n{}\n$$\n", "${}$. ", "\n- ${}$")
TURNED = ("\\top", "T", "\\mathsf{T}")


class Network:
    """One spelling, drawn by a seed."""

    def __init__(self, layers: str, derivatives: str, known: bool, seed: int) -> None:
        draw = random.Random(seed)
        self.of, self.slope, self.known, self.bold = LAYERS[layers], DERIVATIVES[derivatives], known, layers == "bold"
        self.activation, self.loss, self.top = draw.choice(ACTIVATIONS), draw.choice(LOSSES), draw.choice(TURNED)
        self.place = draw.choice(PLACES)
        self.x, self.y = ("\\mathbf{x}", "\\mathbf{y}") if self.bold else ("x", "y")

    def turned(self, name: str) -> str:
        return f"({name})^{{{self.top}}}" if "^" in name else f"{name}^{{{self.top}}}"

    def by(self, name: str) -> str:
        return self.slope(self.loss, name)

    def signal(self, layer: int) -> str:
        return self.of("\\delta", layer)

    @property
    def setting(self) -> Setting:
        shapes = {self.of("W", 1): "m x n", self.of("W", 2): "k x m", self.of("b", 1): "m", self.of("b", 2): "k"}
        return setting_of({"symbols": {**shapes, self.x: "n", self.y: "k, data"}})

    @property
    def head(self) -> str:
        of, x = self.of, self.x
        layers = [
            f"${of('z', 1)} = {of('W', 1)}{x} + {of('b', 1)}$",
            f"${of('a', 1)} = {self.activation}({of('z', 1)})$",
            f"${of('z', 2)} = {of('W', 2)}{of('a', 1)} + {of('b', 2)}$",
        ]
        known = f"${self.loss} = \\frac12\\|{of('z', 2)} - {self.y}\\|^2$"
        loss = (
            f"with the loss {known}" if self.known else f"and the loss ${self.loss}$ is some function of ${of('z', 2)}$"
        )
        return f"The network computes {', '.join(layers)} {loss}.\n\nLet ${self.signal(2)} = {self.by(of('z', 2))}$.\n\nThen "

    @property
    def steps(self) -> list[str]:
        of, by, turned = self.of, self.by, self.turned
        back = f"({turned(of('W', 2))}{self.signal(2)}) \\odot {self.activation}'({of('z', 1)})"
        return [
            f"{by(of('W', 2))} = {self.signal(2)}{turned(of('a', 1))}",
            f"{by(of('b', 2))} = {self.signal(2)}",
            f"{by(of('a', 1))} = {turned(of('W', 2))}{self.signal(2)}",
            f"{by(of('z', 1))} = {back}",
            f"{self.signal(1)} = {back}",
            f"{by(of('W', 1))} = {self.signal(1)}{turned(self.x)}",
            f"{by(of('b', 1))} = {self.signal(1)}",
            f"{by(self.x)} = {turned(of('W', 1))}{self.signal(1)}",
        ]

    @property
    def wrong(self) -> list[tuple[int, str]]:
        """Steps that do not hold, each with its place among the others."""
        of, by, turned = self.of, self.by, self.turned
        return [
            (0, f"{by(of('W', 2))} = {self.signal(2)}{turned(self.x)}"),
            (2, f"{by(of('a', 1))} = {turned(of('W', 1))}{self.signal(2)}"),
            (3, f"{by(of('z', 1))} = {turned(of('W', 2))}{self.signal(2)}"),
            (3, f"{by(of('z', 1))} = ({turned(of('W', 2))}{self.signal(2)}) \\odot {self.activation}({of('z', 1)})"),
            (5, f"{by(of('W', 1))} = {self.signal(2)}{turned(self.x)}"),
            (7, f"{by(self.x)} = 2{turned(of('W', 1))}{self.signal(1)}"),
        ]

    def said(self, steps: list[str]) -> str:
        """T for true, F for false, D for a definition, ? for the rest, of the steps alone."""
        text = self.head + "".join(self.place.format(step) for step in steps)
        found = [r.verdict for r in analyse(text, self.setting).relations][-len(steps) :]
        return "".join(
            "T" if v in TRUE else "F" if v in FALSE else "D" if v is Verdict.DEFINITION else "?" for v in found
        )


SPELLINGS = [*product(LAYERS, DERIVATIVES, (True, False))]


@pytest.mark.parametrize(("layers", "derivatives", "known"), SPELLINGS)
def test_what_is_true_of_its_gradients_is_seen_to_be(layers: str, derivatives: str, known: bool) -> None:
    network = Network(layers, derivatives, known, seed=len(layers) + len(derivatives))
    assert network.said(network.steps).replace("D", "T") == "T" * 8


@pytest.mark.parametrize(("layers", "derivatives", "known"), SPELLINGS[::2])
def test_what_is_wrong_is_never_true_and_nothing_else_false(layers: str, derivatives: str, known: bool) -> None:
    network = Network(layers, derivatives, known, seed=len(layers) * len(derivatives))
    for at, step in network.wrong:
        found = network.said([*network.steps[:at], step, *network.steps[at + 1 :]])
        assert found[at] in ("F?" if known else "?"), step
        assert "F" not in found[:at] + found[at + 1 :], step
