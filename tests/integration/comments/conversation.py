"""A pull request on a twin, somebody who comments there, and the run that the comment starts."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from integration.release.world import (
    FILES,
    NAME,
    NOON,
    RELEASE_ID,
    World,
    clone_of,
    git,
    make_source,
    settle_people,
)
from shipway.bootstrap.commenting import CommentAsked, run_comment
from shipway.bootstrap.environment import Chance, Watchers
from shipway.domain.commenting.results import CommentOutcome
from shipway.twin import admin
from shipway.twin.behaviour import comments, issues, pulls, reviews
from shipway.twin.behaviour.events import Happened
from shipway.twin.identity import Identity
from shipway.twin.rest.payloads import payload
from shipway.twin.server import Twin
from shipway.twin.world import Clock

BOT = "github-actions[bot]"
PERMISSIONS = {
    **dict.fromkeys(("contents", "deployments", "checks", "pull_requests", "issues", "actions"), "write"),
    "statuses": "read",
    "metadata": "read",
}
PEOPLE = {"releaser": "admin", "alice": "write", "bob": "write", "reader": "read"}
"""Who works here, with their roles; `stranger` has none."""

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  staging: {deploy: {command: ["true"]}}
  production: {deploy: {command: ["true"]}}
"""


@dataclass(slots=True)
class Conversation:
    """One pull request.

    Attributes:
        number: Of the pull request.
        token: Of the job that the comment starts.
        runs: How many jobs ran, which gives their ids.
    """

    world: World
    number: int = 0
    token: str = ""
    runs: int = 0
    seen: int = 0
    event: dict[str, Any] = field(default_factory=dict)
    event_name: str = "issue_comment"

    @property
    def twin(self) -> Twin:
        """Where it is."""
        return self.world.twin

    def repo(self) -> dict[str, Any]:
        """The repository's document."""
        found = self.twin.world.repository(NAME)
        assert found
        return found

    def open(self, branch: str, *, fork: bool = False) -> None:
        """A pull request of alice's with one commit; a fork's comes from mallory."""
        self.world.git("checkout", "--quiet", "-B", branch, "origin/main")
        self.world.commit("feat: say more", {"more.txt": f"more of {branch}\n"})
        self.world.git("checkout", "--quiet", "main")
        body = {"title": "feat: say more", "head": branch, "base": "main"}
        self.number = self.world.request("POST", "/pulls", body, self.world.token_of("alice"))["number"]
        if fork:
            self._change(head_repo="mallory/hello")

    def _change(self, **fields: Any) -> None:
        with self.twin.world.locked():
            pull = issues.find(self.twin.world, self.repo(), self.number)
            self.twin.world.store.put("pull", NAME, self.number, pull | fields)

    def say(self, body: str, by: str = "alice", *, review: str = "") -> None:
        """Comment, or review with this verdict; keeps the event that GitHub tells of it."""
        world, repo = self.twin.world, self.repo()
        with world.locked(Identity(by)):
            thread = issues.find(world, repo, self.number)
            if review:
                made = reviews.create(world, repo, thread, review, body)
                about: Mapping[str, Any] = {"review": made, "pull": thread}
                name, action = "pull_request_review", "submitted"
            else:
                made = comments.create(world, repo, thread, body)
                about, name, action = {"thread": thread, "comment": made}, "issue_comment", "created"
            self.keep(name, action, about)

    def keep(self, name: str, action: str, about: Mapping[str, Any]) -> None:
        """The event, as the job will find it."""
        self.event_name = name
        self.event = payload(self.twin.world, self.repo(), Happened(NAME, name, action, about))

    def edit(self, body: str, by: str = "alice", *, told: bool = False) -> None:
        """Edit the comment after its event; `told` keeps the event of the edit instead."""
        world, repo = self.twin.world, self.repo()
        self.later()
        with world.locked(Identity(by)):
            before = self.event["comment"]["body"]
            comment = comments.update(world, repo, self.event["comment"]["id"], body)
            if told:
                thread = issues.find(world, repo, self.number)
                changes = {"body": {"from": before}}
                self.keep(
                    "issue_comment", "edited", {"thread": thread, "comment": comment, "changes": changes}
                )

    def react(self, by: str, content: str) -> None:
        """Somebody reacts to the comment."""
        world, repo = self.twin.world, self.repo()
        with world.locked(Identity(by)):
            comments.react(world, repo, f"comment/{self.event['comment']['id']}", content)

    def push(self, branch: str, dated: str = "") -> None:
        """A new commit on a branch, perhaps with dates that are made up."""
        self.world.git("fetch", "--quiet", "origin", branch)
        self.world.git("checkout", "--quiet", "-B", branch, "FETCH_HEAD")
        self.world.commit("fix: say it otherwise", {"otherwise.txt": "otherwise\n"})
        if dated:
            self.world.git("commit", "--quiet", "--amend", "--no-edit", f"--date={dated}")
            self.world.git("push", "--quiet", "--force", "origin", branch)
        self.world.git("checkout", "--quiet", "main")

    def head(self, branch: str) -> str:
        """The newest commit of a branch."""
        return self.world.git("ls-remote", "origin", f"refs/heads/{branch}").split()[0]

    def fix(self, version: str) -> None:
        """A fix on the branch of a hotfix."""
        branch = f"hotfix/{version}"
        self.world.git("fetch", "--quiet", "origin", branch)
        self.world.git("checkout", "--quiet", "-B", branch, "FETCH_HEAD")
        self.world.commit("fix: do not crash", {"fix.txt": "mended\n"})
        self.world.git("checkout", "--quiet", "main")

    def carry(self, version: str) -> None:
        """Carry a hotfix on, as its own workflow does."""
        self.world.release(version, stage="hotfix", moves_clone=True)
        self.world.git("checkout", "--quiet", "main")

    def later(self, **span: int) -> None:
        """Let time pass."""
        self.twin.world.clock.advance(timedelta(**(span or {"minutes": 1})))

    def obey(
        self, event: Mapping[str, Any] | None = None, new_id: Callable[[], str] | None = None
    ) -> CommentOutcome:
        """Run the job that the comment starts; `new_id` gives ids in the place of counted ones."""
        self.runs += 1
        path = self.world.clone.with_name("event.json")
        path.write_text(json.dumps(event or self.event))
        environment = self.world.environment(
            GITHUB_TOKEN=self.token,
            GH_TOKEN=self.token,
            GITHUB_EVENT_NAME=self.event_name,
            GITHUB_EVENT_PATH=str(path),
            GITHUB_RUN_ID="4242",
        )
        ids = iter(f"{self.runs:08x}-0000-4000-8000-{number:012x}" for number in range(1000))
        return run_comment(
            CommentAsked(repo=self.world.clone),
            environment,
            Watchers(),
            sleep=self.world.pauses.append,
            chance=Chance(self.twin.world.clock.now, lambda: 0.0, new_id or (lambda: next(ids)), lambda: 0.0),
        )

    def said_by_us(self, mark: str) -> str:
        """Our comments with a mark, one after the other; empty where there is none. No mark is there twice."""
        with self.twin.world.locked():
            found = [
                one["body"]
                for one in comments.of_thread(self.twin.world, self.repo(), self.number)
                if one["user"] == BOT and one["body"].startswith(f"<!-- shipway:{mark}")
            ]
        marks = [body.partition("\n")[0] for body in found]
        assert len(marks) == len(set(marks)), marks
        return "\n".join(body.partition("\n")[2] for body in found)

    def effects(self) -> list[str]:
        """What has changed since the last time, as `who: effect subject`."""
        new = self.twin.journal.entries(after=self.seen)
        self.seen = new[-1].seq if new else self.seen
        return [f"{one.actor}: {one.effect} {one.subject}{_content(one.detail)}" for one in new]

    def requests(self) -> list[str]:
        """Requests of the API so far, GraphQL by the operation."""
        return [
            one.operation or f"{one.method} {one.route}"
            for one in self.twin.journal.requests
            if one.kind in {"rest", "graphql"}
        ]


def _content(detail: Mapping[str, Any]) -> str:
    return f" {detail['content']}" if "content" in detail and len(str(detail["content"])) < 10 else ""


def begin(
    folder: Path, twin: Twin, configuration: str = CONFIGURATION, files: Mapping[str, str] | None = None
) -> Conversation:
    """Version 1.0.0, three environments, and people with roles."""
    given = {**FILES, ".github/shipway.yml": configuration, **(files or {})}
    source = make_source(folder / "source", given)
    git(source, "tag", "v1.0.1", "HEAD~1")
    token = settle_people(twin, source)
    world = World(twin, clone_of(twin, token, folder / "clone"), token)
    with twin.world.locked():
        for login in (*PEOPLE, "stranger", "mallory", BOT, "renovate[bot]"):
            admin.create_user(twin.world, login)
        for login, role in PEOPLE.items():
            admin.add_collaborator(twin.world, NAME, login, role)
    job = world.token_of(BOT, permissions=PERMISSIONS, kind="actions")
    return Conversation(world, token=job)


__all__ = ["NOON", "RELEASE_ID", "Clock", "Conversation", "begin", "pulls"]
