"""Stored scores to paired differences, with both readings, and what is derived from two turns or two scorers."""
