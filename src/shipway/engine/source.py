"""The clone of a run together with its remote."""

from dataclasses import dataclass

from shipway.adapters.git_repo import Clone, Remote


@dataclass(frozen=True, slots=True)
class Source:
    """The clone together with its remote.

    Attributes:
        url: Address that git fetches from.
        remote: What it advertised when the run began.
    """

    clone: Clone
    url: str
    token: str
    remote: Remote

    def text_of_default_branch(self, path: str) -> str:
        """A file of the default branch as the remote has it; empty when it is not there."""
        commit = self.remote.heads[self.remote.default]
        self.need(self.remote.default)
        if path not in self.clone.files(commit):
            return ""
        return self.clone.read(commit, path)

    def need(self, *branches: str) -> None:
        """Fetch the heads of branches, and tags, that are not here yet."""
        missing = [b for b in branches if not self.clone.has(self.remote.heads[b])]
        if missing or not self.clone.local_tags() >= self.remote.tags.keys():
            self.clone.fetch(self.url, self.token, [f"refs/heads/{branch}" for branch in missing])

    def on_default_branch(self, commit: str) -> bool:
        """Whether the default branch holds a commit."""
        self.need(self.remote.default)
        return self.clone.contains(self.remote.heads[self.remote.default], commit)

    def need_commit(self, commit: str) -> None:
        """Fetch a commit that is not here yet."""
        if not self.clone.has(commit):
            self.clone.fetch(self.url, self.token, [commit])
