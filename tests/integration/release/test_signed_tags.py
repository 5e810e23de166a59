"""Tags are signed where git has a key: a real one, made for the test, checked by git itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from integration.release.world import World
from needed import absent
from shipway.errors import InputError


def give_key(world: World, folder: Path) -> Path:
    """An SSH key that git in the clone signs with; gives the file of those whom it trusts."""
    if not shutil.which("ssh-keygen"):
        absent("no ssh-keygen here", "apt-get install openssh-client")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    trusted = folder / "trusted"
    trusted.write_text(f"releaser@example.test {key.with_suffix('.pub').read_text()}")
    world.git("config", "gpg.format", "ssh")
    world.git("config", "user.signingKey", str(key))
    world.git("config", "gpg.ssh.allowedSignersFile", str(trusted))
    return trusted


@pytest.mark.requirement("DEP-1")
def test_the_tag_is_signed_with_the_key_that_git_has(world: World, tmp_path: Path) -> None:
    give_key(world, tmp_path)
    world.release()
    world.approve()

    done = world.release()

    assert done.tag == "v1.1.0"
    world.git("tag", "--delete", "v1.1.0")
    world.git("fetch", "--quiet", "--tags", "origin")
    assert world.git("cat-file", "-t", "v1.1.0") == "tag"
    world.git("tag", "--verify", "v1.1.0")


@pytest.mark.requirement("DEP-1", "FAIL-4")
def test_a_key_that_cannot_sign_stops_the_release_before_the_tag(world: World, tmp_path: Path) -> None:
    world.git("config", "gpg.format", "ssh")
    world.git("config", "user.signingKey", str(tmp_path / "gone"))
    world.release()
    world.approve()

    with pytest.raises(InputError) as refused:
        world.release()

    assert refused.value.reason_code == "tag-unsigned"
    assert refused.value.message.startswith("Tag v1.1.0 cannot be signed: ")
    assert world.git("ls-remote", "--tags", "origin", "v1.1.0") == ""
