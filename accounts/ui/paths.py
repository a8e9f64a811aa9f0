"""Parts of addresses in, ids that the database can be asked for out: none holds a NUL."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class RowId(StringConverter):
    """The id of a row of ours."""

    regex = r"[^/\x00]+"


class ClientId(StringConverter):
    """An id that a client chose; slashes and line breaks may be in it."""

    regex = r"[^\x00]+"


def register_paths() -> None:
    """Make the two known to `path`; before the first route that uses them."""
    register_converter(RowId, "row_id")
    register_converter(ClientId, "client_id")
