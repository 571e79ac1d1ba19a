"""Pages that every line shares."""
