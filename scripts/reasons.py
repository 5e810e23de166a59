"""Finds every reason code in the source, with the sentence that goes with it.

A code is followed to where it is written down: through constants of any module, defaults and arguments of
parameters, and the tables that a loop goes over.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from reason_remedies import LIFTED

_CODE = re.compile(r"[a-z]+(-[a-z]+)*")
_PLACES = {"Refusal": 0, "Wait": 0, "RunEnd": 0, "Verdict": 2, "verdict": 1, "_failed": 1, "_passed": 1}
"""Calls that take the code by position."""

_ENDING = 5
"""Parts of how a run ended: decision, reason code, sentence, next step, exit code."""


COMPOSED = {
    "answered": "What was asked in a comment was answered.",
    "acknowledged": "… answers for cut … now.",
    "already-acknowledged": "… answers for cut … already.",
    "already-locked": "… is locked like this already.",
    "checks-broken": "Checks did not come to a result: ….",
    "cancelled": "What was open is not gone on with: ….",
    "checks-skipped": "Checks were skipped: ….",
    "command-unclear": "A line of a comment is meant for Shipway and cannot be understood: ….",
    "deployment-over-limit": "… does not stay in …: it took longer than ….",
    "done": "It is done, or was so already: ….",
    "dry-run": "Nothing was done; this is what would be: ….",
    "event-unreadable": "The event that started the workflow run is no comment, or cannot be read.",
    "held": "… was rolled back in … by … at …: ….",
    "hotfix-dispatched": "Hotfix … goes on in the workflow … of the repository.",
    "identity-differs": "The run says that … started it, and GitHub says somebody else.",
    "impact-unknown": "What the rollback takes away could not be worked out in full: ….",
    "lock-unclear": "What to lock or unlock, for whom or for how long, is not clear: ….",
    "locked": "… is locked by … since …: ….",
    "metric-unreachable": "The metric could not be asked: ….",
    "no-tests": "The report holds no test that ran.",
    "not-begun": "It was not begun, as it builds upon …, which is not done.",
    "nothing-to-release": "No commit since … asks for a new version.",
    "overridden": "Gate … did not pass and was let past by … until …: ….",
    "override-unclear": "An override lacks its gate, reason or end, or names nothing: ….",
    "rehearsal-stuck": "Nobody on the twin can move the release on: ….",
    "reviewer-unknown": "There is no person or team … to review, or the token may not see it.",
    "rollback-asked": "… was found bad in …, and whether it goes back is for a person to say.",
    "run-lost": "… into …: given up: its run ended before it did.",
    "strategy-halted": "… stays at … in …: ….",
    "swept": "Everything that holds an environment was looked after.",
    "sweep-incomplete": "Something that holds an environment could not be looked after: ….",
    "template": "A template of the repository cannot be used: ….",
    "transition-invalid": "No way leads from … to …: ….",
    "unlocked": "… is open again: ….",
    "version-file-unreadable": "A file that holds the version cannot be read as what its name says: ….",
}
"""Code → its sentence, where the one that is said is put together while it runs."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason code.

    Attributes:
        code: Empty where what is written there leads to none.
        sentence: With … for what is filled in; empty where none stands beside it.
        module: Path of the module, from the package.
        written: The expression in the source.
        lifted: What is to be done about it, or who may; empty where that is not written down beside it.
    """

    code: str
    sentence: str
    module: str
    written: str
    lifted: str = ""


class Source:
    """All modules below a folder, the twin's apart."""

    def __init__(self, folder: Path) -> None:
        self._local: dict[str, ast.expr] = {}
        paths = {path.relative_to(folder): path for path in sorted(folder.rglob("*.py"))}
        self._trees = {
            name.as_posix(): ast.parse(path.read_text())
            for name, path in paths.items()
            if "twin" not in name.parts
        }
        self._constants = {name: value for tree in self._trees.values() for name, value in _assigned(tree)}

    def reasons(self) -> Iterator[Reason]:
        """Each place where an error, a refusal, a wait, a verdict or an outcome is given its code."""
        for module, tree in self._trees.items():
            self._local = dict(_assigned(tree))
            for value, sentence, lifted in _given(tree):
                if isinstance(value, ast.Constant) and not value.value:
                    continue  # what no one is told of
                written = ast.unparse(value)
                direct = list(self._codes(value))
                passed = [code for one in _bound(written, tree) for code in self._codes(one)]
                yield from (Reason(code, sentence, module, written, lifted) for code in direct)
                yield from (Reason(code, "", module, written) for code in passed or [""][len(direct) :])

    def _codes(self, value: ast.expr) -> Iterator[str]:
        """What is written there, chosen there by a key, or given to a constant of that name."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and _CODE.fullmatch(value.value):
            yield value.value
        elif isinstance(value, ast.Subscript) and isinstance(value.value, ast.Dict):
            yield from (code for one in value.value.values for code in self._codes(one))
        elif isinstance(value, ast.IfExp):
            yield from (code for one in (value.body, value.orelse) for code in self._codes(one))
        else:
            name = ast.unparse(value).rpartition(".")[2]
            if constant := self._local.get(name) or self._constants.get(name):
                yield from self._codes(constant)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    return ((ast.unparse(one.targets[0]), one.value) for one in tree.body if isinstance(one, ast.Assign))


def chosen(reasons: Iterable[Reason]) -> dict[str, Reason]:
    """Code → the place that says the most of it, in the order of the codes."""
    found: dict[str, Reason] = {}
    for reason in reasons:
        before = found.get(reason.code)
        if before is None or _worth(reason) > _worth(before):
            found[reason.code] = reason
    return {code: _told(one) for code, one in sorted(found.items()) if code}


def _told(reason: Reason) -> Reason:
    composed = says_something(reason.sentence)
    return replace(
        reason,
        sentence=reason.sentence if composed else COMPOSED.get(reason.code, ""),
        lifted=reason.lifted if says_something(reason.lifted) else LIFTED.get(reason.code, ""),
    )


def says_something(sentence: str) -> bool:
    """Whether there is more than what is filled in."""
    return any(letter.isalpha() for letter in sentence)


def _worth(reason: Reason) -> tuple[bool, bool]:
    """Whether there is a sentence, and whether it says what to do."""
    return says_something(reason.sentence), bool(reason.lifted)


def _given(tree: ast.AST) -> Iterator[tuple[ast.expr, str, str]]:
    """Expressions that are reason codes, their sentences, and what lifts them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((value, first_line(ast.get_docstring(node) or ""), "") for value in _of_class(node))
        elif isinstance(node, ast.Call):
            yield from _of_call(node, tree)
        elif isinstance(node, ast.Tuple) and len(node.elts) == _ENDING and _is_decision(node.elts[0]):
            yield node.elts[1], _sentence(node.elts[2], tree), _sentence(node.elts[3], tree)


def _is_decision(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and ast.unparse(value.value) == "Decision"


def _of_class(node: ast.ClassDef) -> Iterator[ast.expr]:
    for item in node.body:
        if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == "reason_code":
            yield item.value


def _of_call(node: ast.Call, tree: ast.AST) -> Iterator[tuple[ast.expr, str, str]]:
    place = _PLACES.get(ast.unparse(node.func))
    at_place = node.args[place : place + 1] if place is not None else []
    given = [*at_place, *(keyword.value for keyword in node.keywords if keyword.arg == "reason_code")]
    rest = node.args[place + 1 :] if place is not None else node.args
    for value in given:  # few calls have one, and looking for a sentence takes a walk over the module
        if not isinstance(value, ast.Starred):
            sentence, lifted = [*(_sentence(one, tree) for one in rest[:2]), "", ""][:2]
            yield value, sentence, lifted


def _bound(name: str, tree: ast.AST) -> Iterator[ast.expr]:
    """What a name may stand for: a parameter's default and arguments, or a column of a table in a loop."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from _arguments(name, node, tree)
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
            names = [ast.unparse(one) for one in node.target.elts]
            if name in names and isinstance(node.iter, ast.Tuple):
                rows = [row for row in node.iter.elts if isinstance(row, ast.Tuple)]
                yield from (row.elts[names.index(name)] for row in rows)


def _arguments(name: str, function: ast.FunctionDef, tree: ast.AST) -> Iterator[ast.expr]:
    names = [one.arg for one in function.args.args]
    if name not in names or function.name in _PLACES:
        return
    place = names.index(name)
    yield from function.args.defaults[place - len(names) :][:1] if function.args.defaults else ()
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in (one for one in calls if ast.unparse(one.func) == function.name):
        yield from call.args[place : place + 1]


def _sentence(value: ast.expr, tree: ast.AST) -> str:
    """A literal string, or the newest one given to a name above the place where it is used."""
    if not isinstance(value, ast.Name):
        return first_line(_text(value))
    given = [
        (node.lineno, _text(node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == value.id
        and node.lineno < value.lineno
    ]
    return first_line(max(given, default=(0, ""))[1])


def _text(value: ast.expr) -> str:
    """A literal string, with … for what is filled in; empty for anything else."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.IfExp):
        return _text(value.body) or _text(value.orelse)
    if isinstance(value, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return ""


def first_line(text: str) -> str:
    """The summary of a text."""
    return text.partition("\n")[0]


def cell(text: str) -> str:
    """The text, fit for a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")
