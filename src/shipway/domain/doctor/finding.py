"""One thing that `shipway doctor` says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    ADVICE = "advice"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing.

    Attributes:
        area: What was looked at; a key of `AREAS`.
        code: Of the kind of finding; a key of `KINDS`. Empty where all is well.
        what: A sentence.
        fix: A command, or where to set it in GitHub; empty where all is well.
    """

    level: Level
    area: str
    code: str
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding, for the page of findings.

    Attributes:
        why: What happens when it stays.
        fix: What is done about it; `…` stands for what the finding names.
    """

    level: Level
    why: str
    fix: str


PROBLEM, ADVICE = Level.PROBLEM, Level.ADVICE

KINDS: dict[str, Kind] = {
    "token-reads-only": Kind(
        PROBLEM,
        "Nothing can be released, promoted or locked with it.",
        "Take the token of somebody who may write: `GITHUB_TOKEN=$(gh auth token) shipway doctor`.",
    ),
    "configuration-missing": Kind(
        ADVICE, "Everything is found from the repository; gates and environments cannot be.", "`shipway init`"
    ),
    "configuration-unusable": Kind(
        PROBLEM, "Every command refuses it.", "Correct it on the default branch, in the place that is named."
    ),
    "configuration-elsewhere": Kind(
        ADVICE,
        "Commands and workflows go by that of the default branch, and not by what this clone has.",
        "Commit and push it to the default branch; until then `--config .github/shipway.yml` tries it out.",
    ),
    "target-unprotected": Kind(
        ADVICE,
        "Releases, and everything else, can come there without a review.",
        "Settings → Rules → Rulesets → New branch ruleset: require a pull request.",
    ),
    "tags-unprotected": Kind(
        ADVICE,
        "Whoever may write can move or delete the tag of a version that is out.",
        "Settings → Rules → Rulesets → New tag ruleset for those of versions, such as `v*`, and not for `latest-*`, "
        "which moves: restrict updates and deletions.",
    ),
    "tags-closed": Kind(
        ADVICE,
        "Shipway makes the tags of versions, and moves `latest-ENVIRONMENT` at the end of each deployment; "
        "where that is refused the deployment does not end well.",
        "Settings → Rules → Rulesets: let the account of the token bypass the ruleset, or leave these tags out.",
    ),
    "ledger-unprotected": Kind(
        ADVICE,
        "Whoever may write can throw the ledger away; `shipway audit verify` would tell, and not bring it back.",
        "Settings → Rules → Rulesets → New branch ruleset for `shipway-ledger`: restrict deletions and block force "
        "pushes.",
    ),
    "ledger-closed": Kind(
        PROBLEM,
        "Shipway commits to the ledger directly and is refused.",
        "Leave `shipway-ledger` out of the rule that demands pull requests or checks (Settings → Rules).",
    ),
    "environments-unseen": Kind(
        ADVICE,
        "Nothing can be said of them, and `shipway environments plan` is refused.",
        "Give the token `actions: read`.",
    ),
    "environment-missing": Kind(
        PROBLEM,
        "A workflow that names it would make it without any protection.",
        "`shipway environments apply`",
    ),
    "environment-spelt-otherwise": Kind(
        ADVICE,
        "GitHub takes both for one, and people and programs that compare names do not.",
        "Write it in `.github/shipway.yml` as GitHub has it.",
    ),
    "production-unprotected": Kind(
        ADVICE,
        "Whoever may write can bring versions in.",
        "`environments.….authorize` names who may, and `environments.….protection` what GitHub asks for; then "
        "`shipway environments apply`.",
    ),
    "deploy-ref-shut-out": Kind(
        PROBLEM,
        "GitHub refuses every job that names the environment.",
        "Settings → Environments → … → Deployment branches and tags: add it.",
    ),
    "deploy-workflow-missing": Kind(
        PROBLEM,
        "Nothing can be brought into the environment.",
        "Commit it to the default branch, or correct `environments.….deploy.workflow`.",
    ),
    "deploy-workflow-names-none": Kind(
        PROBLEM,
        "GitHub makes no deployment and asks nobody, and Shipway refuses to go on there.",
        "Give the job that deploys `environment: …`, or `environment: ${{ inputs.environment }}`.",
    ),
    "plan-enforces-less": Kind(
        ADVICE,
        "In private repositories GitHub asks reviewers, timers and Apps only with Enterprise.",
        "Say in `environments.….authorize` who may promote; Shipway itself holds that, its gates and its locks, for "
        "all that goes through it.",
    ),
    "pull-requests-forbidden": Kind(
        PROBLEM,
        "A workflow's own token cannot open the release pull request.",
        "Settings → Actions → General → Allow GitHub Actions to create and approve pull requests, or give the "
        "workflow the token of an App.",
    ),
    "checks-not-started": Kind(
        ADVICE,
        "Pull requests that a workflow's own token opens start no checks, and the target branch demands some.",
        "Give the Action the token of an App, as docs/reference/permissions.md shows; or close and reopen each one.",
    ),
    "workflow-unpinned": Kind(
        ADVICE, "What it runs changes without notice.", "Pin a release, such as `@v1.2.3`, or `shipway init`."
    ),
    "workflow-outdated": Kind(ADVICE, "It runs an older Shipway than this one.", "`shipway init`"),
    "tool-beside": Kind(
        ADVICE,
        "Two tools release or deploy, and neither holds to what the other holds back.",
        "Delete the workflow, and go on as docs/migrating-from-….md says.",
    ),
    "lock-forgotten": Kind(
        ADVICE,
        "Nobody brings anything in, and nobody may remember why.",
        "`shipway unlock … --reason 'it is over'`; give the next one an end with `--for`.",
    ),
    "claim-overdue": Kind(
        ADVICE,
        "The run that was bringing a version in has ended, or its time is over, without saying how that went.",
        "Run the same promotion or rollback again; it goes on where it stopped.",
    ),
    "deployment-abandoned": Kind(
        ADVICE,
        "GitHub shows it as in progress, and no run works on it.",
        "Run the same promotion or rollback again; it goes on where it stopped.",
    ),
    "foreign-lock": Kind(
        ADVICE,
        "Versions come in all the same: Shipway holds to its own locks only.",
        "`shipway lock` what is still meant to be locked; then `git push origin --delete …`, "
        "or hold to it: `comments: {dialect: branch-deploy}`.",
    ),
    "foreign-lock-counts": Kind(
        ADVICE,
        "It closes here what it closes there, until somebody unlocks: it never runs out.",
        "`shipway unlock … --reason 'nobody needs it'`",
    ),
    "clone-shallow": Kind(
        ADVICE,
        "Versions and changelogs need the history; it is fetched each time anew.",
        "`git fetch --unshallow --tags --force`, or `fetch-depth: 0` for actions/checkout.",
    ),
    "identity-missing": Kind(
        PROBLEM,
        "Git here has a key to sign tags with, and nobody to sign as.",
        "`git config user.name …` and `git config user.email …`",
    ),
}
"""Code → what it is about, in the order of the page."""


def finding(area: str, code: str, what: str, **names: str) -> Finding:
    """A finding of a kind.

    Args:
        what: Which thing it is, as a sentence.
        names: `name` stands in the fix in the place of `…`.
    """
    kind = KINDS[code]
    return Finding(kind.level, area, code, what, kind.fix.replace("…", names.get("name", "…")))
