"""Pure rules: same input, same output. No clock, no random, no await, no I/O."""
