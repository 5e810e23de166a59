"""`shipway release … --rehearse`: the whole release, for real, on a private twin of the repository.

GitHub and the clone are only read. On the twin everything happens: branch, commit, pull request, merge, tag,
release, deployments, ledger. People are played, deploy commands are replaced.
"""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from shipway.adapters.git_mirror import Original
from shipway.adapters.git_repo import Clone
from shipway.adapters.github.settings import Settings, read_settings
from shipway.bootstrap.environment import Environment, connect
from shipway.bootstrap.release import Asked, check_clone, run_release
from shipway.cli.difference import changes, heading, picture_of, show_changes
from shipway.cli.output import say, show
from shipway.cli.people import People, both
from shipway.cli.playground import Playground, Site, playground
from shipway.cli.progress import Progress, watchers_of
from shipway.cli.result_text import MARKS
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.ledger_policy import LedgerPolicy
from shipway.domain.outcome import Outcome
from shipway.domain.policy import EnvironmentPolicy, Policy
from shipway.domain.stages import OF_ENVIRONMENTS, stages_of
from shipway.errors import InputError, UsageError


def rehearsed(asked: Asked, output: str, environment: Environment | None = None) -> int:
    """Rehearse a release and show what it would change.

    Args:
        asked: What would be released.
        output: Form of the result on standard output.
        environment: What to take for the process environment; the real one when not given.

    Returns:
        The exit code that the release would have.

    Raises:
        ShipwayError: What the release itself would be refused for; `rehearsal-stuck` when nobody can move it on.
    """
    if asked.dry_run:
        raise UsageError(
            "--dry-run and --rehearse exclude each other: one does nothing, the other does everything on a twin.",
            "Choose one, for example: shipway release auto --rehearse",
        )
    clone, environment = Clone(asked.repo), environment or Environment.read()
    check_clone(clone, asked)
    github = connect(environment, clone)
    settings = read_settings(github)
    repository = f"{github.owner}/{github.name}"
    _refuse_what_is_further(settings)
    with playground(_site(repository, settings)) as place:
        say(f"Bringing {repository} onto a private twin …")
        original = Original.at(clone.root)
        if original.whole:
            place.mirror.borrow(original)
        place.mirror.fetch(f"{environment.server_url}/{repository}.git", environment.token)
        place.furnish()
        rehearsal = Rehearsal(place, clone)
        place.bring(settings.pulls)
        before = picture_of(place)
        outcome = rehearsal.run(asked)
        return _shown(output, outcome, changes(place, before, environment.server_url), rehearsal.notes)


def _refuse_what_is_further(settings: Settings) -> None:
    """What came of a merged pull request cannot be brought onto a twin, so only a dry run tells the truth."""
    further = [one for one in settings.open_releases if one not in {pull.version for pull in settings.pulls}]
    if further:
        which = f"Releases {', '.join(further)} are" if len(further) > 1 else f"Release {further[0]} is"
        raise InputError(
            f"{which} under way on GitHub and not in an open pull request, from which alone a rehearsal can go on.",
            "See what is left: " + "; ".join(f"shipway release {version} --dry-run" for version in further),
            reason_code="release-under-way",
        )


def _site(repository: str, settings: Settings) -> Site:
    return Site(
        repository=repository,
        default_branch=settings.default_branch or "main",
        viewer=settings.viewer,
        rules=settings.rules,
        environments=settings.environments,
        milestones=settings.milestones,
        merge_methods=settings.merge_methods,
        deletes_merged=settings.deletes_merged,
    )


class Rehearsal:
    """One run on a playground.

    Attributes:
        notes: What was not as it would be, a sentence each.
    """

    def __init__(self, place: Playground, clone: Clone) -> None:
        self._place, self._clone = place, clone
        self._people = People(place, say)
        self._people.invite_code_owners()
        self._copy = Path()
        self.notes: list[str] = []

    def run(self, asked: Asked) -> Outcome:
        """Run the release on the twin, from a copy of the clone."""
        try:
            self._copy = self._place.working_copy(self._clone.branch, self._clone.head)
        except InputError:  # what is checked out here was never pushed and cannot be borrowed
            branch = self._place.site.default_branch
            self._copy = self._place.working_copy(branch)
            self.notes.append(f"The clone cannot lend its commits, so {branch} was checked out instead.")
        here = replace(asked, repo=self._copy, wait=True, allow_dirty=True)
        with Progress() as progress:
            watchers = replace(watchers_of(progress), move=both(progress.watch, self._people.watch))
            return run_release(
                here, self._place.environment, watchers, sleep=self._people.sleep, adapt=self._adapted
            )

    def _adapted(self, policy: Policy) -> Policy:
        """The policy without what would reach beyond the twin."""
        self._people.expect(policy.release)
        reports = [pattern for gate in policy.gates.values() if not gate.command for pattern in gate.report]
        self._bring_files([*reports, *policy.release.assets])
        environments = {name: self._harmless(name, one) for name, one in policy.environments.items()}
        gates = {name: self._without_others(name, gate) for name, gate in policy.gates.items()}
        kept = {name: gate for name, gate in gates.items() if gate.command or gate.report}
        return replace(policy, environments=environments, gates=kept, ledger=LedgerPolicy())

    def _harmless(self, name: str, environment: EnvironmentPolicy) -> EnvironmentPolicy:
        deploy = environment.deploy
        if not (deploy.acts or deploy.event):
            return environment
        self.notes.append(f"Nothing is deployed to {name}: its deployer is only printed.")
        printed = ("echo", "rehearsed:", *(deploy.command or deploy.shown.split()))
        return replace(
            environment, deploy=replace(deploy, command=printed, preset="", call=None, event=False)
        )

    def _without_others(self, name: str, gate: GatePolicy) -> GatePolicy:
        """The gate without what workflows, people and other machines answer."""
        if gate.checks:
            self.notes.append(
                f"Gate {name} does not wait for {', '.join(map(str, gate.wanted_checks))}: no workflow runs here."
            )
        if gate.checklist:
            self.notes.append(f"Gate {name} does not wait for its checklist: nobody ticks boxes here.")
        if gate.metrics:
            self.notes.append(
                f"Gate {name} does not ask for its metrics: they are about what runs elsewhere."
            )
        stages = stages_of(name, gate)
        kept = tuple(stage for stage in stages if stage.partition(":")[0] not in OF_ENVIRONMENTS)
        if kept != stages:
            self.notes.append(f"Gate {name} does not look at environments: nothing is deployed here.")
        if not kept:
            return GatePolicy()
        return replace(gate, stages=kept, checks=(), checklist={}, metric=None, signals=None)

    def _bring_files(self, patterns: list[str]) -> None:
        """Copy reports and assets, which are rarely committed, from the clone."""
        root = self._clone.root
        found = (path for pattern in patterns for path in root.glob(pattern) if path.is_file())
        for path in dict.fromkeys(found):
            copy = self._copy / path.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _shown(output: str, outcome: Outcome, found: dict[str, Any], notes: list[str]) -> int:
    data = {
        "command": "rehearsal",
        "outcome": outcome.to_json(),
        "difference": found,
        "notes": notes,
    }
    if output != "text":
        show(output, "", data)
        return int(outcome.exit_code)
    console = Console(file=sys.stdout, highlight=False)
    show_changes(console, found)
    heading(console, "Result on the twin")
    for line in _result(outcome, notes):
        console.print(line, markup=False, soft_wrap=True)
    console.print("\nThis was a rehearsal: nothing was written to GitHub or to this clone.", style="bold")
    return int(outcome.exit_code)


def _result(outcome: Outcome, notes: list[str]) -> list[str]:
    rows = [f"  {MARKS[row['ruling']]} {row['gate']}: {row['summary']}" for row in outcome.verdicts]
    remarks = [f"  note: {note}" for note in (*outcome.warnings, *notes)]
    return [outcome.message, *rows, *remarks, *([outcome.next_step] if outcome.next_step else [])]
