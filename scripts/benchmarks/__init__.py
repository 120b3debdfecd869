"""What streamd costs, beside the alternatives. scripts/bench runs it and README.md here says how to read it."""
