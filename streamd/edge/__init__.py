"""Where the daemon meets its clients: sockets on one side, conversations on the other."""
