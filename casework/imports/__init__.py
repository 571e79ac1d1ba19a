"""Ledgers from outside as records: declared by a line, read, checked, stored as one statement for each table."""
