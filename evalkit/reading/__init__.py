"""Reading replies as text: plain text with the way back, words, sentences, quantities, facts, cues, negation. Pure."""
