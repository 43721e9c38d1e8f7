"""Providers, one file each: whom a request is sent to. A file of a project, or of another package, is the same."""
