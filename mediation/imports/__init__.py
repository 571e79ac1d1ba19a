"""Old ledgers of disputes: the columns, what a row must hold, and the case that comes out of it.

A row walks the workflow of a dispute with its own dates; what the law asks of a step (notice of rights, signatures,
routes that were told) is attested by the ledger, and the steps say so in their notes.
"""
