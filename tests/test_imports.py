"""The import rules: a module imports lower levels only, heavy libraries stay in the one file that needs them."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "evalkit"
ORDER = (
    "version", "errors", "types", "processes", "plugins", "reading", "stats", "derivation", "specs", "local", "wire", "cluster", "runfile", "scorers", "providers",
    "asking", "judging", "comparing", "showing", "interface", "cli", "__main__",
)  # fmt: skip
"""A unit imports only units that stand before it."""
DERIVATION = ("text", "grammar", "worlds", "problem", "verdicts", "following", "findings", "analysis")
"""The same inside the derivation checker."""
ONLY_IN = {
    "sqlite3": {f"runfile/{name}.py" for name in ("ledger", "opening", "schema", "store", "tables", "writer")},
    "math_verify": {"reading/maths/second.py"},
    "aiohttp": {"providers/openai.py"},
    "ray": {"cluster", "judging/on_nodes.py"},
    "starlette": {"interface/view"},
    "uvicorn": {"interface/view"},
    "torch": {"providers/hf.py", "local"},
    "gguf": {"local"},
    "pypdf": {"specs/pdf.py"},
    "statsmodels": {"stats/odds.py"},
    "transformers": {"providers/hf.py", "local"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def parsed(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file; read once for all rules."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Full names of all that a file imports (modules, or names in them), also inside functions."""
    found: list[str] = []
    for node in parsed(path):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


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


def test_the_map_for_contributors_names_what_is_there_in_its_order() -> None:
    told = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    named = re.findall(r"`([a-z_/]+(?:/|\.py))`", told.partition("\n## ")[0])
    assert [n for n in named if not any((top / n).exists() for top in (PACKAGE, PACKAGE.parent))] == []
    cells = re.findall(r"^\| (`[^|]*) \|", told.partition("| a question |")[0], re.MULTILINE)
    rows = [re.findall(r"`([a-z_]+)(?:/|\.py)`", cell) for cell in cells if "below" not in cell]
    assert {name for row in rows for name in row} == set(ORDER) - {"version", "processes", "__main__"}
    tops = [max(map(ORDER.index, row)) for row in rows]
    assert tops == sorted(tops)


def test_every_file_that_a_docstring_names_is_there() -> None:
    there = {path.name for path in FILES}
    named = [(path.name, n) for path in FILES for n in re.findall(r"\b[a-z_]+\.py\b", path.read_text("utf-8"))]
    assert [(where, name) for where, name in named if name not in there] == []


def test_nothing_imports_upward() -> None:
    for path in FILES:
        not_upward(path)


def not_upward(path: Path) -> None:
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


def test_nothing_inside_asks_the_package_for_a_public_name() -> None:
    """`from evalkit import load_run` inside evalkit would run upward, unseen by the rule above."""
    inside = frozenset(f"evalkit.{m}" for m in MODULES)
    known = inside | {"evalkit"}
    for path in FILES:
        for name in imports(path):
            public = name.startswith("evalkit.") and name not in known and name.rpartition(".")[0] not in inside
            assert not public, f"{path.relative_to(PACKAGE)}: {name}"


ON_A_TERMINAL = {"asking.progress", "asking.stopping"}
"""What the command line shows and stops while the interface works: the same objects, handed to it."""


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").rglob("*.py")), ids=lambda p: p.stem)
def test_commands_call_the_interface(path: Path) -> None:
    """Whatever a command does can be done from Python: it reads options, calls the interface, and shows what comes."""
    for name in ours(path):
        unit = name.split(".")[0]
        shown = unit in ("showing", "errors", "types", "plugins", "version", "__init__") or name in ON_A_TERMINAL
        assert shown or unit in ("interface", "cli"), f"{path.name} imports {name}"


def test_no_import_cycles_between_files() -> None:
    """Also through imports inside functions and for annotations only."""
    found = {name: set(ours(path)) - {name, "__init__"} for name, path in MODULES.items() if name != "__init__"}
    graphlib.TopologicalSorter(found).prepare()  # `evalkit` itself loads its names when they are asked for


def test_heavy_libraries_stay_in_their_file() -> None:
    for path in FILES:
        relative = path.relative_to(PACKAGE).as_posix()
        for name in imports(path):
            allowed = ONLY_IN.get(name.split(".")[0], [relative])
            assert any(relative == a or relative.startswith(f"{a}/") for a in allowed), f"{relative}: {name}"


def test_no_code_from_text() -> None:
    """Replies are hostile: nothing evaluates text."""
    for path in FILES:
        for node in parsed(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "sympify", "parse_expr"), f"{path.name}, line {node.lineno}"


# ---------------------------------------------------------------- no module knows a homework

PROBLEMS = PACKAGE.parent / "problems"
ENGLISH = frozenset((
    "balance", "baseline", "batch", "did", "evaluation", "known", "made", "needed", "pass", "quoted", "reading", "ready", "route",
    "standard", "training",
    "using", "via",
))  # fmt: skip
"""Ordinary words that happen to stand in the problems of one set only."""
MATHEMATICS = frozenset((
    "algebra", "constraint", "eigenvalue", "entrywise", "exp", "factors", "jacobian", "log", "maximum", "norm", "normal",
    "power", "relu", "softmax", "spectral", "square", "subtract", "svds", "theorem", "ridge", "decay",
))  # fmt: skip
"""Named operations, functions, laws, penalties and properties of matrices: what the checker computes, whatever the problem."""
UNITS = frozenset({"flops"})
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_ESCAPE = re.compile(r"\\[A-Za-z]")


def problem_words(path: Path) -> tuple[set[str], set[str]]:
    """All words of a problem file in lower case; and its names: words of its id, title, options and approaches, and
    words such as `MSELoss` anywhere in it."""
    text = path.read_text(encoding="utf-8")
    spec = tomllib.loads(text)
    named = [
        path.parent.name,
        path.stem,
        spec["title"],
        *spec.get("score", {}).get("choice", {}).get("options", {}).values(),
    ]
    for approach in spec.get("approaches", ()):
        named += [approach["id"], approach["title"], *approach["claims"]]
    names = {word for name in named for word in _TOKEN.findall(re.sub(r"\$[^$]*\$", " ", name.replace("_", " ")))}
    words = set(_TOKEN.findall(text.replace("_", " ")))
    names |= {word for word in words if re.search(r"[a-z][A-Z]", word) and len(word) > 4}
    return {word.lower() for word in words}, {word.lower() for word in names if len(word) > 2}


def differentials(path: Path) -> set[str]:
    """`dW` for a problem that declares `W_1`."""
    symbols = tomllib.loads(path.read_text(encoding="utf-8")).get("symbols", {})
    return {f"d{name[0]}" for name in symbols if re.fullmatch(r"[A-Z](?:_\w+)?", name)}


def literals(path: Path) -> Iterator[str]:
    """The strings of a module, patterns included, documentation not."""
    nodes = parsed(path)
    documented = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield _ESCAPE.sub(" ", node.value)


def test_no_module_knows_a_homework_problem() -> None:
    """No string of the package holds a word that is one set's own: a name in its problems that neither the other sets
    nor the prompts use. Words that a pattern splits (`diagonali[sz]`) are not seen."""
    files = sorted(PROBLEMS.glob("*/*.toml"))
    used: dict[str, set[str]] = {}
    names: set[str] = set()
    for path in files:
        words, named = problem_words(path)
        names |= named
        for word in words | named:
            used.setdefault(word, set()).add(path.parent.name)
    for path in (PACKAGE.parent / "prompts").glob("*.j2"):
        for word in _TOKEN.findall(path.read_text(encoding="utf-8").lower()):
            used.setdefault(word, set()).add("prompts")
    own = {name for name in names if len(used[name]) == 1}
    assert {"autoencoder", "centric", "coupling", "mseloss", "pytorch", "hw7"} <= own
    allowed = ENGLISH | MATHEMATICS | UNITS
    letters = {word for path in files for word in differentials(path)}
    for path in FILES:
        for text in literals(path):
            said = set(_TOKEN.findall(text))
            found = ({word.lower() for word in said} & own - allowed) | (said & letters)
            assert not found, f"{path.relative_to(PACKAGE)} knows {sorted(found)}: {text[:80]!r}"


def test_start_is_light() -> None:
    code = "import sys, evalkit; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "openai", "torch", "numpy", "pydantic"} & set(loaded)


def test_a_run_loads_nothing_that_only_comparisons_need() -> None:
    code = (
        "import sys, evalkit.cli.commands.run, evalkit.providers.openai, evalkit.judging.scoring; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "pandas", "openai", "httpx2", "torch", "matplotlib"} & set(loaded)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['evalkit', '--help']\nfrom evalkit.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('\\n' + ' '.join(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(shown.splitlines()[-1].split())
    heavy = {"pandas", "openai", "torch", "numpy", "pydantic", "matplotlib", "scipy", "sympy", "math_verify"}
    assert not heavy & loaded


def test_mathematics_is_loaded_in_workers_only() -> None:
    code = "import sys\nfrom evalkit.scorers.expression import Scorer\nScorer(answer='x^2')\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sympy", "math_verify"} & set(loaded)
