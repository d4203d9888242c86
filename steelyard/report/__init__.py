"""What a run shows: rows for its database, words for a person."""
