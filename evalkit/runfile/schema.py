"""The tables of a run file, and how files of an older evalkit become ones of today.

Format 2: the address that a request was sent to is no part of its key, the model's label is; replies lie in a table
with rowids (long rows in the order of random keys left two thirds of its pages empty) and say what they cost.
Format 3: the same tables; passwords and keys that earlier versions stored with an experiment are gone.
Format 4: a table for attachments, each file once, by its SHA-256; a label names who gave it, and may be of one
relation, `text[start:stop]` of the reply.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from evalkit.specs.secrets import SHORTEST, VARIABLE, bare, in_parameters, in_url, without
from evalkit.types import Message, Request

FORMAT = 4
CLEAN = 3
"""Since this format no secret is stored."""
APPLICATION = 0x45564B54

_REPLIES = """
CREATE TABLE replies (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, request TEXT NOT NULL, reply TEXT NOT NULL,
    cost REAL);
"""
_ATTACHMENTS = """
CREATE TABLE attachments (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL);
"""
_LABELS = """
CREATE TABLE labels (
    transcript INTEGER NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL, metric TEXT NOT NULL, labeller TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    value REAL, PRIMARY KEY (transcript, turn, metric, labeller, start, stop)) WITHOUT ROWID;
"""
_WITHOUT_FILES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
{_REPLIES}
CREATE TABLE specs (hash TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE transcripts (
    id INTEGER PRIMARY KEY, problem TEXT NOT NULL, template TEXT NOT NULL, model TEXT NOT NULL, sample INTEGER NOT NULL,
    fingerprint TEXT, scored_turn INTEGER, answers INTEGER NOT NULL, text_hash TEXT NOT NULL,
    opening TEXT NOT NULL, prompts TEXT NOT NULL,
    error TEXT, turns TEXT NOT NULL,
    UNIQUE (problem, template, model, sample));
CREATE TABLE scores (
    transcript INTEGER NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL, scorer TEXT NOT NULL, metric TEXT NOT NULL, version TEXT NOT NULL,
    value REAL, reason TEXT NOT NULL, evidence TEXT NOT NULL,
    PRIMARY KEY (transcript, turn, scorer, metric, version)) WITHOUT ROWID;
{_LABELS}
"""
_SCHEMA_3 = _WITHOUT_FILES.replace(
    _LABELS.strip(),
    """
CREATE TABLE labels (
    transcript INTEGER NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL, metric TEXT NOT NULL, value REAL, PRIMARY KEY (transcript, turn, metric)) WITHOUT ROWID;
""",
)
SCHEMA = _WITHOUT_FILES + _ATTACHMENTS
SCHEMAS = {
    1: _SCHEMA_3.replace(
        _REPLIES.strip(),
        "CREATE TABLE replies (key TEXT PRIMARY KEY, model TEXT NOT NULL, request TEXT NOT NULL, reply TEXT NOT NULL) "
        "WITHOUT ROWID;",
    ),
    2: _SCHEMA_3,
    3: _SCHEMA_3,
    4: SCHEMA,
}
"""The tables of each format, word for word: a file with anything else in it is not read."""
INSERT_REPLY = "INSERT OR REPLACE INTO replies (key, model, request, reply, cost) VALUES (?, ?, ?, ?, ?)"


def create(db: sqlite3.Connection) -> None:
    """An empty run file of today's format."""
    script = f"PRAGMA user_version = {FORMAT}; PRAGMA application_id = {APPLICATION};"
    db.executescript(f"BEGIN; {script} {SCHEMA} COMMIT;")


def migrate(db: sqlite3.Connection) -> None:
    """A file of an older format becomes one of today, in one transaction: all of it or nothing."""
    before = int(db.execute("PRAGMA user_version").fetchone()[0])
    db.execute("PRAGMA secure_delete = ON")  # what is cleaned away is overwritten in the file
    db.execute("BEGIN IMMEDIATE")
    try:
        secrets = sorted(_secrets(db), key=len, reverse=True) if before < CLEAN else []
        if before < 2:
            _to_2(db)
        if before < CLEAN:
            _to_3(db)
            _blanked(db, secrets)
        _to_4(db)
        db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def compacted(db: sqlite3.Connection) -> None:
    """Without the pages that earlier versions freed and did not overwrite: a secret may stand there still."""
    most = db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 1)  # it is built in a file of its own
    try:
        db.execute("VACUUM")
    finally:
        db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, most)


def _to_2(db: sqlite3.Connection) -> None:
    """Requests without their address, replies in a table with rowids."""
    db.execute("ALTER TABLE replies RENAME TO replies_1")
    db.execute(_REPLIES.strip().removesuffix(";"))
    models = _models(db)
    seen: set[str] = set()
    for expected in (True, False):  # where two addresses answered, that of the last experiment keeps the name
        for text, reply in db.execute("SELECT request, reply FROM replies_1 ORDER BY key"):
            old = json.loads(text)
            names = _names(old, models)
            if bool(names) is expected:
                for request in _renamed(old, names or _likely(old, models), seen):
                    seen.add(request.key)
                    db.execute(INSERT_REPLY, (request.key, request.label, request.text, reply, None))
    db.execute("DROP TABLE replies_1")
    for model in models:
        identity = {"id": model["id"], "parameters": model["parameters"], "address": model["base_url"] or ""}
        db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (f"model:{_label(model)}", json.dumps(identity)))


def _to_3(db: sqlite3.Connection) -> None:
    """Without the passwords and keys of addresses, parameters and `api_key_env` that earlier versions stored."""
    for key, text in db.execute(
        "SELECT key, value FROM meta WHERE key = 'experiment' OR key LIKE 'model:%'"
    ).fetchall():
        found = json.loads(text)
        for model in found["models"] if key == "experiment" else [found]:
            _clean(model)
        if json.loads(text) != found:
            db.execute("UPDATE meta SET value = ? WHERE key = ?", (json.dumps(found), key))
    sets = "SELECT DISTINCT json_extract(request, '$.parameters') FROM replies"
    if all(without(given := json.loads(text)) == given for (text,) in db.execute(sets)):
        return
    for row, text in db.execute("SELECT id, request FROM replies").fetchall():
        old = json.loads(text)
        messages = tuple(Message(role, content) for role, content in old["messages"])
        request = Request(old["model"], old["name"], messages, without(old["parameters"]), old["sample"])
        db.execute("UPDATE OR REPLACE replies SET key = ?, request = ? WHERE id = ?", (request.key, request.text, row))


def _secrets(db: sqlite3.Connection) -> set[str]:
    """What is to be cleaned away: it may stand in other places too, such as the message of an error."""
    found: set[str] = set()
    for key, text in db.execute("SELECT key, value FROM meta WHERE key = 'experiment' OR key LIKE 'model:%'"):
        given = json.loads(text)
        for model in given["models"] if key == "experiment" else [given]:
            found |= {*in_parameters(model.get("parameters") or {})}
            found |= {*in_url(model.get("base_url")), *in_url(model.get("address"))}
            name = model.get("api_key_env") or ""
            found |= {name} if len(name) >= SHORTEST and not VARIABLE.fullmatch(name) else set()
    asked = "SELECT DISTINCT json_extract(request, '$.parameters'), json_extract(request, '$.endpoint') FROM replies"
    for parameters, endpoint in db.execute(asked):
        found |= {*in_parameters(json.loads(parameters)), *in_url(endpoint)}
    return found


BLANKED = (
    "UPDATE meta SET value = replace(value, ?1, '[removed]') WHERE instr(value, ?1)",
    "UPDATE transcripts SET error = replace(error, ?1, '[removed]') WHERE instr(error, ?1)",
    "UPDATE transcripts SET turns = replace(turns, ?1, '[removed]') WHERE instr(turns, ?1)",
    "UPDATE replies SET reply = replace(reply, ?1, '[removed]') WHERE instr(reply, ?1)",
    "UPDATE scores SET reason = replace(reason, ?1, '[removed]') WHERE instr(reason, ?1)",
)
"""Where the words of servers and of errors stand, which repeat addresses and keys."""
MOST_SECRETS = 100
"""Each is looked for in all of the file."""


def _blanked(db: sqlite3.Connection, secrets: list[str]) -> None:
    for secret in secrets[:MOST_SECRETS]:
        for said in {secret, json.dumps(secret)[1:-1]}:  # as a text, and within a text of JSON
            for change in BLANKED:
                db.execute(change, (said,))


_FORMER = "SELECT transcript, turn, metric, '', 0, 0, value FROM"


def _to_4(db: sqlite3.Connection) -> None:
    """Labels of before are nobody's by name, and no file went along."""
    db.execute(_ATTACHMENTS.strip().removesuffix(";"))
    db.execute("ALTER TABLE labels RENAME TO labels_3")
    db.execute(_LABELS.strip().removesuffix(";"))
    db.execute(f"INSERT INTO labels {_FORMER} labels_3")
    db.execute("DROP TABLE labels_3")


def seen_as_4(db: sqlite3.Connection) -> None:
    """A file of format 3 that is only read looks like one of today, and nothing of it is changed or copied."""
    columns = "transcript, turn, metric, labeller, start, stop, value"
    db.execute(f"CREATE TEMP VIEW labels ({columns}) AS {_FORMER} main.labels")
    db.execute("CREATE TEMP VIEW attachments AS SELECT '' AS sha256, '' AS name, '' AS type, x'' AS content WHERE 0")


def _clean(model: dict[str, Any]) -> None:
    model["parameters"] = without(model.get("parameters") or {})
    for key in ("base_url", "address"):
        if model.get(key):
            model[key] = bare(model[key])
    if model.get("api_key_env") and not VARIABLE.fullmatch(model["api_key_env"]):
        model["api_key_env"] = None


def _models(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """The models of the last experiment that a file of format 1 saw."""
    found = db.execute("SELECT value FROM meta WHERE key = 'experiment'").fetchone()
    given = json.loads(found[0])["models"] if found else []
    return [{"name": None, "base_url": None, "parameters": {}, **model} for model in given]


def _label(model: Mapping[str, Any]) -> str:
    return str(model["name"] or model["id"].partition(":")[2])


def _names(old: Mapping[str, Any], models: list[dict[str, Any]]) -> list[str]:
    """The labels under which the experiment asked this: one, or several where two models differ in name only."""
    asked = (old["model"], old["endpoint"], old["parameters"])
    return [_label(m) for m in models if (m["id"], m["base_url"] or "", m["parameters"]) == asked]


def _likely(old: Mapping[str, Any], models: list[dict[str, Any]]) -> list[str]:
    """The label of what was asked at another address or with other parameters; the model's own name where in doubt."""
    labels = [_label(m) for m in models if m["id"] == old["model"]]
    return labels if len(labels) == 1 else [""]


def _renamed(old: Mapping[str, Any], names: list[str], seen: set[str]) -> Iterator[Request]:
    """The requests that an old one stands for. Where another address has answered it, the name tells the address."""
    messages = tuple(Message(role, content) for role, content in old["messages"])
    for name in names:
        request = Request(old["model"], name, messages, old["parameters"], old["sample"])
        if request.key in seen:
            host = urlsplit(bare(old["endpoint"]) or "").netloc or "default address"
            request = Request(old["model"], f"{request.label}@{host}", messages, old["parameters"], old["sample"])
        yield request
