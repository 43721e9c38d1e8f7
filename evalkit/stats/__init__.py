"""Statistics of paired comparisons: arrays in, small frozen dataclasses out.

Everything is pure and deterministic; what draws random numbers takes a seed. Two questions are kept apart:

*these problems* (would it repeat on them?): permutation.py (test), within.py (interval), sequential.py (early looks);
*problems like these* (would it hold on others?): paired.py (interval, test, equivalence), interaction.py, power.py.

For both: rates.py, adjust.py (many comparisons), unjudged.py (what was dropped), agreement.py (judges and people).
"""
