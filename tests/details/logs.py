"""What is read of logs of other tools, with every key that is known of them; then what changes where a key is left out, one
after the other. Before it is matched with problems (tests/details/asking.py does that with real logs).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from evalkit.errors import EvalkitError
from evalkit.runfile.logs.form import Log, Part
from evalkit.runfile.logs.reading import recognised
from tests.details.one_less import one_less
from tests.logged import chat, message

Shown = dict[str, Any]
THOUGHT = '<details type="reasoning" done="true">\n<summary>Thought</summary>\n&gt; 2/2 &lt; 2\n</details>\nIt is 1.'
LOGS: Mapping[str, Any] = {
    "chatgpt": [
        chat(
            message("system", "Be brief."),
            message("user", content={"content_type": "user_editable_context", "user_profile": "A teacher.", "user_instructions": "Slowly."}),
            message("system", "", metadata={"is_user_system_message": True, "user_context_message_data": {"about": "A teacher."}}),
            message("user", {"content_type": "image_asset_pointer"}, {"content_type": "audio_asset_pointer"}, {"content_type": "odd"},
                    {"content_type": "audio_transcription", "text": "Half?"}, {}, "Now.",
                    metadata={"attachments": [{"name": "a.pdf", "mime_type": "application/pdf"}, {"name": "b.png", "mimeType": "image/png"}]}),
            message("assistant", content={"content_type": "thoughts", "thoughts": [{"summary": "Halves", "content": "2/2"}]}),
            message("assistant", content={"content_type": "reasoning_recap", "content": "Thought for 2 s"}),
            message("assistant", content={"content_type": "code", "text": "2/2"}, recipient="python"),
            message("tool", content={"content_type": "execution_output", "result": "1.0"}, author={"name": "python"}),
            message("assistant", "It is 1.", metadata={"model_slug": "gpt-x", "finish_details": {"type": "max_tokens"}}),
            message("user", "And?"), message("assistant", "It", status="in_progress"),
            branch=message("assistant", "It is 2."),
        ),
        {**chat(message("user", "Half?"), message("assistant", "1", metadata={"finish_details": {"type": "content_filter"}})),
         "current_node": "gone", "default_model_slug": "gpt-y"},
        {"mapping": {}, "current_node": "x", "title": "Empty"},
    ],
    "openwebui": [
        {"id": "c", "chat": {
            "timestamp": 5, "models": ["llama"], "system": "Be brief.", "params": {"system": "Be slow."},
            "history": {"currentId": "d", "messages": {
                "a": {"id": "a", "role": "user", "content": "Half?", "childrenIds": ["b", "e"], "timestamp": 1,
                      "files": [{"type": "image", "name": "p.png"}, {"type": "file", "file": {"filename": "q.pdf"}}, {}]},
                "b": {"id": "b", "parentId": "a", "role": "assistant", "content": THOUGHT, "model": "llama-2", "childrenIds": ["c"], "timestamp": 2,
                      "reasoning_content": "So.", "usage": {"prompt_eval_count": 7, "eval_count": 3}, "files": [{"type": "image"}]},
                "c": {"id": "c", "parentId": "b", "role": "user", "content": "And?", "childrenIds": ["d"], "timestamp": 3},
                "d": {"id": "d", "parentId": "c", "role": "assistant", "content": "It", "done": False, "info": {"prompt_tokens": 9, "completion_tokens": 1}, "timestamp": 4},
                "e": {"id": "e", "parentId": "a", "role": "assistant", "content": "Two.", "childrenIds": [], "timestamp": 2},
            }}}},
        {"chat": {"history": {}, "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "", "error": {"content": "no GPU"}}]}},
        {"chat": {"history": {"messages": {}}}},
    ],
    "promptfoo": {"evalId": "e", "results": {"prompts": [{"label": "plain"}, {"label": "x " * 50}], "results": [
        {"promptIdx": 0, "testIdx": 0, "prompt": {"raw": "Half?", "label": ""}, "vars": {"question": "Half?"}, "provider": {"id": "openai:gpt-x", "label": ""},
         "testCase": {"vars": {"hint": "Two."}, "metadata": {"problem_id": "set/half"}, "description": "first"},
         "response": {"output": "1", "tokenUsage": {"prompt": 5, "completion": 2}, "finishReason": "stop"},
         "score": 0.5, "gradingResult": {"reason": "close"}, "namedScores": {"Near By": 1}},
        {"promptIdx": 1, "prompt": {"raw": '[{"role": "system", "content": "S"}, {"role": "user", "content": "Third?"}]'}, "testCase": {"metadata": {"problem": "set/third"}},
         "provider": {"label": "mine"}, "response": {"output": {"value": 3}, "isRefusal": True}, "score": 1},
        {"promptIdx": 0, "prompt": {"raw": "X"}, "response": {"error": "busy"}, "error": "late", "failureReason": 2, "score": 0, "vars": {"id": "set/x"}},
    ]}},
    "samples_toy_2026-01-02T03-04-05.6": [
        {"doc_id": 0, "doc": {"question": "Half?", "id": "set/half"}, "arguments": {"gen_args_0": {"arg_0": "Q: Half?"}}, "resps": [["1"]],
         "filtered_resps": ["1"], "filter": "strict", "metrics": ["exact_match"], "exact_match": 1.0},
        {"doc_id": 1, "doc": {"problem": "Third?", "unique_id": 7}, "arguments": [["Third?"]], "resps": [["3", "4"]], "filter": "none", "acc": 0.5},
        {"doc_id": 2, "doc": {"input": "Rank?", "problem_id": "set/rank", "name": "r"}, "arguments": [["Rank?", " A"]], "resps": [[[-1.5, False]]], "acc": 1},
    ],
}  # fmt: skip
TABLES = {
    "heads": "Problem ID,Template,Model,Epoch,Response,Question Text,score,Score,why,passed\nset/half,plain,gpt-x,1,It is 1.,Half?,0.5,n/a,close,true\nset/half,plain,gpt-x,,,Half?,-,1,,false\n,plain,,,,,1,,,\n",
    "others": "item;condition;run;output;statement;points\nset/half;hint;2;One;Half?;3\nset/half;hint;x;Two;Half?;none\n",
    "tabs": "question\ttreatment\tanswer\tnumber\nset/half\ta\tb\t1\nset/half\ta\tc\t2\n",
    "no numbers": "problem,reply\nset/half,One\n",
    "a name alone": "task,arm,score\nset/half,plain,1\n",
}


def told(folder: Path) -> Iterator[str]:
    for name, log in LOGS.items():
        lines = name.startswith("samples")
        path = folder / "lab__gpt-x" / f"{name}.{'jsonl' if lines else 'json'}"
        path.parent.mkdir(exist_ok=True)
        whole = _read(path, log, lines)
        yield f"--- {name}"
        for part in whole:
            yield "; ".join(f"{key} {value}" for key, value in part.items())
        for place, less in one_less(log):
            yield f"- {place}: {_changed(whole, _read(path, less, lines))}"
    for name, table in TABLES.items():
        path = folder / f"{name}.csv"
        path.write_text(table, encoding="utf-8")
        yield f"--- {name}"
        yield from ("; ".join(f"{key} {value}" for key, value in part.items()) for part in _parts(path))


def _read(path: Path, log: Any, lines: bool) -> list[Shown]:
    path.write_text("\n".join(map(json.dumps, log)) if lines else json.dumps(log), encoding="utf-8")
    return _parts(path)


def _parts(path: Path) -> list[Shown]:
    form = recognised(path)
    if form is None:
        return [{"log": "of no tool that is known"}]
    try:
        return [{"tool": form.NAME, **_shown(part)} for part in form.read(Log(path))]
    except EvalkitError as error:
        return [{"error": str(error).replace(str(path.parent), "HERE")}]


def _shown(part: Part) -> Shown:
    return {f.name: value for f in fields(part) if (value := getattr(part, f.name)) not in ("", None, (), {}, [])}


def _changed(before: list[Shown], after: list[Shown]) -> str:
    if len(before) != len(after):
        return f"{len(after)} instead of {len(before)}: {'; '.join(map(str, after))[:300]}"
    changes = [
        f"{n} {key} {_news(old.get(key), new.get(key))}"
        for n, (old, new) in enumerate(zip(before, after, strict=True))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    ]
    return "; ".join(changes) or "nothing"


def _news(old: Any, new: Any) -> str:
    """The new value; of a list what is gone and what is new."""
    if not isinstance(old, list) or not isinstance(new, list):
        return repr(new)
    gone, come = [x for x in old if x not in new], [x for x in new if x not in old]
    return (
        f"without {len(gone)}, with {come}"
        if gone or come
        else f"{len(new)} instead of {len(old)}, or in another order"
    )
