"""Anthropic's language models, through Anthropic's own library.

The library takes about a second to import: only `open_anthropic` imports it, in a thread.
"""

from streamd.models.anthropic.open_client import open_anthropic
from streamd.models.anthropic.settings import AgentModel, Settings

__all__ = ["AgentModel", "Settings", "open_anthropic"]
