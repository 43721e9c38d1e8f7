"""Small inputs with all that is said of them, recorded: `python -m tests.details` (or `tests.recorded`) writes it anew.

An area is a function that writes into an empty folder and yields texts; `<area>.txt` beside it holds them. A change of any
word or figure there is seen in the diff of the commit that makes it. What is right is said by the other tests.
"""
