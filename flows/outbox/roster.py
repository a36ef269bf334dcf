"""Who did it: a roster id to the name, credential and employer that a reader needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flows.ccm.decision import TimePiece
from flows.ccm.practice import Practice, StaffMember
from flows.outbox.wording import practitioner_name


@dataclass(frozen=True, slots=True)
class Performer:
    """A person as documents name them. ``employer`` is practice or vendor, empty for someone on neither roster."""

    id: str
    name: str
    credential: str
    employer: str

    @property
    def title(self) -> str:
        """The name with the credential, and said plainly where the roster does not know the person."""
        if not self.employer:
            return f"{self.name or 'person not named'} (not on the roster)"
        return f"{self.name}, {self.credential}" if self.credential else self.name


def performer(practice: Practice, piece: TimePiece) -> Performer:
    """The person of a time piece. The credential is the one the decision used; the name and employer the roster's."""
    practitioner = practice.practitioner(piece.person)
    if practitioner is not None:
        credential = piece.credential or practitioner.credential
        name = practitioner_name(practitioner).removesuffix(f", {practitioner.credential}")
        return Performer(piece.person, name, credential, "practice")
    member = _member(practice, piece.person, piece.started.astimezone(ZoneInfo(practice.time_zone)).date())
    if member is None:
        return Performer(piece.person, piece.person, piece.credential, "")
    return Performer(piece.person, member.name, piece.credential, member.employer)


def title_of(practice: Practice, person: str) -> str:
    """The name with the credential of whoever has the id on either roster, the newest row's; empty for anyone else."""
    practitioner = practice.practitioner(person)
    if practitioner is not None:
        return practitioner_name(practitioner)
    member = next(reversed(practice.staff_rows(person)), None)
    return f"{member.name}, {member.credential}" if member else ""


def _member(practice: Practice, person: str, day: date) -> StaffMember | None:
    rows = practice.staff_rows(person)
    in_force = [row for row in rows if row.start <= day and (row.end is None or day <= row.end)]
    return next(iter(in_force or rows), None)
