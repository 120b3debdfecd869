"""WebSocket clients: the listener and its sockets, sessions with their routes, and the sweeper that checks liveness.

A socket knows frames and timeouts, a session knows messages and replies. `routes.py` says what each message does.
"""
