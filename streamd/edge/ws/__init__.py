"""WebSocket clients: the listener and its sockets, sessions with their routes, and the sweeper that looks after both.

A socket knows frames and timeouts, a session knows messages and replies. `_routes.py` says what each message does.
"""

from streamd.edge.ws.encoders import websocket_encoders
from streamd.edge.ws.listener import WebSocketListener, open_listener

__all__ = [
    "WebSocketListener",
    "open_listener",
    "websocket_encoders",
]
