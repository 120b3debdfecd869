"""Triggers: what starts runs without anybody asking; how they are declared, when schedules are due, which events match."""
