"""Commits whose text tries to break every page, log and file that a release writes, carried to the end."""

import io
import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from integration.release.test_refusals_cli import shipway
from integration.release.world import World
from shipway import action
from shipway.domain.anchor import anchors_in
from shipway.domain.outcome import Decision
from shipway.domain.safe_text import safe_cell

LONG = "long " * 40_000
FAKE = "0" * 64
SUBJECTS = (
    "@octocat, @octo-org/team and cc:@alice",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "# heading",
    "| a | b |",
    "```",
    "~~~mermaid",
    "![image](https://example.test/i.png) [go](javascript:alert(1)) <javascript:alert(1)>",
    "[ref]: javascript:alert(1)",
    "<!-- shipway:begin aa11 -->",
    "<!-- shipway:end -->",
    f"<!-- shipway:ledger 1 {FAKE} -->",
    f"`<!-- shipway:end -->` and `<!-- shipway:ledger 1 {FAKE} -->` in code",
    "<!-- open comment",
    "</details></summary>",
    "::set-output name=version::6.6.6",
    "::add-mask::release",
    "##[error]gotcha and `##[add-mask]release` in code",
    "\x1b[2J\x1b]0;title\x07 and \x9b31m",
    "\u202egnp.exe\u2066\u200b\u200f\ufeff end",
    "{{ 7*7 }} {% raw %} {# gone #}",
    "$(touch pwned) `touch pwned` ; touch pwned",
    "--upload-pack=touch refs/heads/main..HEAD @{-1}",
    "carriage\rreturn",
)
BODY = "\n".join(
    [
        "feat!: break",
        "",
        "BREAKING CHANGE: it breaks",
        " ::error::from a note",
        " # heading in a note",
        " ---",
        " <!-- shipway:end -->",
        " <script>note()</script>",
        " | a | b |",
        " |---|---|",
        " ## 9.9.9",
        " @octocat",
        "",
        "Refs: #1",
    ]
)
AUTHORS = (
    "@octocat",
    "**Mona** [x](javascript:alert(1))",
    "::add-mask::mona",
    "\x1b[31mRed",
    "\u202eanoM",
    "{{ 7*7 }}",
    "# Mona `##[error]`",
    "!--$(touch pwned)--",
)
OURS = re.compile(
    r"<!-- shipway:(?:begin [0-9a-f]{20}|end|ledger \d+ [0-9a-f]{64}|report [0-9a-f]{64} [0-9a-f]{64}) -->"
    r"|</?details>.*|</?sub>",
    re.DOTALL,
)
ESCAPES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
PING = re.compile(r"(?<!\w)@\w")


def import_commits(world: World, commits: Iterable[tuple[str, str]]) -> None:
    """Push commits that change no file, each an author and a message, as somebody's odd client may make them."""
    stream, parent = b"", "from refs/heads/main^0\n"
    for author, message in commits:
        text = message.encode()
        who = f"{author} <someone@example.test> 1795176000 +0000"
        head = f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(text)}\n"
        stream += head.encode() + text + f"\n{parent}".encode()
        parent = ""
    subprocess.run(["git", "fast-import", "--quiet"], cwd=world.clone, input=stream, check=True)
    world.git("push", "--quiet", "origin", "main")


@pytest.fixture
def hostile(world: World) -> World:
    """A repository with one commit for each kind of attack since its last release."""
    fixes = [
        f"fix: {LONG}",
        "fix(@octocat <b>): scope",
    ]  # LONG comes last in a list, so all others still show
    messages = [*fixes, *(f"feat: {subject}" for subject in SUBJECTS), BODY]
    authors = [AUTHORS[number % len(AUTHORS)] for number in range(len(messages))]
    import_commits(world, zip(authors, messages, strict=True))
    return world


def tokens(markdown: str) -> Iterator[Token]:
    """Every token, as GitHub would see them with raw HTML and tables on."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for token in parser.parse(markdown):
        yield token
        yield from token.children or ()


def sharp(text: str) -> bool:
    """Whether a terminal or a workflow's log would act on it."""
    return bool(ESCAPES.search(text) or COMMAND.search(text))


def headings(markdown: str) -> list[str]:
    """The text of every heading."""
    found = list(tokens(markdown))
    return [found[at + 1].content for at, token in enumerate(found) if token.type == "heading_open"]


def assert_inert(markdown: str, home: str) -> None:
    """Nothing in a page takes effect but what Shipway wrote itself."""
    found = list(tokens(markdown))
    html = [token.content.strip() for token in found if token.type in {"html_block", "html_inline"}]
    assert [one for one in html if not OURS.fullmatch(one)] == []
    links = [str(token.attrs["href"]) for token in found if token.type == "link_open"]
    assert [link for link in links if not link.startswith(home)] == []
    assert [token for token in found if token.type in {"image", "code_block"}] == []
    assert [token.info for token in found if token.type == "fence" and token.info != "mermaid"] == []
    assert [token.content for token in found if token.type == "text" and PING.search(token.content)] == []
    assert ESCAPES.findall(markdown) == []
    assert COMMAND.findall(markdown) == []


@pytest.mark.requirement("PR-1", "PR-2", "PR-5")
def test_the_pull_request_shows_commits_as_text(hostile: World) -> None:
    hostile.release()
    body = hostile.request("GET", "/pulls/1")["body"]

    assert_inert(body, hostile.twin.url)
    assert headings(body) == [
        "Changelog",
        "Breaking changes",
        "Features",
        "Fixes",
        "Gates",
        "Tickets",
        "Deployment plan",
        "Rollback plan",
    ]
    assert len(body) < 65_536
    assert body.count("<!-- shipway:begin") == body.count("<!-- shipway:end -->") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "{{ 7\\*7 }} {% raw %} {# gone #}" in body
    assert not list(hostile.clone.rglob("pwned"))

    hostile.request("PATCH", "/pulls/1", {"body": f"Above.\n\n{body}\n\nBelow."})
    hostile.commit("fix: greet politely")
    hostile.release()
    after = hostile.request("GET", "/pulls/1")["body"]
    assert after.startswith("Above.\n\n<!-- shipway:begin")
    assert after.endswith("<!-- shipway:end -->\n\nBelow.")
    assert "greet politely" in after


@pytest.mark.requirement("PR-5", "LED-1", "LED-2", "SEC-3")
def test_release_changelog_and_ledger_show_commits_as_text(hostile: World) -> None:
    hostile.release()
    hostile.approve()
    assert hostile.release().decision is Decision.DONE

    release = hostile.request("GET", "/releases/tags/v2.0.0")["body"]
    assert_inert(release, hostile.twin.url)
    assert len(anchors_in(release)) == release.count("<!-- shipway:") == 1
    hostile.git("fetch", "--quiet", "--tags", "origin")
    changelog = hostile.git("show", "origin/main:CHANGELOG.md")
    assert_inert(changelog, hostile.twin.url)
    assert "<!-- shipway:" not in changelog
    assert LONG.strip() in changelog
    assert [title.partition(" - ")[0].split("]")[0] for title in headings(changelog)] == [
        "Changelog",
        "[2.0.0",
        "Breaking changes",
        "Features",
        "Fixes",
        "1.0.0",
    ]
    assert_inert(hostile.git("show", "origin/shipway-ledger:docs/releases/v2.0.0.md"), hostile.twin.url)
    log = hostile.git("show", "origin/shipway-ledger:docs/audit/releases.log")
    assert len(log.split("\n")) == len(log.splitlines()) == 14
    assert ESCAPES.findall(log) == COMMAND.findall(log) == []
    code, out, err = shipway(hostile, "audit", "verify")
    assert (code, err) == (0, "")
    assert out == "14 entries are intact; 3 of them quoted outside the ledger.\n"


@pytest.mark.requirement("PR-5", "SEC-3", "CLI-1")
def test_a_terminal_and_a_workflow_log_show_commits_as_text(hostile: World) -> None:
    asked = [
        ("next",),
        ("changelog",),
        ("changelog", "--output", "json"),
        ("changelog", "--output", "yaml"),
        ("release", "auto", "--dry-run"),
        ("release", "auto"),
        ("status",),
        ("report", "2.0.0"),
        ("audit", "show"),
        ("explain", "HEAD"),
        *(
            ("explain", f"HEAD~{back}")
            for back, subject in enumerate(reversed(SUBJECTS), 1)
            if sharp(subject)
        ),
        ("lint",),
    ]
    for command in asked:
        code, out, err = shipway(hostile, *command)
        said = f"{command} ended with {code}: "
        assert said + str(ESCAPES.findall(out + err)) == said + "[]"
        assert said + str(COMMAND.findall(f"{out}\n{err}")) == said + "[]"


@pytest.mark.requirement("PR-5", "CLI-1")
def test_programs_read_commits_as_they_were_written(hostile: World) -> None:
    told = json.dumps(json.loads(shipway(hostile, "changelog", "--output", "json")[1]))

    assert [subject for subject in SUBJECTS if json.dumps(subject)[1:-1] not in told] == []


@pytest.mark.requirement("PR-5", "SEC-3")
def test_what_the_action_hands_to_the_runner_shows_commits_as_text(hostile: World, tmp_path: Path) -> None:
    result = hostile.release().to_json() | {"warnings": list(SUBJECTS)}
    output, summary, log = tmp_path / "output", tmp_path / "summary", io.StringIO()

    action.publish(result, {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}, log)

    assert_inert(summary.read_text(), hostile.twin.url)
    assert headings(summary.read_text()) == ["Shipway release 2.0.0: waiting"]
    pairs = re.findall(r"(?s)(\S+)<<(end-[0-9a-f]{32})\n(.*?)\n\2\n", output.read_text())
    assert {name: value for name, _, value in pairs} == action.outputs(result)
    assert json.loads(action.outputs(result)["result"])["version"] == "2.0.0"
    assert [line.partition(" ")[0] for line in log.getvalue().splitlines()] == [
        "::notice",
        *["::warning"] * len(SUBJECTS),
    ]


@pytest.mark.requirement("PR-5")
@pytest.mark.parametrize("text", ["`a|<b>|c`", "`|@octocat", "\\`|<b>|`", "`` `|<b>|` ``", "a\\|b"])
def test_a_table_cell_is_one_cell_of_text(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {safe_cell(text)} | end |\n"

    assert_inert(table, "")
    cells = [token.content for token in tokens(table) if token.type == "inline"]
    assert (len(cells), cells[-1]) == (4, "end")


@pytest.mark.requirement("PR-1", "PR-5")
def test_very_many_commits_are_folded_and_none_is_lost(world: World) -> None:
    subjects = [f"change number {number} {'<b>' * 10}" for number in range(1500)]
    import_commits(world, (("Mona", f"feat: {subject}") for subject in subjects))

    world.release()

    body = world.request("GET", "/pulls/1")["body"]
    assert_inert(body, world.twin.url)
    assert len(body) < 65_536
    world.git("fetch", "--quiet", "origin")
    shown = set(re.findall(r"change number (\d+) ", body))
    listed = re.findall(r"change number (\d+) ", world.git("show", "origin/release/1.1.0:CHANGELOG.md"))
    assert sorted(map(int, listed)) == list(range(1500))
    page = f"{world.twin.url}/octo-org/hello/blob/release/1.1.0/CHANGELOG.md"
    folded = re.search(r"… and (\d+) more: \[the whole changelog\]\(([^)]+)\)", body)
    assert folded
    assert (int(folded[1]), folded[2]) == (1500 - len(shown) + 2, page)
    assert "## Rollback plan" in body


@pytest.mark.requirement("PR-1", "PR-5")
def test_a_subject_without_end_pushes_nobody_out(world: World) -> None:
    import_commits(world, [("Mona", f"feat: one {number}") for number in range(5)])
    import_commits(world, [("Mona", f"feat: `endless {'a b ' * 50_000}` tail")])
    newest = world.git("rev-parse", "HEAD")

    world.release()

    body = world.request("GET", "/pulls/1")["body"]
    assert_inert(body, world.twin.url)
    assert len(body) < 10_000
    assert all(f"- one {number} (" in body for number in range(5))
    url = f"{world.twin.url}/octo-org/hello"
    assert f"a b` … ([{newest[:7]}]({url}/commit/{newest}))\n" in body
    page = f"{url}/blob/release/1.1.0/CHANGELOG.md"
    assert f"\n\nLines that were shortened (…) stand whole in [the changelog]({page})." in body
    world.git("fetch", "--quiet", "origin")
    assert "a b ` tail (" in world.git("show", "origin/release/1.1.0:CHANGELOG.md")
