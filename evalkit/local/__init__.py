"""Runs a Hugging Face model in this process: the engine behind `providers/hf.py`.

settings.py   what a user may set, checked                     (light)
files.py      where the model's files are, hub or folder       (light)
loading.py    files to model and tokenizer, memory checked
prompting.py  messages to tokens, tokens to a reply
rows.py       one reply in the making
sampling.py   logits to the next token, row by row
cache.py      keys and values of many rows, in slots
prefixes.py   prompts that were computed already
groups.py     prompts that are computed together
memory.py     how much there is
slots.py      many rows at once, refilled as they end
suited.py     whether a model can do that
static.py     the same for models whose cache is not plain
worker.py     the thread that runs it beside the event loop
"""
