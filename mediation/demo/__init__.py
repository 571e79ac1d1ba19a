"""Fictitious demo data of any size: deterministic, realistic Chinese, nobody's real number."""
