"""Write the generated pages of docs/reference from the code: `make reference`.

The configuration comes from the records of `shipway.domain.policy`, the exit codes from `shipway.errors`, and
the reason codes from a walk over the source, so none of them can tell another story than the code.
"""

import asyncio
import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from mcp.types import Tool, ToolAnnotations
from reasons import Reason, Source, cell, chosen

from shipway.config import schema
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.call_policy import CallPolicy
from shipway.domain.commands.help_text import described, overview
from shipway.domain.commands.table import TABLE
from shipway.domain.delivery import policies, rollback_policies
from shipway.domain.doctor.finding import KINDS
from shipway.domain.gate_policy import (
    AutomaticTick,
    ChecklistItem,
    GatePolicy,
    MetricPolicy,
    SignalsPolicy,
    WantedCheck,
)
from shipway.domain.ledger_policy import LedgerPolicy, PrivacyPolicy
from shipway.domain.maturity_policy import ComponentPolicy, CriterionPolicy, MaturityPolicy, StagePolicy
from shipway.domain.policy import (
    ApprovalPolicy,
    AuthorizePolicy,
    CommentsPolicy,
    DeployPolicy,
    EnvironmentPolicy,
    HotfixPolicy,
    Policy,
    ProtectionPolicy,
    ReleasePolicy,
)
from shipway.domain.rollback_policy import DependantPolicy, RollbackPolicy
from shipway.domain.strategy_policy import BlueGreenPolicy, StrategyPolicy
from shipway.errors import ExitCode
from shipway.mcp_server.runs import Runs
from shipway.mcp_server.server import server_of

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "shipway"
SHIPPED = SOURCE / "reason_codes.json"
STOPS_NOTHING = "—"
NOTE = "<!-- Written by `make reference`; change the code instead. -->"

RECORDS: Mapping[str, type] = {
    "": Policy,
    "release": ReleasePolicy,
    "environments.NAME": EnvironmentPolicy,
    "environments.NAME.authorize": AuthorizePolicy,
    "environments.NAME.authorize.actions.ACTION": AuthorityRule,
    "environments.NAME.approvals": ApprovalPolicy,
    "environments.NAME.deploy": DeployPolicy,
    "environments.NAME.deploy.call": CallPolicy,
    "environments.NAME.strategy": StrategyPolicy,
    "environments.NAME.strategy.blue-green": BlueGreenPolicy,
    "environments.NAME.protection": ProtectionPolicy,
    "gates.NAME": GatePolicy,
    "gates.NAME.checks": WantedCheck,
    "gates.NAME.checklist.CATEGORY": ChecklistItem,
    "gates.NAME.checklist.CATEGORY.automatic": AutomaticTick,
    "gates.NAME.metric": MetricPolicy,
    "gates.NAME.signals": SignalsPolicy,
    "maturity": MaturityPolicy,
    "maturity.components.NAME": ComponentPolicy,
    "maturity.stages.STAGE": StagePolicy,
    "maturity.stages.STAGE.criteria.NAME": CriterionPolicy,
    "rollback": RollbackPolicy,
    "rollback.dependants.NAME": DependantPolicy,
    "hotfix": HotfixPolicy,
    "hotfix.approvers": AuthorityRule,
    "release.override-approvers": AuthorityRule,
    "ledger": LedgerPolicy,
    "ledger.acknowledge": AuthorityRule,
    "privacy": PrivacyPolicy,
    "comments": CommentsPolicy,
}
EXIT_CODES: Mapping[ExitCode, tuple[str, str]] = {
    ExitCode.OK: ("It is done, planned, or there was nothing to do.", "`shipway next`"),
    ExitCode.FAILURE: ("It failed or was refused; the reason code says why.", "A deploy command failed."),
    ExitCode.USAGE: ("What was asked cannot be understood.", "`shipway release 2.5`: not a version."),
    ExitCode.WAITING: (
        "Somebody else has to move first; run it again then.",
        "The pull request needs an approval.",
    ),
    ExitCode.SIGNATURE: (
        "A signature or attestation does not hold.",
        "An artifact is not the one that was signed.",
    ),
    ExitCode.GATE: ("A gate did not pass.", "A unit test failed."),
    ExitCode.TRANSITION: (
        "The release cannot go where it was asked to.",
        "Promoting what staging never held.",
    ),
    ExitCode.TAG_EXISTS: (
        "The tag exists and is not this release's.",
        "Tag v2.5.0 stands on another commit.",
    ),
    ExitCode.VERSION_MISSING: ("There is no such version.", "`shipway report v9.9.9`"),
    ExitCode.NOT_AUTHORISED: ("Who asked may not do this.", "A reader asked for a deployment."),
    ExitCode.LOCKED: ("Something else holds the lock.", "Another release deploys to production."),
}


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    return {
        "configuration.md": _configuration(),
        "shipway.schema.json": json.dumps(_schema(), indent=2) + "\n",
        "exit-codes.md": _exit_codes(),
        "reason-codes.md": _reason_codes(),
        "mcp-tools.md": _tools(),
        "doctor.md": _doctor(),
        "commands.md": _commands(),
    }


def _doctor() -> str:
    rows = [f"| `{code}` | {one.level} | {one.why} | {one.fix} |" for code, one in KINDS.items()]
    return "\n".join(
        [
            "# What `shipway doctor` finds",
            NOTE,
            "",
            "A *problem* stops something and gives an exit code that is not 0; *advice* does not. Where `…` stands,",
            "the finding itself has the name.",
            "",
            "| Code | Level | What happens while it stays | What to do |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _configuration() -> str:
    example = (FOLDER / "shipway.example.yml").read_text()
    sections = [_section(path, record) for path, record in RECORDS.items()]
    return "\n".join(
        [
            "# Configuration",
            NOTE,
            "",
            "`.github/shipway.yml` on the default branch. It is optional, and so is every key in it. Unknown keys",
            "are errors. Editors can check it with [shipway.schema.json](shipway.schema.json).",
            "",
            "```yaml",
            example.rstrip(),
            "```",
            "",
            *sections,
        ]
    )


def _section(path: str, record: type) -> str:
    documented = attributes(record)
    types = get_type_hints(record)
    rows = [
        f"| `{_key(field)}` | {_type(types[field.name])} | {_default(field)} | {documented[field.name]} |"
        for field in fields(record)
    ]
    summary = (inspect.getdoc(record) or "").partition("\n")[0]
    title = f"`{path}`" if path else "Top level"
    head = "| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |"
    return f"## {title}\n\n{summary}\n\n{head}\n" + "\n".join(rows) + "\n"


def attributes(record: type) -> dict[str, str]:
    """Field → its text under `Attributes:` in the docstring of a record."""
    text = (inspect.getdoc(record) or "").partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", text, re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in found}


def _key(field: "Field[Any]") -> str:
    return field.name.rstrip("_").replace("_", "-")


def _type(hint: Any) -> str:
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in names:
        return names[hint]
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin is not None and issubclass_of_mapping(origin):
        value = arguments[1]
        inner = "settings" if hasattr(value, "__dataclass_fields__") else _type(value)
        return f"name → {inner}"
    if hasattr(hint, "__dataclass_fields__"):
        return "settings"
    words = [
        f"`{word}`" if isinstance(word, str) else _type(word) for word in arguments if word is not type(None)
    ]
    return ", ".join(words)


def issubclass_of_mapping(origin: Any) -> bool:
    """Whether a generic's origin is a mapping."""
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _default(field: "Field[Any]") -> str:
    value = field.default_factory() if field.default_factory is not MISSING else field.default
    if value is MISSING:
        return "obligatory"
    if value is None or value in ("", (), {}):
        return "none"
    if hasattr(value, "__dataclass_fields__"):
        return "see below"
    return f"`{json.dumps(value)}`"


def _schema() -> dict[str, Any]:
    """The JSON Schema, with the meaning of each key from the docstrings."""
    whole = dict(schema())
    records = {record.__name__: record for record in RECORDS.values()}
    for name, part in [*whole.get("$defs", {}).items(), ("Policy", whole)]:
        documented = attributes(records[name])
        part["description"] = (inspect.getdoc(records[name]) or "").partition("\n")[0]
        for key, value in part["properties"].items():
            field = key.replace("-", "_")
            value["description"] = documented.get(field) or documented[f"{field}_"]  # `with_`
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def _exit_codes() -> str:
    rows = [f"| {code.value} | {code.name} | {' | '.join(EXIT_CODES[code])} |" for code in ExitCode]
    head = "| Code | Name | Meaning | Example |\n| --- | --- | --- | --- |"
    return f"# Exit codes\n{NOTE}\n\n{head}\n" + "\n".join(rows) + f"\n\n{_first_that_fails()}"


def _first_that_fails() -> str:
    """Which of several policies names the exit code."""
    rows = [f"| {gate} | {code.value} |" for gate, code in policies.EXIT_CODES.items()]
    return (
        "## When several policies refuse\n\n"
        "All of them answer and are shown. The first that fails, in this order, gives the reason code and the exit "
        "code:\nsomebody who may not promote what was never verified sees 9 and not 12. What only has to be waited "
        "for counts when\nnone fails. A release goes by the same in each environment that is automatic.\n\n"
        "| Policy of a promotion | Exit code |\n| --- | --- |\n" + "\n".join(rows) + "\n\n"
        f"Those of a rollback, likewise: {', '.join(rollback_policies.ORDER)}. Their exit codes\ngo by the reason.\n"
    )


@cache
def reasons() -> tuple[Reason, ...]:
    """Every place of the source that gives a reason code."""
    return tuple(Source(SOURCE).reasons())


def _reason_codes() -> str:
    found = chosen(reasons())
    rows = [
        f"| `{code}` | {cell(one.sentence)} | {cell(one.lifted) or STOPS_NOTHING} | {one.module} |"
        for code, one in found.items()
    ]
    head = "| Reason code | Sentence | What lifts it | From |\n| --- | --- | --- | --- |"
    intro = (
        "Programs may match on these; the sentences may change. `…` stands for what is filled in. What lifts a\n"
        "reason is what to do or who can change it. Those with — stop nothing: verdicts that pass, and good ends."
    )
    return f"# Reason codes\n{NOTE}\n\n{intro}\n\n{head}\n" + "\n".join(rows) + "\n"


def reasons_shipped() -> str:
    """What `shipway explain CODE` knows."""
    rows = {
        code: {"sentence": one.sentence, "module": one.module, "lifted": one.lifted}
        for code, one in chosen(reasons()).items()
    }
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def _commands() -> str:
    """Every command of the table that the parser reads."""
    intro = "What [comments can command](../commands.md), as `/help` says it too."
    sections = [f"## `/{spec.name}`\n\n{described(spec)}" for spec in TABLE.values()]
    return "\n\n".join([f"# Commands\n{NOTE}", intro, overview(), *sections]) + "\n"


def _tools() -> str:
    """Every tool of `shipway mcp` as the server itself lists it."""
    tools = asyncio.run(server_of(Runs(Path())).list_tools())
    intro = "Served by `shipway mcp`, see [tools for agents](../mcp.md)."
    return "\n".join([f"# Tools\n{NOTE}\n\n{intro}", *(_tool(tool) for tool in tools)]) + "\n"


def _tool(tool: Tool) -> str:
    hints = tool.annotations or ToolAnnotations()
    kind = "Changes nothing." if hints.read_only_hint else "Changes something."
    kind += " May take something away." if hints.destructive_hint else ""
    needed = tool.input_schema.get("required", ())
    rows = [
        f"| `{name}` | {_kind(one)} | {'yes' if name in needed else 'no'} | {one['description']} |"
        for name, one in tool.input_schema["properties"].items()
    ]
    head = "| Argument | Type | Needed | Meaning |\n| --- | --- | --- | --- |"
    return f"\n## `{tool.name}`\n\n{tool.description}\n\n{kind}\n\n{head}\n" + "\n".join(rows)


def _kind(argument: Mapping[str, Any]) -> str:
    return (
        ", ".join(f"`{one}`" for one in argument["enum"] if one) if "enum" in argument else argument["type"]
    )


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
    SHIPPED.write_text(reasons_shipped())
