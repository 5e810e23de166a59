"""Grype's JSON report. Ignored matches are left out, as Grype itself does."""

from shipway.adapters.report_files.json_node import Node
from shipway.domain.findings import Finding, Findings, severity_named


def read_grype(document: Node) -> Findings:
    """Return the matches."""
    return Findings("Grype", tuple(_match(match) for match in document["matches"].items()))


def _match(match: Node) -> Finding:
    vulnerability, artifact = match["vulnerability"], match["artifact"]
    scored = [vulnerability, *match["relatedVulnerabilities"].items()]
    scores = [
        score
        for node in scored
        for entry in node["cvss"].items()
        if (score := entry["metrics"]["baseScore"].number()) is not None
    ]
    fixes = [version.text() for version in vulnerability["fix"]["versions"].items()]
    place = next(iter(artifact["locations"].items()), Node(None, ""))
    return Finding(
        id=vulnerability["id"].required().text(),
        severity=severity_named(vulnerability["severity"].text()),
        title=vulnerability["description"].text(),
        score=max(scores, default=None),
        subject=f"{artifact['name'].text()} {artifact['version'].text()}".strip(),
        fix=", ".join(fixes),
        fixable=bool(fixes) or vulnerability["fix"]["state"].text() == "fixed",
        file=place["path"].text(),
    )
