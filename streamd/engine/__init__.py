"""What streamd exists for: the journal's writer, the broadcaster, cursors, catch-up and runs.

asyncio, but no sockets, no SQL, no vendors.
"""
