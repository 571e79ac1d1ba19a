"""The forms of the line, one module for each kind of business. They clean into domain types; they know no rights."""
