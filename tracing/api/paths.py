"""What of a URL's path is an id: anything up to the end, slashes and line breaks included."""

from django.urls import register_converter
from django.urls.converters import get_converters


class WireIdConverter:
    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return the id as it is stored: U+FFFD stands for NUL."""
        return value.replace("\x00", "\ufffd")

    def to_url(self, value: str) -> str:
        return value


def register_wire_ids() -> None:
    """Make `<wire_id:…>` known to the routes."""
    if "wire_id" not in get_converters():
        register_converter(WireIdConverter, "wire_id")
