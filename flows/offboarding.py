"""A practice leaves: all that is kept of it returned to it in a folder that proves itself, then deleted, with a record.

The folder holds each version's bytes, ``objects.jsonl`` with a line for each version (key, version, SHA-256, where its bytes
are) and ``export.json``, which who exported signs for. ``deletion.json`` is written beside it by each deletion.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from flows.practice_versions import PracticeVersions, Version
from flows.store import UnsafeKey, checked_key

OBJECTS, EXPORT, DELETION = "objects.jsonl", "export.json", "deletion.json"
_LONGEST = 200  # bytes of a name that every file system takes


class OffboardingError(Exception):
    """What must hold before a return or a deletion does not; ``problems`` says what, without a key or a name."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Returned:
    """What an export holds: versions with bytes, deletion markers, bytes, and the SHA-256 of its export.json."""

    versions: int
    markers: int
    size: int
    seal: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion came to. ``refused`` are under a lock or beyond the credentials; ``left`` is what is listed after it."""

    deleted: int
    refused: int
    left: int


def export(kept: PracticeVersions, practice: str, folder: Path, by: str, at: datetime) -> Returned:
    """Write every version into ``folder``, which must be new or empty. Raises OffboardingError, StoreError."""
    if folder.exists() and any(folder.iterdir()):
        raise OffboardingError(f"{folder}: not empty; name a new folder for the export")
    found = kept.all()
    if not found:
        raise OffboardingError(f"{practice}: nothing is kept below its prefix; check the name and CCM_BUCKET")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    size = 0
    with (folder / OBJECTS).open("x", encoding="utf-8") as lines:
        for one, place in zip(found, _places(found), strict=True):
            told: dict[str, object] = asdict(one)
            if not one.marker:
                data = kept.read(one)
                size += len(data)
                path = folder / place
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                told |= {"sha256": hashlib.sha256(data).hexdigest(), "file": place, "size": len(data)}
            lines.write(json.dumps(told, sort_keys=True) + "\n")
    markers = sum(one.marker for one in found)
    said = {
        "practice": practice,
        "by": by,
        "at": at.isoformat(),
        "versions": len(found) - markers,
        "markers": markers,
        "bytes": size,
        "objects_sha256": _sha256(folder / OBJECTS),
    }
    (folder / EXPORT).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return Returned(len(found) - markers, markers, size, _sha256(folder / EXPORT))


def verify(folder: Path, practice: str) -> tuple[tuple[dict[str, object], ...], Returned]:
    """The lines of an export, once every byte of it is what was exported. Raises OffboardingError with what is not."""
    try:
        said = json.loads((folder / EXPORT).read_bytes())
        text = (folder / OBJECTS).read_bytes()
        lines: list[dict[str, object]] = [json.loads(line) for line in text.splitlines()]
    except (OSError, ValueError):
        raise OffboardingError(f"{folder}: no export of a practice in it; export first, without --delete") from None
    if said.get("practice") != practice:
        raise OffboardingError(f"{folder}: the export is not this practice's; name the right folder")
    problems = (
        [] if said["objects_sha256"] == hashlib.sha256(text).hexdigest() else [f"{OBJECTS}: not the list that was exported"]
    )
    for number, line in enumerate(lines, 1):
        if not line["marker"]:
            path = folder / str(line["file"])
            if not path.is_file() or _sha256(path) != line["sha256"]:
                problems.append(f"{OBJECTS} line {number}: its file is missing or holds other bytes")
    if problems:
        raise OffboardingError(*(f"{folder}: {problem}; export again into a new folder" for problem in problems))
    return tuple(lines), Returned(said["versions"], said["markers"], said["bytes"], _sha256(folder / EXPORT))


def delete(
    kept: PracticeVersions, practice: str, folder: Path, by: str, why: str, at: datetime, despite_lock: bool = False
) -> Deleted:
    """Delete what an export returned, and record it in ``deletion.json``. A deletion that broke off is done again.

    Refuses, with OffboardingError, where the export does not verify or the storage holds a version that it does not.
    """
    lines, returned = verify(folder, practice)
    exported = {(line["transient"], line["key"], line["version"]) for line in lines}
    found = kept.all()
    later = sum((one.transient, one.key, one.version) not in exported for one in found)
    if later:
        raise OffboardingError(f"{practice}: {later} versions came after the export; export again into a new folder")
    refused = sum(not kept.delete(one, despite_lock) for one in found)
    came = Deleted(len(found) - refused, refused, len(kept.all()))
    said = {
        "practice": practice,
        "by": by,
        "why": why,
        "at": at.isoformat(),
        "export_sha256": returned.seal,
        "despite_lock": despite_lock,
        **asdict(came),
    }
    with (folder / DELETION).open("a", encoding="utf-8") as record:  # each attempt stays told
        record.write(json.dumps(said) + "\n")
    return came


def _places(found: Sequence[Version]) -> Iterator[str]:
    """Where each version's bytes are written: the newest under its key where a file can be named so, else under a number."""
    newest = [one.key for one in found if one.current and not one.transient and not one.marker]
    folders = {"/".join(key.split("/")[:depth]).casefold() for key in newest for depth in range(1, key.count("/") + 1)}
    taken: set[str] = set(folders)
    for number, one in enumerate(found, 1):
        named = (
            one.current and not one.transient and not one.marker and _is_file_name(one.key) and one.key.casefold() not in taken
        )
        if named:
            taken.add(one.key.casefold())
        yield f"files/{one.key}" if named else f"versions/{number:08d}"


def _is_file_name(key: str) -> bool:
    try:
        checked_key(key)
    except UnsafeKey:
        return False
    return all(len(part.encode()) <= _LONGEST and part[-1] not in ". " for part in key.split("/"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
