"""Markdown as GitHub shows it, made readable in a terminal."""

import re

OPEN_UP_TO = 12
"""Lines of a folded part that are shown; longer ones are only counted."""

SECTION = 24
"""Lines of a section that are shown."""

_FOLDED = re.compile(r"<details>\s*<summary>(.*?)</summary>\n?(.*?)</details>", re.DOTALL)
_DIAGRAM = re.compile(r"```mermaid\n.*?```\n*", re.DOTALL)
_ALERT = re.compile(r"^> \[!(\w+)\]$", re.MULTILINE)
_TAG = re.compile(r"</?(?:sub|sup|b|i|br)\s*/?>")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def readable(markdown: str, longest: int = SECTION) -> str:
    """Markdown without what a terminal cannot show: folds are opened or counted, diagrams left to their tables.

    Args:
        markdown: What GitHub would show.
        longest: Lines after which a section is cut; says how many are left out.
    """
    text = _COMMENT.sub("", markdown)
    text = _DIAGRAM.sub("", text)
    text = _FOLDED.sub(_unfolded, text)
    text = _ALERT.sub(lambda found: f"> **{found[1].capitalize()}**  ", text)
    sections = re.split(r"^(?=## )", _TAG.sub("", text).strip(), flags=re.MULTILINE)
    return "".join(_cut(section, longest) for section in sections)


def _cut(section: str, longest: int) -> str:
    lines = section.rstrip().splitlines()
    if len(lines) <= longest:
        return section.rstrip() + "\n\n"
    left_out = sum(1 for line in lines[longest:] if line.strip())
    return "\n".join([*lines[:longest], "", f"*… and {left_out} more lines*", "", ""])


def _unfolded(found: re.Match[str]) -> str:
    summary, inside = _TAG.sub("", found[1]).strip(), found[2].strip()
    lines = sum(1 for line in inside.splitlines() if line.strip())
    if lines > OPEN_UP_TO:
        return f"**▸ {summary}** (folded, {lines} lines)\n"
    return f"**▾ {summary}**\n\n{inside}\n"
