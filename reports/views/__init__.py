"""Pages of dashboards and of the report centre."""
