"""Another rulebook than the one in use: from a folder, or from a git commit of this repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from flows.rulebook.read import HOME, RulebookError
from flows.rulebook.resolve import Rulebook, load

REPOSITORY = HOME.resolve().parent.parent
_FOLDER = "flows/rulebook"


class NoSuchRulebook(Exception):
    """What was named is neither a rulebook folder nor a commit with one. ``problems`` holds the one line."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


def rulebook_from(place: str, repository: Path = REPOSITORY) -> Rulebook:
    """The rulebook in folder ``place``, or as it stood in commit ``place`` of the repository; a folder of that name wins.

    Raises NoSuchRulebook where it is neither, RulebookError where its files cannot be used by this version of the product.
    """
    folder = Path(place)
    if folder.is_dir():
        if not any(folder.glob("*.toml")):
            raise NoSuchRulebook(f"{place}: no rulebook files (*.toml) in it; name a folder like {_FOLDER}")
        return _loaded(folder, place)
    commit = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{place}^{{commit}}")
    if commit is None:
        raise NoSuchRulebook(f"{place}: neither a folder nor a commit of this repository; name a rulebook folder or a commit")
    archive = _git(repository, "archive", "--format=tar", commit.decode().strip(), _FOLDER)
    if archive is None:
        raise NoSuchRulebook(f"{place}: that commit has no {_FOLDER}; name a later commit")
    with tempfile.TemporaryDirectory() as home:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(home, filter="data")
        return _loaded(Path(home) / _FOLDER, place)


def _loaded(home: Path, place: str) -> Rulebook:
    try:
        return load(home)
    except RulebookError as error:  # a file's name alone does not say whose rulebook is at fault
        raise RulebookError([f"{place}: {problem}" for problem in error.problems]) from None


def _git(repository: Path, *arguments: str) -> bytes | None:
    """What git printed, or None where it refused or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
