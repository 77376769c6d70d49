"""Python values as Typst source, so that no text of the book is ever read as markup or code."""

import re

_SPECIAL = re.compile(r"""[\\"\x00-\x1f\x7f\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]""")
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string(text: str) -> str:
    r"""Write a Typst string.

    Examples
    --------
    >>> print(string('a "b" \\'))
    "a \"b\" \\"
    """
    escaped = _SPECIAL.sub(lambda m: _NAMED.get(m[0]) or f"\\u{{{ord(m[0]):x}}}", text)
    return f'"{escaped}"'


def literal(value: object) -> str:
    """Write a value: None, a truth value, a number, a string, a list or a dictionary.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list | tuple):
        # the comma keeps an array of one an array
        return "(" + "".join(f"{literal(item)}, " for item in value) + ")"
    if isinstance(value, dict):
        if not value:
            return "(:)"
        return "(" + ", ".join(f"{string(str(k))}: {literal(v)}" for k, v in value.items()) + ")"
    raise TypeError(f"{type(value).__name__} has no form in Typst")


def arguments(**named: object) -> str:
    """Write named arguments; an underscore in a name stands for a hyphen."""
    return ", ".join(f"{name.replace('_', '-')}: {literal(value)}" for name, value in named.items())


def text(value: str) -> str:
    r"""Write text as markup in which every mark of punctuation stands for itself.

    Examples
    --------
    >>> print(text("a -- #b"))
    a \-\- \#b
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", value)
