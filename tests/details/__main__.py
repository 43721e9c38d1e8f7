"""`python -m tests.details`: write anew what has changed."""

from __future__ import annotations

import sys

from tests.details.areas import record

for name in record():
    print(f"{name}: written anew", file=sys.stderr)
