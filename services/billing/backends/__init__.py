"""Where bills come from: one interface, one backend per kind of billing system."""

from services.billing.backends.interface import Backend, BackendAccount, Unavailable

__all__ = ["Backend", "BackendAccount", "Unavailable"]
