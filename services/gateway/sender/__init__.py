"""Sender: replies into the ledger, and from the ledger to WhatsApp. One active per number."""

from services.gateway.sender.sender import Sender

__all__ = ["Sender"]
