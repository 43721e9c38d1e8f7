"""Scorers, one file each: what a reply is judged by. A file of a project, or of another package, is the same."""
