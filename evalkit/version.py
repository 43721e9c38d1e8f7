"""The version of evalkit, below everything that prints or stores it."""

VERSION = "0.1.0"
