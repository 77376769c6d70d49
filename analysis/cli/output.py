"""What commands write: text for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import click

as_json = click.option("--json", "json_", is_flag=True, help="Write JSON instead of text.")
"""The option that every command has."""


def say(text: str, value: Any, json_: bool) -> None:
    """Write a text, or a value as JSON.

    Parameters
    ----------
    text : str
    value : dict or list
    json_ : bool
    """
    click.echo(json.dumps(plain(value), indent=2, allow_nan=False) if json_ else text)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: numbers of NumPy as plain ones, NaN and infinity as null."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    item: Callable[[], Any] | None = getattr(value, "item", None)
    if item is not None:
        value = item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
