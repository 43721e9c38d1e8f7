"""Statistics of paired comparisons: arrays in, small frozen dataclasses out.

Everything is pure and deterministic; what draws random numbers takes a seed. Two questions are kept apart. *These
problems*: would it repeat on them? `permutation.py`. *Problems like these*: would it hold on others? `paired.py`.
"""
