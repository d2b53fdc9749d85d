"""What the GDPR gives to people: a copy of all that is held, and being forgotten."""

from __future__ import annotations
