"""Logs of other tools as conversations: one file for each format, which says by content alone whether a log is its own.

A new format is a file here with `NAME`, `is_mine(head)` and `read(log)`, and its name in `reading.FORMATS`.
"""
