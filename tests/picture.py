"""The picture of a report that README and docs show: `python -m tests.picture` (make picture) makes it anew.

It shows the first screen of the example's report. Needs Chromium, as the browser tests do. Not covered: that the
picture is up to date; fonts differ between machines, so no test compares its points.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PIL import Image

import evalkit
from tests.arrange import ROOT
from tests.browser import opened
from tests.printed import prepare

PICTURE = ROOT / "docs" / "report.png"
SIZE = {"width": 1280, "height": 980}


def picture(report: Path, target: Path) -> None:
    """The first screen of a report as a PNG of few colours, small enough for a repository."""
    with opened(viewport=SIZE) as page:
        page.goto(report.as_uri())
        page.screenshot(path=target)
    with Image.open(target) as image:
        image.convert("RGB").quantize(192, kmeans=2, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> None:
    """Run the example, write its report, and take the picture."""
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        os.chdir(name)
        evalkit.load_run("runs/hw7.sqlite").report()
        picture(Path("runs/hw7.html").resolve(), PICTURE)
        os.chdir(ROOT)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
