"""What the ledger's branch lost by force, and whether somebody answers for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from shipway.adapters.github import GitHub, identity, records
from shipway.adapters.github.writing import LEDGER_BRANCH
from shipway.adapters.ledgers.branch import LedgerBranch
from shipway.domain.authority import Asker
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.delivery.acknowledging import answering_verdict
from shipway.domain.ledger import Flaw
from shipway.domain.ledger_audit import BOOK
from shipway.domain.ledger_cut import (
    Acknowledgement,
    Cut,
    Loss,
    LostEntry,
    acknowledgements,
    loss_of,
    unnamed,
)
from shipway.domain.ledger_store import WholeLedger
from shipway.engine.source import Source
from shipway.errors import GitHubError


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cuts of the branch, of which what was there before is not there again.

    Attributes:
        unanswered: Nobody answers for them, or their answer does not count.
        answered: Each with the entry by which somebody does.
        flaws: What shows tampering.
    """

    unanswered: tuple[Cut, ...] = ()
    answered: tuple[tuple[Cut, Acknowledgement], ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def lost(self) -> tuple[LostEntry, ...]:
        """The entries that somebody answers for."""
        return tuple(entry for _, answer in self.answered for entry in answer.loss.entries)


@dataclass(frozen=True, slots=True)
class CutReader:
    """Looks at cuts.

    Attributes:
        source: The clone, which has the whole branch, and where lost commits are fetched.
        whole: The ledger as it is.
        rule: Who may answer.
    """

    github: GitHub
    source: Source
    whole: WholeLedger
    rule: AuthorityRule

    def found(self) -> Cuts:
        """All that GitHub remembers; to put back what was lost heals a cut."""
        given = acknowledgements(self.whole.entries)
        unanswered: list[Cut] = []
        answered: list[tuple[Cut, Acknowledgement]] = []
        known = records.cuts(self.github, LEDGER_BRANCH)
        flaws = [*_hidden(known)]
        for cut in known:
            if self.source.clone.contains(self.whole.revision, cut.before):
                continue
            doubts = [(one, self._doubt(one)) for one in given if one.is_of(cut)]
            good = next((one for one, doubt in doubts if not doubt), None)
            if good:
                answered.append((cut, good))
            else:
                unanswered.append(cut)
                flaws.append(cut.flaw(next((doubt for _, doubt in reversed(doubts)), "")))
        cuts = Cuts(tuple(unanswered), tuple(answered))
        return Cuts(cuts.unanswered, cuts.answered, (*flaws, *self._unnamed(cuts)))

    def loss(self, cut: Cut) -> Loss | None:
        """What it lost; None where what was there cannot be had any more."""
        try:
            self.source.need_commit(cut.before)
        except GitHubError:
            return None
        lost = LedgerBranch(self.source.clone.root, cut.before).changes(without=self.whole.revision)
        books = (
            data for change in lost for path, data in change.files.items() if data and BOOK.fullmatch(path)
        )
        return loss_of((line for book in books for line in book.splitlines()), self.whole.entries)

    def asker(self, login: str) -> Asker:
        """Somebody, with what the rule goes by, as GitHub says now."""
        role = identity.role_of(self.github, login) if self.rule.roles else ""
        return Asker(login, role, identity.teams_of(self.github, login, self.rule.teams))

    def _doubt(self, answer: Acknowledgement) -> str:
        """Why somebody's answer does not count; empty where it does.

        Whoever may push can write an entry in anybody's name. GitHub's signature shows for whom it made the commit.
        """
        commit = LedgerBranch(self.source.clone.root, self.whole.revision).brought(answer.entry.hash)
        author = records.signed_author(self.github, commit) if commit else ""
        said = f"entry {answer.entry.sequence} acknowledges it in the name of {answer.by}"
        if author.lower() != answer.by.lower():
            return f"{said}, for whom GitHub did not make that commit"
        verdict = answering_verdict(self.asker(answer.by), self.rule)
        return "" if verdict.passed else f"{said}, but {verdict.summary}"

    def _unnamed(self, cuts: Cuts) -> Iterator[Flaw]:
        for cut, _ in cuts.answered:
            loss = self.loss(cut)
            yield from unnamed(cut, loss, cuts.lost) if loss else ()


def _hidden(known: tuple[Cut, ...]) -> Iterator[Flaw]:
    """So many moves that an older one may stand behind them: harmless ones would put a cut out of sight."""
    for name, deleted in (("set elsewhere by force", False), ("deleted", True)):
        if sum(cut.deleted is deleted for cut in known) >= records.MOST_CUTS:
            often = f"{records.MOST_CUTS} times or more, and older times are unknown"
            yield Flaw(0, f"it was {name} {often}", "the branch")
