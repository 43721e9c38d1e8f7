"""The import rules: a module imports lower levels only, heavy libraries stay in the one file that needs them."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "evalkit"
ORDER = (
    "types", "errors", "plugins", "reading", "stats", "derivation", "specs", "local", "runfile", "scorers", "providers",
    "asking", "judging", "comparing", "showing", "cli", "__main__",
)  # fmt: skip
"""A unit imports only units that stand before it."""
DERIVATION = ("text", "grammar", "worlds", "problem", "verdicts", "following", "findings", "analysis")
"""The same inside the derivation checker."""
ONLY_IN = {
    "sqlite3": {"runfile/store.py", "runfile/writer.py"},
    "openai": {"providers/openai.py"},
    "httpx2": {"providers/openai.py"},
    "torch": {"providers/hf.py", "local"},
    "transformers": {"providers/hf.py", "local"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Full names of all that a file imports (modules, or names in them), also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module(path: Path) -> str:
    """`derivation.worlds.draw` for a file, `derivation.worlds` for the `__init__` of a package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(p): p for p in FILES}


def ours(path: Path) -> Iterator[str]:
    """The modules of evalkit that a file imports."""
    for name in imports(path):
        found = name.removeprefix("evalkit.")
        if found != name:
            yield found if found in MODULES else found.rpartition(".")[0] or "__init__"


def test_every_module_has_a_place() -> None:
    assert {m.split(".")[0] for m in MODULES} - {"__init__"} == set(ORDER)
    inside = {m.split(".")[1] for m in MODULES if m.startswith("derivation.")}
    assert inside == set(DERIVATION)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_nothing_imports_upward(path: Path) -> None:
    mine = module(path).split(".")
    for name in ours(path):
        other = name.split(".")
        if other == ["__init__"] or mine == ["__init__"]:
            continue
        if other[0] != mine[0]:
            assert ORDER.index(other[0]) < ORDER.index(mine[0]), f"{path.name} imports {name}, which stands above it"
        elif mine[0] in ("scorers", "providers"):
            assert len(other) == 1, f"{path.name} imports its sibling {name}"
        elif mine[0] == "derivation" and len(mine) > 1 and len(other) > 1 and mine[1] != other[1]:
            assert DERIVATION.index(other[1]) < DERIVATION.index(mine[1]), f"{path.name} imports {name}"


def test_no_import_cycles_between_files() -> None:
    """Also through imports inside functions and for annotations only."""
    graphlib.TopologicalSorter({name: set(ours(path)) - {name} for name, path in MODULES.items()}).prepare()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_heavy_libraries_stay_in_their_file(path: Path) -> None:
    for name in imports(path):
        allowed = ONLY_IN.get(name.split(".")[0])
        relative = path.relative_to(PACKAGE).as_posix()
        assert allowed is None or any(relative == a or relative.startswith(f"{a}/") for a in allowed), (
            f"{relative}: {name}"
        )


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_code_from_text(path: Path) -> None:
    """Replies are hostile: nothing evaluates text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "sympify", "parse_expr"), f"{path.name}, line {node.lineno}"


def test_no_module_knows_a_homework_problem() -> None:
    for path in FILES:
        if path.name != "skeletons.py":
            assert "hw7" not in path.read_text(encoding="utf-8").replace("hw7/8b", "").replace("hw7/*", ""), path.name


def test_start_is_light() -> None:
    code = "import sys, evalkit; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "openai", "torch", "numpy", "pydantic"} & set(loaded)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['evalkit', '--help']\nfrom evalkit.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('\\n' + ' '.join(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(shown.splitlines()[-1].split())
    assert not {"pandas", "openai", "torch", "numpy", "pydantic", "matplotlib", "scipy"} & loaded
