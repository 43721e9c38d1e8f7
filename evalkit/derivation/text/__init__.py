"""A reply as a document: its formulas, rows and sentences."""
