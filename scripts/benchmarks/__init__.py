"""What streamd costs, beside the alternatives: scripts/bench runs it, README.md says how to read it."""
