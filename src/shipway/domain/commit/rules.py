"""The rules in one sentence each, for `shipway explain`; docs/reference/commits.md has them in full."""

RULES = {
    3: "the type decides",
    4: "it breaks those who depend on it",
    7: "one of several changes in a message",
    9: "merges speak through what they merge",
    10: "it is not a header",
    11: "a revert of something outside the range",
    12: "`Release-As:` forces the version",
}
"""Number of a rule that can decide a level → why it did."""
