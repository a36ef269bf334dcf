"""The folder that a command writes to (``--out``): what cannot be written is one clear line, never a fault of the software."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flows.commands.exits import UsageProblem
from flows.packets import MANIFEST


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Around what writes below a folder of the user's. Raises UsageProblem where the folder does not take it."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise UsageProblem(f"{folder}: {why}; name a folder with --out that can be written and has room") from None


def check(folder: Path) -> None:
    """Refuse a folder that cannot be written to before any work is done for it. Raises UsageProblem."""
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their names below a folder, which is made. Raises UsageProblem."""
    with writing_to(folder):
        for name, data in sorted(files.items()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def take_away_copy(folder: Path) -> None:
    """Take away the files of a packet that was copied to a folder, and nothing else that lies there. Raises UsageProblem."""
    manifest = folder / MANIFEST
    with writing_to(folder):
        if not manifest.is_file():
            return
        try:
            names = [name for name in json.loads(manifest.read_bytes())["files"] if "\0" not in name]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UsageProblem(f"{folder}: what lies there is no packet's copy; move it away, or give another --out") from None
        for name in (*names, MANIFEST):
            path = folder / str(name)
            if path.resolve().is_relative_to(folder.resolve()):
                path.unlink(missing_ok=True)
