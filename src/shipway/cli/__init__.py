"""The command line: parses, calls, prints.

`main` answers what needs no library by itself and loads the rest only when it is asked for, so that a
script which calls `shipway` often does not wait for it.
"""

import sys

from shipway import __version__

COMMANDS = {
    "init": "shipway.cli.init:init_command",
    "doctor": "shipway.cli.doctor:doctor_command",
    "next": "shipway.cli.history:next_command",
    "changelog": "shipway.cli.history:changelog_command",
    "explain": "shipway.cli.commits:explain_command",
    "lint": "shipway.cli.commits:lint_command",
    "release": "shipway.cli.release:release_command",
    "hotfix": "shipway.cli.hotfix:hotfix_command",
    "maturity": "shipway.cli.maturity:maturity_command",
    "environments": "shipway.cli.environments:environments_command",
    "promote": "shipway.cli.promote:promote_command",
    "lock": "shipway.cli.lock:lock_command",
    "unlock": "shipway.cli.lock:unlock_command",
    "rollback": "shipway.cli.rollback:rollback_command",
    "deploy": "shipway.cli.deploy:deploy_command",
    "sweep": "shipway.cli.sweep:sweep_command",
    "comment": "shipway.cli.comment:comment_command",
    "status": "shipway.cli.status:status_command",
    "report": "shipway.cli.records:report_command",
    "parse": "shipway.cli.parse:parse_command",
    "audit": "shipway.cli.audit:audit_command",
    "mcp": "shipway.cli.mcp:mcp_command",
    "twin": "shipway.cli.twin:twin_command",
    "demo": "shipway.cli.demo:demo_command",
}
"""Every command: its name, and the module and function that run it. Loaded when called."""


def main() -> None:
    """Run the command line on `sys.argv` and leave with its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"shipway {__version__}\n")
        return
    if arguments in (["next"], ["changelog"], ["changelog", "--all"]):
        from shipway.cli.reading import run_plain as run  # noqa: PLC0415 - half of their time is click's
    else:
        import signal  # noqa: PLC0415 - what only reads starts without it

        signal.signal(
            signal.SIGTERM, signal.default_int_handler
        )  # as Ctrl-C: commands that run are ended too
        from shipway.cli.root import run  # noqa: PLC0415 - keeps `--version` free of every library
    sys.exit(run(arguments))
