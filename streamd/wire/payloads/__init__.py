"""Contents of the daemon's messages, as `TypedDict`s: `streamd.wire.schemas` makes JSON Schemas of them.

A key that a message gets is written here, too, with what it means and its unit; tests say so where it is forgotten.
"""
