"""SARIF 2.1.0, as linters and code scanners write it."""

from collections.abc import Iterator

from shipway.adapters.report_files.json_node import Node
from shipway.domain.findings import Finding, Findings, Severity, severity_of_score

_LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.NEGLIGIBLE,
}


def read_sarif(document: Node) -> Findings:
    """Return the results that are failures and not suppressed.

    A result is as bad as its rule's ``security-severity`` says, where there is one, else as its level: error
    is HIGH, warning MEDIUM, note LOW.
    """
    runs = document["runs"].required().items()
    tools = dict.fromkeys(run["tool"]["driver"]["name"].required().text() for run in runs)
    return Findings(
        ", ".join(tools) or "SARIF",
        tuple(finding for run in runs for finding in _run(run)),
        tuple(problem for run in runs for problem in _problems(run)),
    )


def _problems(run: Node) -> Iterator[str]:
    tool = run["tool"]["driver"]["name"].text()
    for invocation in run["invocations"].items():
        if invocation["executionSuccessful"].value is False:
            yield invocation["exitCodeDescription"].text() or f"{tool} says that it did not run to its end"


def _run(run: Node) -> Iterator[Finding]:
    tool = run["tool"]
    components = [tool["driver"], *tool["extensions"].items()]
    rules = [component["rules"].items() for component in components]
    by_id = {rule["id"].text(): rule for listed in rules for rule in listed}
    for result in run["results"].items():
        if result["kind"].text() in {"", "fail"} and not _suppressed(result):
            yield _finding(result, _rule(result, rules, by_id))


def _suppressed(result: Node) -> bool:
    return any(item["status"].text() in {"", "accepted"} for item in result["suppressions"].items())


def _rule(result: Node, rules: list[list[Node]], by_id: dict[str, Node]) -> Node:
    reference = result["rule"]
    name = result["ruleId"].text() or reference["id"].text()
    if name in by_id:
        return by_id[name]
    index = result["ruleIndex"].whole() if "ruleIndex" in result else reference["index"].whole()
    component = reference["toolComponent"]["index"].whole()
    listed = (
        rules[0] if component is None else rules[component + 1] if 0 <= component < len(rules) - 1 else []
    )
    return listed[index] if index is not None and 0 <= index < len(listed) else Node(None, "rule")


def _finding(result: Node, rule: Node) -> Finding:
    score = result["properties"]["security-severity"].number()
    if score is None:
        score = rule["properties"]["security-severity"].number()
    level = result["level"].text() or rule["defaultConfiguration"]["level"].text() or "warning"
    place = next(iter(result["locations"].items()), Node(None, ""))["physicalLocation"]
    file = place["artifactLocation"]["uri"].text().removeprefix("file://")
    return Finding(
        id=result["ruleId"].text() or result["rule"]["id"].text() or rule["id"].text() or "unnamed rule",
        severity=severity_of_score(score) if score is not None else _LEVELS.get(level, Severity.UNKNOWN),
        title=result["message"]["text"].text() or rule["shortDescription"]["text"].text(),
        score=score,
        subject=file,
        file=file,
        line=place["region"]["startLine"].whole(),
    )
