"""The notebooks of docs/, run from top to bottom: `python -m tests.notebooks` writes what their cells show.

No Jupyter is needed: a cell shows what it prints, and its last expression as HTML, PNG (a figure) or text. Not covered:
magics, widgets, `display`.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import os
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tests.arrange import ROOT
from tests.printed import prepare

NOTEBOOKS = sorted((ROOT / "docs").glob("*.ipynb"))


def played(path: Path) -> dict[str, Any]:
    """The notebook with the outputs of its cells, run in the current folder. What a cell raises is raised."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    count = 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"], cell["outputs"] = count, outputs("".join(cell["source"]), names, count)
    return notebook


def outputs(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """What one cell shows, in the notebook format."""
    tree, value, said = ast.parse(source), None, io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(said):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - our own notebooks
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307 - as above
    shown: list[dict[str, Any]] = []
    if said.getvalue():
        shown.append({"name": "stdout", "output_type": "stream", "text": said.getvalue().splitlines(keepends=True)})
    if value is not None:
        result = {"data": data_of(value), "execution_count": count, "metadata": {}, "output_type": "execute_result"}
        shown.append(result)
    return shown


def data_of(value: Any) -> dict[str, Any]:
    """A value by kind of data."""
    data: dict[str, Any] = {"text/plain": repr(value).splitlines(keepends=True)}
    page = value._repr_html_() if hasattr(value, "_repr_html_") else None
    if page is not None:
        data["text/html"] = page.splitlines(keepends=True)
    if hasattr(value, "savefig"):
        picture = io.BytesIO()
        value.savefig(picture, format="png", dpi=100, bbox_inches="tight", metadata={"Software": None})
        data = {"text/plain": ["<Figure>"], "image/png": base64.b64encode(picture.getvalue()).decode("ascii")}
    return data


def main() -> None:
    """Write the notebooks anew."""
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        os.chdir(name)
        for path in NOTEBOOKS:
            path.write_text(json.dumps(played(path), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.chdir(ROOT)


if __name__ == "__main__":
    main()
