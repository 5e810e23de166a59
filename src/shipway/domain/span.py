"""Lengths of time as people write them: `30s`, `5m`, `2h`, `7d`, `1h30m`."""

import re
from datetime import timedelta

_PART = re.compile(r"(\d{1,6})([smhdw])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """Read a length of time.

    Raises:
        ValueError: It is none, with an example.
    """
    if not _WHOLE.fullmatch(text):
        message = f"{text!r} is no length of time such as 30s, 5m, 2h, 7d or 1h30m"
        raise ValueError(message)
    parts = _PART.finditer(text)
    return sum((timedelta(**{_UNITS[part[2]]: int(part[1])}) for part in parts), timedelta())


def span_text(span: timedelta) -> str:
    """Write a length of time in its two largest units, such as `1d 4h`."""
    seconds = max(int(span.total_seconds()), 0)
    sizes = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    found: list[str] = []
    for unit, size in sizes:
        count, seconds = divmod(seconds, size)
        if count:
            found.append(f"{count}{unit}")
    return " ".join(found[:2]) or "0s"


def no_span(text: str) -> str:
    """Why a text is no length of time; empty when it is one, or nothing."""
    try:
        if text:
            parse_span(text)
    except ValueError as problem:
        return str(problem)
    return ""
