"""Reading replies as text: plain text with the way back, words and sentences, quantities, facts, cues, negation. Pure."""
