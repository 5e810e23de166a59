"""Where other tools say that a version stands, in the words of our configuration."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shipway.domain.file_edits import current_version, named_version_file
from shipway.domain.setup.repository import Repository
from shipway.errors import InputError

_VERSION = r"(?P<version>\d[\w.+-]*)"
_FORMS = {
    "json": r'"{key}"\s*:\s*"' + _VERSION,
    "yaml": r"""^\s*["']?{key}["']?:\s*["']?""" + _VERSION,
    "yml": r"""^\s*["']?{key}["']?:\s*["']?""" + _VERSION,
    "xml": r"<{key}>\s*" + _VERSION,
}
_ASSIGNED = r"""\b{key}\s*[:=]\s*["']?""" + _VERSION


@dataclass(frozen=True, slots=True)
class Place:
    """A file with a version.

    Attributes:
        key: Beside which the version stands; empty where the file itself tells.
    """

    path: str
    key: str = ""


def located(place: Place, version: str, repository: Repository) -> str:
    """What `release.version-files` says for a place; empty where that would not find this version there.

    Args:
        version: That stands there now; empty for any.
    """
    return next((spec for spec in _specs(place) if _found(spec, version, repository)), "")


def _specs(place: Place) -> Iterator[str]:
    yield place.path
    if place.key:
        form = _FORMS.get(place.path.rpartition(".")[2], _ASSIGNED)
        yield f"{place.path} =~ {form.replace('{key}', re.escape(place.key))}"


def _found(spec: str, version: str, repository: Repository) -> bool:
    try:
        file = named_version_file(spec, repository.files, repository.read)
        stands = current_version(file, repository.read(file.path))
    except InputError:
        return False
    return not version or stands == version
