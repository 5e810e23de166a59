"""Make a repository of any size, always the same: `python bench/synthetic_repository.py FOLDER [COMMITS] [TAGS]`.

Eight types of commits in turn, four scopes, pull request numbers, every fifth with a body and trailers, three
hundred authors, a tag at equal distances; packed as `git clone` leaves it.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TYPES = ("feat", "fix", "chore", "docs", "perf", "refactor", "test", "ci")
SCOPES = ("(core)", "(ui)", "(api)", "")
BEGIN = 1_500_000_000
BODY = """
This explains why change {number} was made.
It goes on for a second line.

Fixes: #{number}
Signed-off-by: Author {author} <author{author}@example.com>
"""


def stream(commits: int, tags: int) -> Iterator[bytes]:
    """What `git fast-import` reads."""
    distance = max(1, commits // tags) if tags else 0
    for number in range(commits):
        author, time = number % 300, BEGIN + number * 600
        text = (
            f"{TYPES[number % 8]}{SCOPES[number // 3 % 4]}: change number {number} of the thing (#{number})\n"
        )
        message = (text + (BODY.format(number=number, author=author) if number % 5 == 0 else "")).encode()
        person = f"Author {author} <author{author}@example.com> {time} +0000"
        yield f"commit refs/heads/main\nmark :{number + 1}\nauthor {person}\ncommitter {person}\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        if distance and number % distance == distance - 1:
            release = number // distance
            yield f"reset refs/tags/v{release // 10 + 1}.{release % 10}.0\nfrom :{number + 1}\n\n".encode()


def make(folder: Path, commits: int = 100_000, tags: int = 1_000) -> None:
    """Make the repository, unless it is there."""
    if (folder / ".git" / "packed-refs").exists():
        return
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", "--", str(folder)], check=True)
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE) as importer:
        for part in stream(commits, tags):
            importer.stdin.write(part)
        importer.stdin.close()
    origin = "https://github.com/octo-org/synthetic.git"
    for command in (
        ["remote", "add", "origin", origin],
        ["repack", "-a", "-d", "--quiet"],
        ["pack-refs", "--all"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
