"""Templates: ours, and in their place those of a repository under `.github/shipway/templates/`."""

from pathlib import Path

from jinja2 import (
    BytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shipway.domain.safe_text import safe_cell, safe_line, safe_lines
from shipway.errors import InputError

OURS = Path(__file__).parent.parent / "templates"
THEIRS = Path(".github/shipway/templates")


class _Compiled(BytecodeCache):
    """Compiled templates by name, folder and content, for a process that carries out more than one command."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is known; Jinja compares the content."""
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._codes[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


class Templates:
    """Renders templates by name, such as `changelog/section.md.j2`.

    Templates are trusted as far as the repository is, and still sandboxed; what they print is not. Markdown
    has no automatic escape, so values are made harmless before they come here, or with the filters
    `safe_line` and `safe_lines`.

    Args:
        root: The repository whose own templates come first; None for ours only.
    """

    def __init__(self, root: Path | None = None) -> None:
        folders = [root / THEIRS, OURS] if root else [OURS]
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folders),
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_COMPILED,
        )
        self._environment.filters.update(
            safe_line=safe_line, safe_lines=safe_lines, cell=safe_cell, seconds=_seconds
        )

    def render(self, template: str, **values: object) -> str:
        """Render a template.

        Raises:
            InputError: `template`, with file and line of what cannot be rendered.
        """
        try:
            return self._environment.get_template(template).render(**values)
        except TemplateNotFound as problem:
            raise _refused(f"There is no template {problem.name!r}", THEIRS / template) from problem
        except TemplateSyntaxError as problem:
            where = f"{problem.filename or problem.name}:{problem.lineno}"
            raise _refused(f"{where}: {problem.message}", THEIRS / template) from problem
        except (
            TemplateError,
            TypeError,
            AttributeError,
            ValueError,
            ArithmeticError,
            LookupError,
        ) as problem:
            raise _refused(f"{_place(problem, template)}: {problem}", THEIRS / template) from problem


def _seconds(duration: float | None) -> str:
    """A duration as people say it; empty when it is not known."""
    if duration is None:
        return ""
    return f"{duration:.1f} s" if duration < 60 else f"{int(duration) // 60} min {int(duration) % 60} s"


def _place(problem: BaseException, template: str) -> str:
    """File and line of the template that raised: Jinja puts them into the traceback."""
    place, trace = template, problem.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _refused(message: str, file: Path) -> InputError:
    return InputError(
        f"{message.rstrip('.')}.",
        f"Mend the template, or delete {file} to use ours.",
        reason_code="template",
    )
