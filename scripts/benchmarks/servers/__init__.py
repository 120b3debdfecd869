"""The alternatives, each a small server process: what one publishes, everyone hears."""
