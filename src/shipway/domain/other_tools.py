"""Pull requests of release tools that were there before: closed once ours is open, with a word to people."""

from shipway.domain.facts import OtherRelease
from shipway.domain.plan import CloseOther, Move
from shipway.domain.release_command import Situation, open_pull

PENDING = "autorelease: pending"
"""release-please's label of a pull request that it has not tagged yet."""

_BRANCHES = "release-please--branches--"
"""How the names of its branches begin; the target follows, and the component where there is one."""


def taken_over(situation: Situation) -> Move | None:
    """Close the pull request of release-please for what this release releases.

    Two open ones for the same commits would be merged both, sooner or later. It comes after ours is open, so that
    people always have one. A component that this repository's tags do not name is left to release-please.
    """
    found = next((one for one in situation.facts.other_releases if _ours(one, situation)), None)
    if found is None:
        return None
    comment = (
        f"Shipway releases this repository now, and opened #{open_pull(situation).number} for "
        f"{situation.command.version} in the place of this pull request.\n\n"
        "Delete the workflow that runs release-please; it would open this one anew with the next push."
    )
    return CloseOther(found.number, found.node_id, found.branch, comment)


def _ours(other: OtherRelease, situation: Situation) -> bool:
    whole = f"{_BRANCHES}{situation.facts.target.name}"
    before = situation.policy.release.tag.partition("{version}")[0]
    component = before.removesuffix("v").rstrip("-_/@.")
    return other.branch in {whole, f"{whole}--components--{component}"}
