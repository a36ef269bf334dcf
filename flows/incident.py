"""What is kept of an unexpected exception: its type and the frames it passed, never its text, which may hold PHI."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Incident:
    """An unexpected exception in neutral words. ``reference`` is the same for the same fault; ``file`` tells its frames."""

    kind: str
    reference: str
    file: Path

    def __str__(self) -> str:
        return f"unexpected {self.kind}, reference {self.reference}; frames in {self.file}"


def record(error: BaseException, folder: Path) -> Incident:
    """Write the frames of ``error`` and of its causes to ``folder`` and return what may be shown and logged."""
    lines: list[str] = []
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        lines.append(type(link).__qualname__)
        for frame, line in traceback.walk_tb(link.__traceback__):
            lines.append(f"  {_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}")
        link = link.__cause__ or link.__context__
    text = "\n".join(lines) + "\n"
    reference = sha256(text.encode()).hexdigest()[:10]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{reference}.txt"
    file.write_text(text, encoding="utf-8")
    return Incident(type(error).__qualname__, reference, file)


def _short(path: str) -> str:
    """The path from its package on: a home folder's name is nobody's business, and the reference must not depend on it."""
    parts = Path(path).parts
    for anchor in ("site-packages", "flows", "lib"):
        if anchor in parts:
            return "/".join(parts[parts.index(anchor) :])
    return parts[-1]
