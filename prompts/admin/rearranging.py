"""The rows of a chat as they were typed and the button that was pressed in, the rows in their new order out."""

from collections.abc import Callable

from django.http import QueryDict

FIELDS = ("message_kind", "message_role", "message_content", "message_name")
EMPTY = {"message": ("message", "user", "", ""), "placeholder": ("placeholder", "", "", "")}

Row = tuple[str, ...]
"""What was typed in the fields of one row, in the order of FIELDS."""


def rearranged(typed: QueryDict, step: str) -> QueryDict:
    """Return what was typed after `add-message`, `add-placeholder`, `up-3`, `down-3`, `remove-3` or `type`.

    A browser without scripts sends these, one with scripts does all but `type` itself, which takes the text
    of a text prompt into a chat and back. Any other step changes nothing.
    """
    if step == "type":
        return _carried_over(typed)
    what, _, which = step.partition("-")
    rows = _rows(typed)
    if what == "add" and which in EMPTY:
        rows.append(EMPTY[which])
    elif what in MOVES and which.isdecimal() and len(which) < 6 and int(which) < len(rows):
        MOVES[what](rows, int(which))
    else:
        return typed
    return _with_rows(typed, rows)


def _carried_over(typed: QueryDict) -> QueryDict:
    rows, text = _rows(typed), typed.get("text", "")
    if typed.get("type") == "chat":
        return _with_rows(typed, rows or [("message", "user", text, "")])
    changed = typed.copy()
    changed["text"] = text or "\n\n".join(content for _, _, content, _ in rows if content)
    return changed


def _rows(typed: QueryDict) -> list[Row]:
    return list(zip(*(typed.getlist(name) for name in FIELDS), strict=False))


def _with_rows(typed: QueryDict, rows: list[Row]) -> QueryDict:
    changed = typed.copy()
    for index, name in enumerate(FIELDS):
        changed.setlist(name, [row[index] for row in rows])
    return changed


def _remove(rows: list[Row], index: int) -> None:
    del rows[index]


def _up(rows: list[Row], index: int) -> None:
    rows.insert(max(0, index - 1), rows.pop(index))


def _down(rows: list[Row], index: int) -> None:
    rows.insert(index + 1, rows.pop(index))


MOVES: dict[str, Callable[[list[Row], int], None]] = {"remove": _remove, "up": _up, "down": _down}
