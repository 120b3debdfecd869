"""Tools of MCP servers, through the official library `mcp` (`pip install streamd[mcp]`); the README beside it is for operators.

The library takes about a second to import: only `open_tool_servers` imports it, in a thread.
"""

from streamd.mcp.allow_lists import check_tool_servers, unused_servers
from streamd.mcp.tool_servers import ToolServers, open_tool_servers

__all__ = ["ToolServers", "check_tool_servers", "open_tool_servers", "unused_servers"]
