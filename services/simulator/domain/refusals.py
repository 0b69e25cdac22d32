"""What the Cloud API answers when it refuses, in Meta's error shape. No text names a value the caller sent."""

from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class Refusal(Exception):
    """One refused request."""

    code: int
    text: str
    details: str = ""
    status: int = 400
    kind: str = "OAuthException"
    subcode: int | None = None
    transient: bool = False

    def body(self, trace: str) -> dict[str, Any]:
        """Meta's JSON; `trace` is the id that support would ask for."""
        error: dict[str, Any] = {"message": self.text, "type": self.kind, "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        return {"error": error | {"fbtrace_id": trace}}


def no_token() -> Refusal:
    """No token, or not that of this number."""
    return Refusal(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def no_such_number() -> Refusal:
    """The address names nothing that can be posted to."""
    text = (
        "Unsupported post request. Object with this ID does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation."
    )
    return Refusal(100, text, kind="GraphMethodException", subcode=33)


def not_json() -> Refusal:
    """The body is no JSON object."""
    return Refusal(100, "(#100) Invalid parameter", "The request body is not a JSON object")


def missing(name: str) -> Refusal:
    """A required parameter is not there."""
    return Refusal(131008, "(#131008) Required parameter is missing", f"Parameter {name} is missing")


def invalid(name: str, why: str) -> Refusal:
    """A parameter is there, and its value is not allowed."""
    return Refusal(131009, "(#131009) Parameter value is not valid", f"Parameter {name} {why}")


def unexpected(name: str) -> Refusal:
    """A parameter that does not exist, or does not belong there."""
    return Refusal(100, "(#100) Invalid parameter", f"Unexpected key on parameter {name}")
