"""`shipway parse` on the command line."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from shipway.cli.root import run

pytestmark = pytest.mark.requirement("FACE-1", "CLI-1")

LOCK: dict[str, Any] = {
    "name": "lock",
    "environment": "staging",
    "all": False,
    "for": None,
    "scope": None,
    "release": None,
    "pr": None,
    "reason": "do not use --global today",
    "dry_run": False,
    "sha": None,
    "line": 1,
    "text": "/lock staging --reason do not use --global today",
}


def given(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given(monkeypatch, f"{LOCK['text']}\n".encode())

    assert run(["parse"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "commands": [LOCK], "errors": []}


def test_a_file_and_what_cannot_be_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    comment = tmp_path / "comment.md"
    comment.write_bytes(b"\xef\xbb\xbf" + f"{LOCK['text']}\r\n/lokc staging\xff\r\n".encode("latin-1"))

    assert run(["parse", str(comment)]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "schema": 1,
        "commands": [LOCK],
        "errors": [{"line": 2, "message": "There is no command /lokc.", "did_you_mean": "/lock"}],
    }


def test_a_dialect(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = str(LOCK["text"]).replace("/", ".")
    given(monkeypatch, text.encode())

    assert run(["parse", "--dialect", "branch-deploy", "-"]) == 0
    expected = LOCK | {"scope": "user", "text": text}
    assert json.loads(capsys.readouterr().out) == {"schema": 1, "commands": [expected], "errors": []}


def test_yaml(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given(monkeypatch, b"nothing")

    assert run(["parse", "--output", "yaml"]) == 0
    assert capsys.readouterr().out == "schema: 1\ncommands: []\nerrors: []\n"


def test_an_unknown_dialect(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["parse", "--dialect", "branch-deplo"]) == 2
    assert "Did you mean branch-deploy?" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_another_encoding_is_refused_and_not_read_as_nothing(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comment = tmp_path / "comment.md"
    comment.write_bytes(str(LOCK["text"]).encode(encoding))

    assert run(["parse", str(comment)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(
        f"error[text-encoding]: {comment} is not UTF-8 text: it looks like UTF-16, or is no text at all.\n"
    )
