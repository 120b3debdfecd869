"""JSON of records, JSON Schemas of values and of types, and the characters that texts may have."""
