"""The JSON report of coverage.py."""

from shipway.adapters.report_files.json_node import Node
from shipway.domain.coverage import Coverage, FileCoverage, of_files


def read_coverage_py(document: Node) -> Coverage:
    """Return line coverage; coverage.py's own percentage may also count branches."""
    return of_files(_file(path, node) for path, node in document["files"].required().entries())


def _file(path: str, node: Node) -> FileCoverage:
    executed = len(node["executed_lines"].required().items())
    missing = tuple(sorted(line.required().whole() or 0 for line in node["missing_lines"].required().items()))
    return FileCoverage(path.replace("\\", "/"), executed, executed + len(missing), missing)
