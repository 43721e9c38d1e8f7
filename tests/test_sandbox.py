"""Templates of strangers: bounded in work, size and reach; the same text each time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from evalkit.errors import SpecError
from evalkit.specs.templates import Library, rehearse

VALUES = {"statement": "S and more", "hint": "H", "hints": {"method": "M", "nudge": "N"}}


def rendered(folder: Path, text: str) -> str:
    (folder / "t.j2").write_text(text, encoding="utf-8")
    return rehearse(Library(folder).load("t"), VALUES)[-1][-1].content


def user(text: str) -> str:
    return f"{{% call user() %}}{text}{{% endcall %}}"


def grown(start: str, step: str) -> str:
    loop = f"{{% set ns = namespace(x={start}) %}}{{% for i in range(60) %}}{step}{{% endfor %}}"
    return loop + user("{{ ns.x | length }}")


REFUSED = [
    ("nested ranges", user("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}x"), "works too long"),
    ("nested texts", user("{% for a in 'x' * 100000 %}{% for b in 'x' * 100000 %}{% endfor %}{% endfor %}x"), "works too long"),
    ("doubling macro", "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}" + user("{{ f(40) }}"), "works too long"),
    ("endless macro", "{% macro f() %}{{ f() }}{% endmacro %}" + user("{{ f() }}"), "RecursionError"),
    ("long searches", user("{% for i in range(90000) %}{{ 'b' in 'a' * 4000000 }}{% endfor %}"), "works too long"),
    ("doubling by ~", grown("'ab'", "{% set ns.x = ns.x ~ ns.x %}"), "longer than"),
    ("doubling by a block", grown("'ab'", "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}"), "longer than"),
    ("doubling a list", grown("[1]", "{% set ns.x = ns.x + ns.x %}"), "longer than"),
    ("doubling a list of lists", grown("[1]", "{% set ns.x = [ns.x, ns.x] %}"), "a list is longer than"),
    ("doubling a dictionary", grown("{}", "{% set ns.x = {'a': ns.x, 'b': ns.x} %}"), "a list is longer than"),
    ("a list of one long text", user("{{ [statement * 200000] * 99999 }}"), "texts of a list are longer"),
    ("many long texts", "{% set ns = namespace(x=[]) %}{% for i in range(200) %}{% set ns.x = ns.x + ['é' * 300000 ~ i] %}{% endfor %}" + user("{{ ns.x | length }}"), "longer than"),
    ("many long texts one by one", "{% for i in range(200) %}{% set x = 'é' * 3000000 %}{% endfor %}" + user("x"), "works too long"),
    ("a sum of lists", user("{{ ([[1] * 10] * 10) | sum(start=[]) | length }}"), "adds numbers"),
    ("words of a long text", user("{{ ('a ' * 1999999) | title | length }}"), "taken apart"),
    ("characters of a long text", user("{{ ('a' * 3999999) | list | length }}"), "taken apart"),
    ("a long text split", user("{{ ('a ' * 1999999).split() | length }}"), "taken apart"),
    ("times", user("{{ ('a' * 10 ** 9) | length }}"), "longer than"),
    ("times from the left", user("{{ (10 ** 9 * 'a') | length }}"), "longer than"),
    ("list times", user("{{ ([1] * 10 ** 9) | length }}"), "longer than"),
    ("power", user("{{ (10 ** 9) ** (10 ** 9) }}"), "to count with"),
    ("join", user("{{ (['a' * 4000000] * 90000) | join | length }}"), "longer than"),
    ("join as a method", user("{{ 'b'.join(['a' * 4000000] * 90000) | length }}"), "longer than"),
    ("replace", user("{{ ('a' * 100000) | replace('a', 'b' * 100000) | length }}"), "longer than"),
    ("replace as a method", user("{{ ('a' * 100000).replace('', 'b' * 100000) | length }}"), "longer than"),
    ("indent", user("{{ ('\\n' * 100000) | indent(100000, true) | length }}"), "longer than"),
    ("filled slices", user("{{ range(9) | slice(10 ** 9, 'x') | list | length }}"), "to count with"),
    ("a width", user("{{ '%2000000000d' % 1 }}"), "`%` on a text"),
    ("a method that pads", user("{{ statement.ljust(3 * 10 ** 9) }}"), "'ljust' is not available"),
    ("a filter that pads", user("{{ 'x' | center(2000000000) }}"), "center"),
    ("format", user("{{ '{0:2000000000}'.format(1) }}"), "is not available"),
    ("an assertion of Jinja's", user("{{ statement | truncate(-5) }}"), "expected length"),
    ("a constant that is infinite", user("{{ '1e999' | float | int }}"), "inf"),
    ("lipsum", user("{{ lipsum(n=3000) }}"), "unknown variable 'lipsum'"),
    ("random", user("{{ range(10) | random }}"), "random"),
    ("an address", user("{{ user }}"), "function is no text"),
    ("an object", user("{{ joiner() }}"), "Joiner is no text"),
    ("deep ifs", user("{% if 1 %}" * 5000 + "x" + "{% endif %}" * 5000), "nested too deeply"),
    ("deep nots", user("{{ " + "not " * 50000 + "1 }}"), "nested too deeply"),
    ("a long sum", user("{{ " + "+".join(["1"] * 50000) + " }}"), "nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_work_is_bounded(tmp_path: Path, text: str, says: str) -> None:
    before = time.process_time()
    with pytest.raises(SpecError, match=r".") as caught:
        rendered(tmp_path, text)
    assert says in str(caught.value)
    assert time.process_time() - before < 20, "a matter of seconds, on any machine"


FINE = [
    ("loop and its variables", "{% for h in hints.values() %}{{ loop.index }}{{ h | lower }}{% if not loop.last %};{% endif %}{% endfor %}", "1m;2n"),
    ("loop over a filter", "{% for h in hints | dictsort | reverse %}{{ h[0] }} {% endfor %}", "nudge method "),
    ("methods of text", "{{ statement.split(' ')[0] }} {{ statement.upper() }}", "S S AND MORE"),
    ("filters", "{{ ['b', 'a'] | sort | join('-') }} {{ statement | truncate(4, true, '') }}", "a-b S an"),
    ("joiner", "{% set c = joiner(', ') %}{% for h in hints %}{{ c() }}{{ h }}{% endfor %}", "method, nudge"),
    ("a macro", "{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(hint) }}", "<H>"),
    ("arithmetic", "{{ (2 ** 10 + 7 % 4) // 2 }} {{ 'ab' * 3 }} {{ 1 == 1.0 }}", "513 ababab True"),
    ("a filter block", "{% filter upper %}now {{ hint }}{% endfilter %}", "NOW H"),
    ("a tuple", "{{ (1, 'a') }} {{ replies | length }}", "(1, 'a') 0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "gives"), [c[1:] for c in FINE], ids=[c[0] for c in FINE])
def test_what_templates_need_is_there(tmp_path: Path, text: str, gives: str) -> None:
    assert rendered(tmp_path, user(text)) == gives


@pytest.mark.parametrize("name", ["_x.j2", "folder/x.j2", "folder/passwd"])
def test_links_do_not_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    for secret in ("x.j2", "passwd"):
        (outside / secret).write_text("SECRET", encoding="utf-8")
    (inside / "_x.j2").symlink_to(outside / "x.j2")
    (inside / "folder").symlink_to(outside)
    with pytest.raises(SpecError, match=r"only \.j2 files inside the folder"):
        rendered(inside, user(f'{{% include "{name}" %}}'))


def test_a_folder_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert rendered(tmp_path / "link", user("x")) == "x"
