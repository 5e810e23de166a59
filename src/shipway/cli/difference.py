"""What a run has changed on a playground: as data, and as people read it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from shipway.adapters.git_mirror import difference, text_at
from shipway.cli.markdown_view import readable
from shipway.cli.playground import Playground
from shipway.domain.record import LOG_PATH
from shipway.twin.behaviour import deployments, pulls, releases

LEDGER = "refs/heads/shipway-ledger"
_STATES = {"success": "green", "failure": "red", "error": "red", "inactive": "dim"}


@dataclass(frozen=True, slots=True)
class Picture:
    """How a playground looked at one moment.

    Attributes:
        refs: Full name → object of every branch and tag.
        newest_effect: Number of the last change that there had been.
        pulls: Every pull request.
    """

    refs: Mapping[str, str]
    newest_effect: int
    pulls: tuple[dict[str, Any], ...]


def picture_of(place: Playground) -> Picture:
    """How it looks now."""
    world = place.twin.world
    with world.locked():
        newest = max((one.seq for one in world.journal.entries()), default=0)
        return Picture(dict(world.git[place.site.repository].refs), newest, _pulls(place))


def changes(place: Playground, before: Picture, address: str = "") -> dict[str, Any]:
    """Everything that is different from before, as plain JSON.

    Releases and deployments are all new: a playground begins without any.

    Args:
        place: Where it happened.
        before: How it looked.
        address: Where the real repository is served, to stand in links instead of the twin.
    """
    found = _changes(place, before)
    if not address:
        return found
    text = json.dumps(found).replace(place.twin.url, address)
    real: dict[str, Any] = json.loads(text)
    return real


def _changes(place: Playground, picture: Picture) -> dict[str, Any]:
    before, after = picture.refs, picture_of(place).refs
    world = place.twin.world
    with world.locked():
        repo = place.document
        return {
            "branches": _moved(before, after, "refs/heads/"),
            "tags": _moved(before, after, "refs/tags/"),
            "files": _files(place, before, after),
            "pull_requests": [one for one in _pulls(place) if one not in picture.pulls],
            "releases": [_release(one) for one in reversed(releases.listed(world, repo))],
            "deployments": [_deployment(place, one) for one in reversed(deployments.listed(world, repo))],
            "ledger": _log(place, after).removeprefix(_log(place, before)).splitlines(),
            "effects": [
                f"{one.actor}: {one.effect} {one.subject}"
                for one in world.journal.entries(after=picture.newest_effect)
            ],
        }


def _log(place: Playground, refs: Mapping[str, str]) -> str:
    return text_at(place.mirror.path, refs[LEDGER], LOG_PATH) if LEDGER in refs else ""


def _moved(before: Mapping[str, str], after: Mapping[str, str], prefix: str) -> list[dict[str, str]]:
    names = sorted(name for name in {*before, *after} if name.startswith(prefix))
    rows = [(name.removeprefix(prefix), before.get(name, ""), after.get(name, "")) for name in names]
    return [{"name": name, "before": old, "after": new} for name, old, new in rows if old != new]


def _files(place: Playground, before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """The files that changed on the branches that were there before, but not in the ledger."""
    found = []
    for name, old in before.items():
        new = after.get(name, "")
        if not new or new == old or name == LEDGER or not name.startswith("refs/heads/"):
            continue
        whole = difference(place.mirror.path, old, new)
        for part in filter(None, whole.split("diff --git ")):
            path = part.partition("\n")[0].rpartition(" b/")[2]
            found.append(
                {"branch": name.removeprefix("refs/heads/"), "path": path, "diff": f"diff --git {part}"}
            )
    return found


def _pulls(place: Playground) -> tuple[dict[str, Any], ...]:
    return tuple(map(_pull, pulls.listed(place.twin.world, place.document, state="all")))


def _pull(pull: Mapping[str, Any]) -> dict[str, Any]:
    state = "merged" if pull["merged_at"] else pull["state"]
    names = ("number", "title", "body", "labels", "milestone")
    return {name: pull[name] for name in names} | {
        "state": state,
        "head": pull["head_ref"],
        "base": pull["base_ref"],
        "author": pull["user"],
    }


def _release(release: Mapping[str, Any]) -> dict[str, Any]:
    names = ("tag_name", "name", "body", "draft", "prerelease")
    return {name: release[name] for name in names}


def _deployment(place: Playground, deployment: Mapping[str, Any]) -> dict[str, Any]:
    found = deployments.statuses(place.twin.world, place.document, deployment["id"])
    ordered = sorted(found, key=lambda status: int(status["id"]))
    return {
        "environment": deployment["environment"],
        "ref": deployment["ref"],
        "version": (deployment["payload"] or {}).get("version") or deployment["ref"],
        "sha": deployment["sha"],
        "statuses": [{"state": one["state"], "description": one["description"] or ""} for one in ordered],
    }


# -- for people ------------------------------------------------------------------------------------


def show_changes(console: Console, found: Mapping[str, Any]) -> None:
    """Print a difference."""
    _section(console, "Branches and tags", _ref_lines(found))
    _section(console, "Files", [_diff(one["diff"]) for one in found["files"]])
    for pull in found["pull_requests"]:
        _section(console, "Pull request", pull_part(pull))
    for release in found["releases"]:
        _section(console, "GitHub Release", _release_part(release))
    _section(
        console, "Deployments", [deployments_table(found["deployments"])] if found["deployments"] else []
    )
    _section(console, "Ledger", [Text(f"+ {line}", "green") for line in found["ledger"]])


def heading(console: Console, title: str) -> None:
    """A line across the page with a title."""
    console.print()
    console.print(Rule(Text(title, "bold"), align="left", style="dim"))


def _section(console: Console, title: str, parts: Iterable[RenderableType]) -> None:
    lines = list(parts)
    if lines:
        heading(console, title)
    for line in lines:
        console.print(line, soft_wrap=isinstance(line, Text))


def _ref_lines(found: Mapping[str, Any]) -> list[Text]:
    rows = [("branch", one) for one in found["branches"]] + [("tag", one) for one in found["tags"]]
    return [_ref_line(kind, one) for kind, one in rows]


def _ref_line(kind: str, moved: Mapping[str, str]) -> Text:
    old, new = moved["before"][:10], moved["after"][:10]
    if not old:
        return Text(f"+ {kind} {moved['name']} at {new}", "green")
    if not new:
        return Text(f"- {kind} {moved['name']}, was at {old}", "red")
    return Text(f"~ {kind} {moved['name']} from {old} to {new}", "yellow")


def _diff(text: str) -> Text:
    return Text("\n").join(Text(line, _style(line)) for line in text.splitlines())


def _style(line: str) -> str:
    if line.startswith(("diff ", "+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def pull_part(pull: Mapping[str, Any]) -> list[RenderableType]:
    """A pull request as people read it."""
    return [
        Text.assemble((pull["title"], "bold"), f"  ({pull['state']})"),
        Text(f"{pull['head']} → {pull['base']}   labels: {', '.join(pull['labels']) or 'none'}", "dim"),
        Text(),
        Markdown(readable(pull["body"] or "")),
    ]


def _release_part(release: Mapping[str, Any]) -> list[RenderableType]:
    kind = "draft" if release["draft"] else "prerelease" if release["prerelease"] else "published"
    head = Text.assemble((release["name"] or release["tag_name"], "bold"), f"  ({kind})")
    return [head, Text(), Markdown(readable(release["body"] or ""))]


def deployments_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Deployments with the states that each went through."""
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for column in ("environment", "version", "states", "last word"):
        table.add_column(column, overflow="fold")
    given = list(rows)
    for number, row in enumerate(given):
        states = Text(" → ").join(
            Text(one["state"], _STATES.get(one["state"], "")) for one in row["statuses"]
        )
        table.add_row(row["environment"], row["ref"], states, _last_word(row, given[number + 1 :]))
    return table


def _last_word(row: Mapping[str, Any], later: Sequence[Mapping[str, Any]]) -> str:
    """Of one that GitHub itself made inactive, which says nothing, what took its place."""
    said = row["statuses"][-1] if row["statuses"] else {"state": "", "description": ""}
    follows = next((one["version"] for one in later if one["environment"] == row["environment"]), "")
    if said["state"] == "inactive" and not said["description"] and follows:
        return f"replaced by {follows}"
    return str(said["description"])
