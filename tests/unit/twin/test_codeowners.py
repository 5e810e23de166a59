"""Patterns of CODEOWNERS, as GitHub documents them."""

import pytest

from shipway.twin.behaviour.codeowners import Owned, owners_of, parse


@pytest.mark.parametrize(
    ("pattern", "path", "owned"),
    [
        ("*", "a/b.py", True),
        ("*.js", "deep/in/a.js", True),
        ("*.js", "a.jsx", False),
        ("/docs/", "docs/a/b.md", True),
        ("/docs/", "src/docs/a.md", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("apps/", "x/apps/y", True),
        ("/scripts", "scripts/run", True),
        ("**/logs", "a/b/logs/x", True),
        ("**/logs", "logs", True),
        ("/a/**/z.txt", "a/b/c/z.txt", True),
        ("/a/**/z.txt", "a/z.txt", True),
        ("a.b", "axb", False),
        ("src/?.py", "src/a.py", True),
        ("src/?.py", "src/ab.py", False),
    ],
)
def test_patterns(pattern: str, path: str, owned: bool) -> None:
    assert bool(owners_of([Owned(pattern, ("alice",))], path)) is owned


def test_the_last_line_that_fits_wins() -> None:
    lines = parse("# who\n* @alice @acme/leads\n\n/docs/  @bob # writers\n/docs/open.md\n")
    assert owners_of(lines, "a.py") == ("alice", "acme/leads")
    assert owners_of(lines, "docs/a.md") == ("bob",)
    assert owners_of(lines, "docs/open.md") == ()
