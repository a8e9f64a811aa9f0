"""Comparing two states of a prompt: lines, words, messages, config, and what is too long."""

from time import process_time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from prompts.diff import MAX_LINES, Row, State, compare


def rows_of(left: str, right: str, *, context: int | None = None) -> tuple[Row, ...]:
    (section,) = compare(State(left, {}), State(right, {}), context=context).sections
    return section.rows


def side(rows: tuple[Row, ...], name: str) -> str:
    lines = [getattr(row, name) for row in rows]
    return "\n".join("".join(piece.text for piece in line.pieces) for line in lines if line)


def marked(row: Row) -> tuple[list[str], list[str]]:
    return tuple(  # type: ignore[return-value]
        [piece.text for piece in line.pieces if piece.is_marked] if line else []
        for line in (row.left, row.right)
    )


def test_a_changed_word_is_marked_on_both_sides() -> None:
    (row,) = rows_of("Answer in short words", "Answer in long words")
    assert (row.kind, marked(row)) == ("changed", (["short"], ["long"]))


def test_lines_that_came_and_went_keep_the_numbers_of_their_side() -> None:
    rows = rows_of("one\ntwo\nthree", "one\nthree\nfour")
    found = [(row.kind, row.left and row.left.number, row.right and row.right.number) for row in rows]
    assert found == [("same", 1, 1), ("removed", 2, None), ("same", 3, 2), ("added", None, 3)]


def test_what_has_nothing_in_common_is_not_marked_by_words() -> None:
    (row,) = rows_of("alpha beta gamma", "1-2-3-4-5-6")
    assert marked(row) == ([], [])


def test_lines_far_from_a_change_are_folded() -> None:
    text = "\n".join(map(str, range(100)))
    rows = rows_of(text, text.replace("50", "fifty"), context=2)
    assert [row.kind for row in rows] == [
        *("skipped", "same", "same", "changed", "same", "same", "skipped"),
    ]
    assert (rows[0].skipped, rows[-1].skipped) == (48, 47)


def test_a_long_text_with_changes_far_apart_is_compared() -> None:
    lines = [f"{number} line of a long handbook" for number in range(20_000)]
    changed = [
        "a new first line",
        *lines[:9_000],
        "new",
        *lines[9_001:15_000],
        *lines[15_003:19_998],
        "the end",
    ]
    rows = rows_of("\n".join(lines), "\n".join(changed), context=0)
    assert [(row.kind, row.skipped) for row in rows] == [
        *(("added", 0), ("skipped", 9_000), ("changed", 0), ("skipped", 5_999)),
        *(("removed", 0), ("removed", 0), ("removed", 0), ("skipped", 4_995)),
        *(("changed", 0), ("removed", 0)),
    ]


@settings(deadline=None, max_examples=25)
@given(some.sets(some.integers(0, 2_999), max_size=40), some.sets(some.integers(0, 2_999), max_size=40))
def test_both_sides_of_a_long_text_are_whole(gone: set[int], doubled: set[int]) -> None:
    lines = [str(number % 2_900) for number in range(3_000)]
    changed = [
        line for index, line in enumerate(lines) for _ in range(1 + (index in doubled)) if index not in gone
    ]
    left, right = "\n".join(lines), "\n".join(changed)
    rows = rows_of(left, right)
    assert (side(rows, "left"), side(rows, "right")) == (left, right)
    assert [row.left.number for row in rows if row.left] == list(range(1, 3_001))


def test_a_chat_is_compared_message_by_message() -> None:
    old = [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "{{q}}"}]
    new = [
        {"role": "system", "content": "Be kind"},
        {"type": "placeholder", "name": "history"},
        {"role": "developer", "content": "{{q}}"},
    ]
    found = [(one.title, one.kind) for one in compare(State(old, {}), State(new, {})).sections]
    assert found == [("system", "same"), ("user → placeholder", "changed"), ("developer", "added")]


def test_thousands_of_messages_are_put_beside_each_other_by_their_place() -> None:
    same = [{"role": "user", "content": "same"}] * 5_000
    first, last = {"role": "system", "content": "first"}, {"role": "user", "content": "last"}
    grown = compare(State(same, {}), State([first, *same, last], {})).sections
    assert (len(grown), grown[-1].kind) == (5_002, "added")
    other = [{"role": "user", "content": f"{number}"} for number in range(5_000)]
    assert {one.kind for one in compare(State(same, {}), State(other, {})).sections} == {"changed"}


def test_words_are_marked_in_the_first_of_many_messages() -> None:
    line = "word " * 200
    old = [{"role": "user", "content": line + f"old{number}"} for number in range(60)]
    new = [{"role": "user", "content": line + f"new{number}"} for number in range(60)]
    sections = compare(State(old, {}), State(new, {})).sections
    assert marked(sections[0].rows[0]) == (["old0"], ["new0"])
    assert marked(sections[-1].rows[0]) == ([], [])


def test_a_new_role_alone_is_a_change() -> None:
    old, new = [{"role": "user", "content": "x"}], [{"role": "system", "content": "x"}]
    assert not compare(State(old, {}), State(new, {})).is_same


def test_the_config_is_compared_whatever_the_order_of_its_keys() -> None:
    same = compare(State("x", {"a": 1, "b": [2]}), State("x", {"b": [2], "a": 1}))
    assert same.is_same
    text, config = compare(State("x", {"a": 1}), State("x", {"a": 2})).sections
    assert (text.kind, config.title, config.kind) == ("same", "Config", "changed")


def test_a_small_change_in_a_megabyte_is_shown_and_a_large_one_told() -> None:
    text = "\n".join(f"line {number}" for number in range(100_000))
    assert "changed" in {
        row.kind for row in rows_of(text, text.replace("line 5000\n", "line V\n"), context=1)
    }
    (section,) = compare(State(text, {}), State(text.replace("line", "row"), {})).sections
    assert section.too_long and not section.rows and section.left_size == len(text)


def test_the_worst_texts_take_a_moment() -> None:
    begin = process_time()
    for line in ("", "a b " * 50, "{{x}} " * 3):
        half = MAX_LINES // 2 - 1
        rows_of("\n".join([line, "x"] * (half // 2)), "\n".join([line, "y y"] * (half // 2)))
    assert process_time() - begin < 5


@given(some.text(alphabet="ab \n{", max_size=60), some.text(alphabet="ab \n{", max_size=60))
def test_both_sides_can_be_read_from_the_rows(left: str, right: str) -> None:
    rows = rows_of(left, right)
    assert (side(rows, "left"), side(rows, "right")) == (left, right)
    same: Any = all(row.kind == "same" for row in rows)
    assert same == (left == right)
