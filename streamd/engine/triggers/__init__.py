"""Triggers at work: each follows the events of its workspaces, or its schedule, and starts runs, exactly once for each.

`Triggers` opens them where they stood. Imported only where a trigger is declared, or was.
"""

from streamd.engine.triggers.triggers import Triggers

__all__ = ["Triggers"]
