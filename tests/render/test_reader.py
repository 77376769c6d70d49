"""What is no construct's: where chapters begin, and what Pandoc warns of."""

from pathlib import Path

import pytest
from trees import error


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A\n\n---\nkey: value\n---\n\nB\n", "one.qmd:6: a block of YAML (`key`)"),
    ],
)
def test_what_is_not_known_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    assert error(tmp_path, text).startswith(said)
