"""What `import evalkit` offers, and what the commands call: functions that return results and print nothing.

The public names stand in `evalkit/__init__.py`; docs/python.md describes them.
"""
