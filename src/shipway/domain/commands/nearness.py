"""What was probably meant by a word that means nothing."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like it; empty where none does."""
    return next(iter(get_close_matches(word, list(known), n=1)), "")


def mistyped(word: str, known: Iterable[str]) -> str:
    """The known word that this one probably is a slip of; empty for a word of its own.

    One slip in a word of up to six letters, two in a longer one. That is stricter than `nearest_word`, as a line
    that begins with a slash may be another program's.
    """
    slips = {one: _slips(word, one) for one in known if abs(len(one) - len(word)) <= 2}
    found = min(slips, key=slips.__getitem__, default="")
    return found if found and slips[found] <= (1 if len(found) <= 6 else 2) else ""


def _slips(one: str, other: str) -> int:
    """How many letters have to be put in, left out, changed or swapped with the next to get from one to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one):
        earlier, before, row = before, row, [place + 1]
        for column, wanted in enumerate(other):
            costs = [before[column] + (letter != wanted), before[column + 1] + 1, row[column] + 1]
            if place and column and letter == other[column - 1] and one[place - 1] == wanted:
                costs.append(earlier[column - 1] + 1)
            row.append(min(costs))
    return row[-1]
