"""Where clients meet the daemon: one room for each kind of connection."""
