"""Scorers over stored transcripts, in worker processes that can be killed."""
