"""Imports all that a daemon may need, in the process from which daemons are forked; importing is the point."""

from streamd.preloading import load_rooms

load_rooms()
