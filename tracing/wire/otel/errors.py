"""The ways in which an OTLP export can be refused, each with the body that clients know: `{"error": …}`."""

from typing import Any

from langfuse_site.lib.errors import ApiError


class RefusedExport(ApiError):
    """The export as a whole can't be taken; nothing of it is stored."""

    status = 400

    def body(self) -> dict[str, Any]:
        return {"error": self.message}


class UnparsableExport(RefusedExport):
    """The body is not in the encoding that its content type names."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"Failed to parse OTel {encoding} Trace")


class InvalidExport(RefusedExport):
    """The body can be parsed and breaks the rules of an export."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid OTLP trace export: {reason}")
