"""Tools of models: their calls, executed at the same time where they may be, approved by people, each result recorded once."""

from streamd.engine.tools.call_scope import CallScope, InTurn
from streamd.engine.tools.own_calls import OwnToolCalls
from streamd.engine.tools.toolset import Toolset
from streamd.engine.tools.turn_calls import TurnCalls

__all__ = ["CallScope", "InTurn", "OwnToolCalls", "Toolset", "TurnCalls"]
