"""What commit messages mean: one table of rules, docs/reference/commits.md."""

from shipway.domain.commit.change import DEFAULT_LEVELS, Change, Message, Reverted, Rules
from shipway.domain.commit.message import DEFAULT_RULES, read_message

__all__ = ["DEFAULT_LEVELS", "DEFAULT_RULES", "Change", "Message", "Reverted", "Rules", "read_message"]
