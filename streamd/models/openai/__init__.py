"""Models of any server that speaks the chat-completions protocol, through the library `openai` (`pip install streamd[openai]`).

The library takes about a second to import: only `open_openai` imports it, in a thread.
"""

from streamd.models.openai.open_client import open_openai
from streamd.models.openai.settings import ChatServer

__all__ = ["ChatServer", "open_openai"]
