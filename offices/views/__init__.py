"""Pages of accounts, people and offices."""
