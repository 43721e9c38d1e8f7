"""How figures look and are written: readable in print, in grey and with any colour vision; the same bytes each time.

Colours: Okabe and Ito's blue and vermillion for the two sides of a difference; a ramp of one hue, dark enough in its
steps to be told apart in grey, for levels; hatching for what could not be judged. No meaning hangs on colour alone.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

if os.environ.get("MPLBACKEND", "").startswith("module://"):  # a notebook's; commands started there inherit it
    os.environ["MPLBACKEND"] = "agg"

import matplotlib
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from evalkit.runfile import outputs

INK, GRID, DIM = "#1b1b1a", "#d3d3cf", "#6b6b67"
BLUE, VERMILLION, GREY = "#0072b2", "#d55e00", "#9a9a96"
LEVELS = ("#eeeeea", "#a9cce3", "#4a90c2", "#0b3c66")
"""Use levels 0 to 3."""
HATCH = "////"
NARROW = 3.75
"""Inches: a figure of this width fits a telephone's screen (390 px) at its full size."""
SUFFIXES = ("svg", "pdf", "png")
MARK = "evalkit figure"
"""Stands in every file as its creator, so that only files of ours are replaced."""

_RC = {
    "font.size": 9, "font.family": "DejaVu Sans", "text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK,
    "axes.titlesize": 9, "axes.titlelocation": "left", "axes.linewidth": 0.7, "axes.spines.top": False,
    "axes.spines.right": False, "xtick.color": INK, "ytick.color": INK, "xtick.major.width": 0.7,
    "ytick.major.width": 0.0, "grid.color": GRID, "grid.linewidth": 0.6, "legend.frameon": False,
    "text.parse_math": False,  # names are data: two $ in one are no formula
    "hatch.linewidth": 0.6, "hatch.color": DIM, "svg.hashsalt": "evalkit", "pdf.fonttype": 42, "figure.dpi": 100,
}  # fmt: skip


@contextmanager
def style(**more: object) -> Iterator[None]:
    """Inside, figures are drawn and written in evalkit's style."""
    with matplotlib.rc_context({**_RC, **more}), warnings.catch_warnings():  # type: ignore[dict-item]
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a sign that the font lacks shows as a box
        warnings.filterwarnings("ignore", "constrained_layout not applied")  # a name that is longer than the figure
        yield


def write(draw: Callable[[], Figure], paths: Sequence[Path]) -> None:
    """Draw once, and write these files; the suffix says which kind (svg, pdf, png). No date gets in."""
    nothing: dict[str, dict[str, str | None]] = {
        "svg": {"Date": None, "Creator": MARK},
        "pdf": {"CreationDate": None, "Creator": MARK},
        "png": {"Software": MARK},
    }
    with style():
        figure = draw()
        box = _around(figure)
        for path in paths:
            kind = path.suffix[1:]
            with outputs.written(path) as part:
                figure.savefig(part, format=kind, metadata=nothing[kind], dpi=200, bbox_inches=box)


def _around(figure: Figure) -> Bbox:
    """What the figure takes, in inches, its layout settled. `bbox_inches="tight"` draws the whole figure for this, for
    each file anew."""
    figure.dpi = 72  # an SVG's, in which a text has no other size than a printed one
    renderer = RendererSVG(*figure.bbox.size, io.StringIO())  # type: ignore[no-untyped-call]
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    return figure.get_tightbbox(renderer).padded(0.05)


def is_figure(head: bytes) -> bool:
    """Whether a file with these first and last bytes is a figure of ours."""
    return MARK.encode() in head


def inline(draw: Callable[[], Figure], label: str) -> str:
    """The figure as an `svg` element for a page that allows no style attributes: presentation attributes instead.

    Ink follows the text colour of the page, so that it can be read on dark ground.
    """
    out = io.StringIO()
    with style(**{"svg.fonttype": "none"}):
        figure = draw()
        figure.savefig(out, format="svg", metadata={"Date": None}, bbox_inches=_around(figure), transparent=True)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'\sstyle="([^"]*)"', lambda m: _attributes(m[1]), text)
    text = text.replace(INK, "currentColor").replace(DIM, "currentColor").replace(GRID, f"{DIM}66")
    alt = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return text.replace("<svg ", f'<svg role="img" aria-label="{alt}" stroke-linejoin="round" ', 1).strip()


_FONT = re.compile(r"(?:(bold|italic|\d+) )?([\d.]+px) (.*)")


def _attributes(style_text: str) -> str:
    """`fill: #fff; stroke: none` as ` fill="#fff" stroke="none"`."""
    out: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in style_text.split(";"))):
        name, _, value = part.partition(":")
        name, value = name.strip(), value.strip()
        font = _FONT.fullmatch(value) if name == "font" else None
        if font:
            out |= {"font-size": font[2], "font-family": "DejaVu Sans, Verdana, sans-serif"}
            out |= {"font-weight": "bold"} if font[1] in ("bold", "700") else {}
        elif name != "font":
            out[name] = value.replace("'", "").replace('"', "")
    return "".join(f' {name}="{value}"' for name, value in out.items())


def shortened(text: str, most: int = 34) -> str:
    """A label that fits beside an axis."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
