"""Menu's rules: greet, show the six options, understand free text, links, contacts, language. Pure."""

from services.menu.domain.dialogue import answer
from services.menu.domain.turn import Dialogue, Step, Turn, language_for

__all__ = ["Dialogue", "Step", "Turn", "answer", "language_for"]
