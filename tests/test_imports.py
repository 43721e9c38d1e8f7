"""The import rules: a module imports lower levels only, heavy libraries stay in the one file that needs them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "evalkit"
LEVELS = {
    "types": 0, "errors": 0,
    "derivation": 1, "stats": 1, "answers": 1, "quotations": 1, "workers": 1,
    "plugins": 1, "specs": 1, "local": 1, "reading": 1, "algebra": 1,
    "transcripts": 1, "prompts": 1, "limits": 1,
    "scorers": 2, "providers": 2,
    "problems": 3, "records": 3, "store": 3, "writing": 3, "runs": 4, "skeletons": 4, "experiment": 4,
    "budget": 5, "conformance": 5, "runner": 5, "scoring": 5, "comparison": 5, "estimates": 5, "frame": 5, "checks": 6, "steering": 6, "turns": 6, "tables": 6, "exchange": 7, "figures": 7,
    "report": 7, "console": 7, "session": 8, "views": 8, "intake": 8, "equations": 8, "studies": 8, "planning": 6, "looks": 6, "labelled": 6, "cli": 9, "__main__": 10,
}  # fmt: skip
ONLY_IN = {
    "sqlite3": {"store.py", "writing.py"},
    "openai": {"providers/openai.py"},
    "httpx2": {"providers/openai.py"},
    "torch": {"providers/hf.py", "local"},
    "transformers": {"providers/hf.py", "local"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names) if module == "evalkit" else [module]


def unit(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def test_every_module_has_a_level() -> None:
    units = {unit(p) for p in FILES} - {"__init__"}
    assert units <= LEVELS.keys(), f"give a level to {units - LEVELS.keys()}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_lower_levels_only(path: Path) -> None:
    mine = unit(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "evalkit" or len(parts) == 1 or parts[1] in ("__version__",):
            continue
        other = parts[1]
        if other == mine:
            sibling = len(parts) > 2 and mine in ("scorers", "providers")
            assert not sibling, f"{path.name} imports its sibling {name}"
            continue
        allowed = LEVELS[other] < LEVELS[mine] or LEVELS[mine] == LEVELS[other] != 2
        assert allowed, f"{path.name} (level {LEVELS[mine]}) imports {name} (level {LEVELS[other]})"


def test_no_import_cycles() -> None:
    edges: dict[str, set[str]] = {}
    for p in FILES:
        ours = {n.split(".")[1] for n in imports(p) if n.startswith("evalkit.")} & LEVELS.keys()
        edges.setdefault(unit(p), set()).update(ours - {unit(p)})

    def reach(start: str, seen: set[str]) -> set[str]:
        for following in edges.get(start, set()) - seen:
            seen.add(following)
            reach(following, seen)
        return seen

    assert not [u for u in edges if u in reach(u, set())]


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
