"""Commented skeletons for `evalkit new`."""

from __future__ import annotations

from pathlib import Path

from evalkit.errors import SpecError
from evalkit.specs.problems import ID

_PROBLEM = """\
# {identifier}: fill in every <...>, delete what the problem does not need, then run: evalkit check {identifier}
# Texts between ''' keep backslashes as they are, so LaTeX needs no escaping.

title = "<what it is about, in a few words>"
# cluster = "{folder}"     # problems that share a context count as one unit; default: this problem alone

statement = '''
<What the model is asked. It must be complete: the model sees nothing else.>
'''

# passage = '''<a text that the question is about>'''
# ban = '''<what an approach ban says: Do not use ... anywhere in your solution.>'''
# request = '''<how a student would ask for the staff's approach after a first answer>'''
# wrong_hint = '''<a plausible hint that leads astray>'''

# [pushback]              # what a student says against the answer
# right = '''<the student is right>'''
# wrong = '''<the student is wrong>'''

# [[hints]]               # weakest first; level: nudge, method, first_line
# level = "method"
# text = '''<which method leads there>'''

[staff]
solution = '''
<The staff's solution, complete.>
'''

# How a reply is judged: one table per scorer (number, choice, sequence, text, expression, words, ...).
[score.text]
any_of = ["<the final answer in words>"]

# Replies that must get full marks. Write several, in the styles that models use.
[[gold]]
name = "staff"
reply = '''
**Final answer:** <the final answer in words>
'''

# Replies that must not: the wrong answers you expect.
[[foils]]
name = "wrong"
reply = '''
**Final answer:** <a wrong answer that you expect>
'''
misses = ["text.correct"]
"""

_PROMPT = """\
{{% extends "plain.j2" %}}
{{# An arm is its difference to plain: override `before` or `after` (text around the statement in the first turn),
   `system`, or `followup` (more turns). Variables: statement, replies, passage, hint, hints.nudge, hints.method,
   hints.first_line, ban, request, wrong_hint, pushback.right, pushback.wrong. #}}
{{% set about = "{name}: what it changes, in one line" %}}
{{% block after %}}

Write here what this arm adds to the problem.
{{% endblock %}}

{{# A second turn, sent after the model has answered:
{{% block followup %}}
{{% call user() %}}
Please check your answer.
{{% endcall %}}
{{% endblock %}}
#}}
"""


def problem(identifier: str, folder: Path) -> Path:
    """Write the skeleton of a problem file. Raises SpecError for a bad id or an existing file."""
    if not ID.fullmatch(identifier):
        raise SpecError(f"{identifier!r} is no problem id: write <set>/<name>, letters, digits, - and _ (hw8/2a)")
    text = _PROBLEM.format(identifier=identifier, folder=identifier.rsplit("/", 1)[0])
    return _write(folder / f"{identifier}.toml", text)


def prompt(name: str, folder: Path) -> Path:
    """Write the skeleton of a prompt template. Raises SpecError for a bad name or an existing file."""
    if not name.isidentifier():
        raise SpecError(f"{name!r} is no template name: use letters, digits and _")
    return _write(folder / f"{name}.j2", _PROMPT.format(name=name))


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise SpecError(f"{path}: exists already; nothing is overwritten") from None
    except OSError as error:
        raise SpecError(f"{path}: cannot be written: {error.strerror}") from None
    return path
