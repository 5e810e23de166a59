"""What lifts a reason, where the sentence that says so is put together while Shipway runs, or stands elsewhere."""

_FINE = """
    acknowledged already-acknowledged already-locked another-person answered approved asked-later
    author-known authorised auto-approved cancelled changes-nothing checklist-done checks-green
    checks-succeeded command-succeeded comment-new comment-unchanged coverage-reached deploy-run-succeeded
    done dry-run emergency-approved environment-known environment-there file findings-below-threshold
    first-environment first-rollback forward found-bad head-equal head-reviewed head-seen hold-lifted
    hotfix-dispatched impact-unknown judged-by-rules lock-exempts mergeable metric-within migrations-touched
    no-findings no-migrations not-an-author not-claimed not-held not-locked not-the-last-pusher
    nothing-to-release overridden own-branch proposed resolved role-suffices rollback-again same-artifact
    signals-within signature-not-demanded signature-valid soaked swept tag-free tests-passed ticked
    trial-taken
    transition-valid unlocked verified-before version-goes version-known
"""
FINE = frozenset(_FINE.split())
"""Codes that stop nothing: verdicts that pass, some with a warning, and commands that ended well."""

LIFTED = {
    "approval-missing": "People who may say in a comment: /approve production",
    "approval-own": "Somebody else says in a comment: /approve production",
    "approval-timed-out": "Ask again: shipway promote 2.5.0 --from staging --to production",
    "awaiting-review": "A reviewer approves on the page of the run. Then run the same command again.",
    "changed-meanwhile": "Run the same command again: it looks at what is there now.",
    "changes-requested": "Who requested changes approves, or somebody dismisses the review.",
    "checklist-failed": "Do what the named item demands; the item is under `checklist` of the gate.",
    "checklist-open": "Tick the boxes in the release pull request. Then run the same command again.",
    "checks-absent": "Run the same command again once they have reported, or with --wait.",
    "checks-broken": "Start the check again on GitHub. Then run the same command again.",
    "checks-failed": "Repair what the check found, or start it again on GitHub.",
    "checks-running": "Run the same command again once they have reported, or with --wait.",
    "checks-skipped": "With `on-no-data: pass` the gate lets a skipped check count, with a warning.",
    "command-unclear": "The reply says what was probably meant; for example: /help promote",
    "coverage": "Write tests for the component, or change `coverage` of the stage under `maturity`.",
    "deploy-rejected": "Ask who rejected it why. Then promote again: shipway promote 2.5.0 --to production",
    "deploy-run-cancelled": "Promote again: shipway promote 2.5.0 --from staging --to production",
    "deploy-run-failed": "Repair what the log of the run names. Then promote again.",
    "deploy-run-lost": "Promote again: shipway promote 2.5.0 --from staging --to production",
    "deploy-run-timed-out": "Look at the environment itself, then promote again; `limit` gives more time.",
    "deployment-replaced": "See what took its place: shipway status --env production --history 5",
    "emergency-approval-missing": "Somebody whom `hotfix.approvers` names approves the newest commit.",
    "github-refused": "The message has GitHub's words. docs/reference/permissions.md has what a token needs.",
    "github-unavailable": "Run the same command again later: what happened is found.",
    "ledger-unavailable": "Run the same command again once the store answers.",
    "no-tests": "Let the gate's command write a report with tests; `on-no-data: pass` does without.",
    "not-begun": "Mend what the command before it was refused for. Then say both again.",
    "not-run": "Mend the gate that did not pass: those after it run then.",
    "rate-limited": "Run the same command again at the time that the message names.",
    "rejected": "Who rejected it says in a comment: /approve production",
    "release-under-way": "See what is left of it: shipway release 2.5.0 --dry-run",
    "rollback-asked": "Go back: shipway rollback production --reason '…'; or go on with the same command",
    "run-lost": "Promote again: shipway promote 2.5.0 --from staging --to production",
    "rules-forbid": "An administrator lets Shipway past them: Settings → Rules → Rulesets → Bypass list",
    "signals-in-a-row": "Find out why the numbers are bad, and release what mends it.",
    "signals-together": "Find out why the numbers are bad, and release what mends it.",
    "stopped": "Run the same command again: it goes on where things stand.",
    "strategy-halted": "Go on with the same command; or go back: shipway rollback production --reason '…'",
    "sweep-incomplete": "Mend what is named; then run again: shipway sweep",
    "timed-out": "Call the same tool again: it goes on where things stand.",
    "uptime": "Wait until enough good days have passed, or change `uptime` of the criterion.",
    "usage": "The message names the place; for example: shipway promote --help",
    "version-ambiguous": "Let one place hold the version: `version-files` names file and path.",
    "version-file-unreadable": "Repair the file so that its own tools can read it. Then run the same command again.",
}
"""Code → what to do, with an example where it is a command."""
