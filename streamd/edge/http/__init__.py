"""HTTP: plain requests and Server-Sent Events for clients that have no WebSocket.

Every route is a parser in front of a use case and an encoder behind it; a stream of events is a cursor like a socket's,
with another encoding. Starlette, uvicorn and httptools are imported in a thread, once the daemon is ready.
"""

from streamd.edge.http.encoders import http_encoders
from streamd.edge.http.listener import HttpListener, open_http_listener

__all__ = ["HttpListener", "http_encoders", "open_http_listener"]
