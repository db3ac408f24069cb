"""The API answers what its own document says, whatever it is asked."""

from pathlib import Path

from tests.web.security.contract import ask, served


def test_no_answer_is_an_error_of_ours_or_another_than_is_written(
    tmp_path: Path,
) -> None:
    """SEC: contract."""
    with served(tmp_path) as asked:
        found = ask(asked, tmp_path, examples=3, seed=1)
    assert not found, "\n".join(found)
