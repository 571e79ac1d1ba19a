"""What a page, a save, a backlog and a report cost, measured against a floor in the same run."""
