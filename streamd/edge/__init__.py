"""The edge: one room for each protocol by which clients connect."""
