"""The part of a body that is ours: between two marks, so that what people write around it survives."""

import re

_REGION = re.compile(
    r"<!-- shipway:begin (?P<digest>[0-9a-f]+) -->"
    r"(?:(?!<!-- shipway:begin ).)*?"  # so that a mark that somebody quotes above does not take what is between
    r"<!-- shipway:end -->",
    re.DOTALL,
)


def region(text: str, digest: str) -> str:
    """Text between our marks; the digest says what it was made from."""
    inert = text.replace("<!-- shipway:", "<!-- shipway\u200b:")
    return f"<!-- shipway:begin {digest} -->\n{inert.strip()}\n<!-- shipway:end -->"


def _with_plain_ends(body: str) -> str:
    """Browsers send bodies with carriage returns."""
    return re.sub(r"\r+\n", "\n", body)


def digest_in(body: str) -> str:
    """What the marked region was made from; empty when there is none."""
    found = _REGION.search(_with_plain_ends(body))
    return found["digest"] if found else ""


def region_of(body: str) -> str:
    """The marked region; empty when there is none."""
    found = _REGION.search(_with_plain_ends(body))
    return found[0] if found else ""


def rewritten(body: str, new_region: str) -> str:
    """The body with its marked region replaced; a body without one gets it in front."""
    body = _with_plain_ends(body)
    found = _REGION.search(body)
    if found:
        return body[: found.start()] + new_region + body[found.end() :]
    return f"{new_region}\n\n{body}".rstrip() if body.strip() else new_region
