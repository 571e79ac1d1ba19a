"""The deeds of the line, one module for each kind of business. Each deed is one transaction."""
