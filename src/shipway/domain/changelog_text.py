"""A release's notes as Markdown, as our templates write them, for callers that should not wait for a template engine.

Tests hold this against `templates/changelog/`, which stays what repositories replace.
"""

from shipway.domain.changelog import Credit, Group, Notes


def release_text(notes: Notes) -> str:
    """What `changelog/release.md.j2` makes of a release."""
    name = notes.version or "Unreleased"
    title = f"[{name}]({notes.compare})" if notes.compare else name
    date = f" - {notes.date}" if notes.date else ""
    return f"## {title}{date}\n\n{section_text(notes)}"


def section_text(notes: Notes) -> str:
    """What `changelog/section.md.j2` makes of a release."""
    parts = ["_No commit follows Conventional Commits; all of them are listed._\n\n"] if notes.plain else []
    parts += map(_group, notes.groups)
    if not notes.groups:
        parts.append("No changes that users would notice.\n\n")
    parts += map(_credit, notes.credits)
    return "".join(parts)


def _group(group: Group) -> str:
    entries = "".join([f"- {entry}\n" for entry in group.entries])
    return f"### {group.title}\n\n{entries}\n"


def _credit(credit: Credit) -> str:
    names = ", ".join(map(str, credit.people))
    if not credit.folded:
        return f"{credit.title}: {names}\n"
    return f"<details><summary>{len(credit.people)} {credit.counted}</summary>\n\n{names}\n\n</details>\n\n"
