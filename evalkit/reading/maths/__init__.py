"""Short mathematical answers: which formula is the answer, and whether it says what the staff's says."""
