"""Several agents on one request: the coordinator with its supporting agents, and the team for requests of several parts."""
