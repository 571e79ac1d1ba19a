"""What is dated: things with versions, each valid from a day, drafted by one person and adopted by another (ADR 0030)."""
