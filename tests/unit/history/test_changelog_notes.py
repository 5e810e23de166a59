"""What notes say, and that strangers' text in them is only text."""

from pathlib import Path

import pytest

from shipway.adapters.templates import Templates
from shipway.domain.changelog import Place, PullRequestInfo, Style, notes
from shipway.domain.changelog_text import release_text
from shipway.domain.commit.message import read_message
from shipway.domain.history import Contributor, Section
from shipway.domain.safe_text import safe_line, safe_lines
from shipway.domain.version import parse_version
from shipway.errors import InputError

URL = "https://github.com/octo-org/hello"


def section(*messages, plain=()):
    changes = tuple(
        change
        for number, text in enumerate(messages)
        for change in read_message(text, sha=f"{number}" * 40).changes
    )
    people = (Contributor("Alice <b>", "alice@example.com"), Contributor("Bob", "bob@example.com"))
    shas = tuple(f"{number}" * 40 for number in range(len(messages)))
    return Section(None, "", 0, changes, "", people, shas, plain)


def rendered(found, style=None, **values):
    """What our template and the function that stands in for it both make of a release."""
    made = notes(found, "v1.0.0", style or Style(Place(URL)), **values)
    text = Templates().render("changelog/release.md.j2", notes=made)
    assert release_text(made) == text
    return text


@pytest.mark.requirement("CHG-3")
def test_notes_are_grouped_and_linked():
    found = section(
        "feat(ui): add x (#12)", "fix: y", "docs: z", "perf!: w\n\nBREAKING CHANGE: one\n\ntwo", "chore: v"
    )
    assert (
        rendered(found, version=parse_version("2.0.0"), tag="v2.0.0", date="2026-11-21")
        == f"""\
## [2.0.0]({URL}/compare/v1.0.0...v2.0.0) - 2026-11-21

### Breaking changes

- w ([3333333]({URL}/commit/{"3" * 40}))

  one

  two

### Features

- **ui:** add x ([#12]({URL}/pull/12), [0000000]({URL}/commit/{"0" * 40}))

### Fixes

- y ([1111111]({URL}/commit/{"1" * 40}))

Contributors: Alice &lt;b&gt;, Bob
"""
    )


@pytest.mark.requirement("CHG-3")
def test_people_are_linked_where_github_knows_them():
    pulls = {"0" * 40: PullRequestInfo(7, "octocat", first_time=True), "1" * 40: PullRequestInfo(8, "hubot")}
    text = rendered(section("feat: x", "fix: y"), Style(Place(URL), pull_requests=pulls))
    assert f"- x ([#7]({URL}/pull/7), " in text
    assert "Contributors: [octocat](https://github.com/octocat), [hubot](https://github.com/hubot)\n" in text
    assert "First contribution: [octocat](https://github.com/octocat)\n" in text


@pytest.mark.requirement("CHG-3")
@pytest.mark.parametrize("count", [12, 13, 46])
def test_nobody_is_lost_among_many_people(count):
    messages = [f"feat: x{number}" for number in range(count)]
    pulls = {f"{n:02}" * 20: PullRequestInfo(n, f"login{n}", first_time=n > 0) for n in range(count)}
    found = section(*messages)._replace(shas=tuple(pulls))
    text = rendered(found, Style(Place(URL), pull_requests=pulls))

    names = [f"[login{n}](https://github.com/login{n})" for n in range(count)]
    everybody, first = ", ".join(names), ", ".join(names[1:])
    if count == 12:
        assert text.endswith(f"\n\nContributors: {everybody}\nFirst contribution: {first}\n")
        return
    folded = f"\n\n<details><summary>{count} contributors</summary>\n\n{everybody}\n\n</details>\n\n"
    if count == 13:
        assert text.endswith(f"{folded}First contribution: {first}\n")
    else:
        newcomers = f"<details><summary>45 first contributions</summary>\n\n{first}\n\n</details>\n"
        assert text.endswith(f"{folded}{newcomers}\n")


@pytest.mark.requirement("CHG-3")
def test_groups_can_be_chosen():
    style = Style(groups={"Papers": ("docs", "feat")})
    text = rendered(section("feat: x", "docs: y", "fix: z"), style)
    assert "### Papers\n\n- x (0000000)\n- y (1111111)\n" in text
    assert "z" not in text.replace("Papers", "")


@pytest.mark.requirement("CHG-4")
def test_without_conventional_commits_every_commit_is_listed():
    text = rendered(section(plain=(("a" * 40, "Add @octocat's x"),)))
    assert "_No commit follows Conventional Commits; all of them are listed._" in text
    assert f"- Add @\u200boctocat's x ([aaaaaaa]({URL}/commit/{'a' * 40}))" in text


@pytest.mark.requirement("PR-5")
@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain text, as it is", "plain text, as it is"),
        ("ping @octocat and @org/team", "ping @\u200boctocat and @\u200borg/team"),
        ("mail a@example.com", "mail a@example.com"),
        ("<script>x</script> &lt;", "&lt;script&gt;x&lt;/script&gt; &amp;lt;"),
        ("<!-- shipway:end -->", "&lt;!-- shipway:end --&gt;"),
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("[x](javascript:y) ![z](w)", "\\[x\\](javascript:y) !\\[z\\](w)"),
        ("*bold* _it_ snake_case ~~no~~", "\\*bold\\* \\_it\\_ snake_case \\~\\~no\\~\\~"),
        ("code `@types/node <T>` stays", "code `@types/node <T>` stays"),
        ("lone ` tick", "lone \\` tick"),
        ("a | b", "a \\| b"),
        ("back\\slash", "back\\\\slash"),
        ("::error file=x::boom", ":\u200b:error file=x::boom"),
        ("##[error]boom", "\\##\\[error\\]boom"),
        ("\u202egnp.exe\u2066 \x1b[31mred\x07", "gnp.exe \\[31mred"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("::set-output name=x::y\n::error::z", ":\u200b:set-output name=x::y ::error::z"),
        ("$a$ math", "\\$a\\$ math"),
    ],
)
def test_text_of_strangers_is_only_text(text, safe):
    assert safe_line(text) == safe


@pytest.mark.requirement("PR-5")
def test_notes_of_strangers_keep_their_lists_and_nothing_else():
    assert (
        safe_lines("do:\n- this @octocat\n# not a heading") == "do:\n- this @\u200boctocat\n\\# not a heading"
    )


@pytest.mark.requirement("CHG-3")
def test_a_repository_can_replace_templates(tmp_path: Path):
    own = tmp_path / ".github" / "shipway" / "templates" / "changelog" / "section.md.j2"
    own.parent.mkdir(parents=True)
    own.write_text(
        "{% for group in notes.groups %}{{ group.title }}: {{ group.entries[0].text }}{% endfor %}"
    )
    made = notes(section("feat: x"), "", Style())
    assert Templates(tmp_path).render("changelog/section.md.j2", notes=made) == "Features: x"


@pytest.mark.requirement("CHG-3", "FAIL-4")
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("one\n{{ notes.oops }}", "{file}:2: 'str object' has no attribute 'oops'."),
        ("{% if %}", "{file}:1: Expected an expression, got 'end of statement block'."),
        (
            "\n\n{{ notes.__class__.__mro__ }}",
            "{file}:3: access to attribute '__class__' of 'str' object is unsafe.",
        ),
    ],
)
def test_errors_in_templates_name_file_and_line(tmp_path: Path, source, message):
    file = tmp_path / ".github" / "shipway" / "templates" / "page.md.j2"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    with pytest.raises(InputError) as refused:
        Templates(tmp_path).render("page.md.j2", notes="")
    assert refused.value.message == message.format(file=file)
    assert refused.value.next_step == (
        "Mend the template, or delete .github/shipway/templates/page.md.j2 to use ours."
    )
