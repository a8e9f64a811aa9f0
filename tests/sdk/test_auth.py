"""auth_check of the Python SDK 2."""

from tests.sdk.running import Target, run_python


def test_the_right_keys_pass_and_wrong_ones_are_told(target: Target) -> None:
    answer = run_python("auth", target)
    assert answer["right"] is True
    assert answer["wrong"] == ["UnauthorizedError", 401]
