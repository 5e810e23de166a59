"""Trivy's JSON report: vulnerabilities, misconfigurations, secrets and licences."""

from collections.abc import Iterator

from shipway.adapters.report_files.json_node import Node
from shipway.domain.findings import Finding, Findings, severity_named


def read_trivy(document: Node) -> Findings:
    """Return everything that Trivy found; a result without findings is a clean one."""
    found = (finding for result in document["Results"].items() for finding in _result(result))
    return Findings("Trivy", tuple(found))


def _result(result: Node) -> Iterator[Finding]:
    target = result["Target"].text()
    yield from (_vulnerability(item, target) for item in result["Vulnerabilities"].items())
    for item in result["Misconfigurations"].items():
        if item["Status"].text() in {"", "FAIL"}:
            yield _misconfiguration(item, target)
    yield from (_secret(item, target) for item in result["Secrets"].items())
    yield from (_license(item, target) for item in result["Licenses"].items())


def _vulnerability(item: Node, target: str) -> Finding:
    fix = item["FixedVersion"].text()
    scores = [
        score
        for _, vendor in item["CVSS"].entries()
        for key in ("V40Score", "V3Score")
        if (score := vendor[key].number()) is not None
    ]
    return Finding(
        id=item["VulnerabilityID"].required().text(),
        severity=severity_named(item["Severity"].text()),
        title=item["Title"].text(),
        score=max(scores, default=None),
        subject=f"{item['PkgName'].text()} {item['InstalledVersion'].text()}".strip(),
        fix=fix,
        fixable=bool(fix) or item["Status"].text() == "fixed",
        file=item["PkgPath"].text() or target,
    )


def _misconfiguration(item: Node, target: str) -> Finding:
    return Finding(
        id=item["ID"].required().text(),
        severity=severity_named(item["Severity"].text()),
        title=item["Title"].text(),
        subject=target,
        fix=item["Resolution"].text(),
        file=target,
        line=item["CauseMetadata"]["StartLine"].whole() or None,
    )


def _secret(item: Node, target: str) -> Finding:
    """The matching text is left out on purpose: a report of ours is no place for a secret."""
    return Finding(
        id=item["RuleID"].required().text(),
        severity=severity_named(item["Severity"].text()),
        title=item["Title"].text(),
        subject=target,
        file=target,
        line=item["StartLine"].whole() or None,
    )


def _license(item: Node, target: str) -> Finding:
    return Finding(
        id=item["Name"].required().text(),
        severity=severity_named(item["Severity"].text()),
        title=f"{item['Category'].text()} licence",
        subject=item["PkgName"].text() or item["FilePath"].text() or target,
        file=item["FilePath"].text() or target,
    )
