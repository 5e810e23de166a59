"""What commit messages mean: one table of rules, docs/reference/commits.md."""

from shipway.domain.commit.change import DEFAULT_LEVELS, DEFAULT_RULES, Change, Message, Reverted, Rules

__all__ = ["DEFAULT_LEVELS", "DEFAULT_RULES", "Change", "Message", "Reverted", "Rules"]
