"""Actions: the only way anything is written."""

from anello.core.actions.context import Change, Context
from anello.core.actions.errors import ActionError, Conflict, Denied, Invalid, NotFound, OnlyLooking
from anello.core.actions.registry import Action, action, asked, find, registered
from anello.core.actions.rules import everywhere, rule
from anello.core.actions.run import once, run, writing
from anello.core.actions.undo import Undo

__all__ = [
    "Action",
    "ActionError",
    "Change",
    "Conflict",
    "Context",
    "Denied",
    "Invalid",
    "NotFound",
    "OnlyLooking",
    "Undo",
    "action",
    "asked",
    "everywhere",
    "find",
    "once",
    "registered",
    "rule",
    "run",
    "writing",
]
