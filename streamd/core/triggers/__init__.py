"""Declarations of triggers, which start runs without anybody asking: events that match, and times of schedules."""
