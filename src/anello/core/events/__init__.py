"""Events: facts that actions append in their own transaction; consumers follow them in commit order."""

from anello.core.events.consumers import consumer, registered
from anello.core.events.log import append

__all__ = ["append", "consumer", "registered"]
