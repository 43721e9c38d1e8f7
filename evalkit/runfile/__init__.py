"""One run, one SQLite file: replies, transcripts, scores, labels and the texts of the specs that were used."""
