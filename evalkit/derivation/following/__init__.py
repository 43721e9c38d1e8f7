"""The names, definitions, premises and ranges of a reply, in the order of the text."""
