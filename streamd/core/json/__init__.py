"""JSON of records, and JSON Schemas of values and of types."""
