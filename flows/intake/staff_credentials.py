"""Who logged an entry, and the credential that person held on the day, by the practice's own roster."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from flows.ccm.practice import Practice, Practitioner, StaffMember


class StaffRoster:
    """The practice's practitioners and staff by id and login; upper and lower case are one."""

    def __init__(self, practice: Practice) -> None:
        self._rows: dict[str, list[Practitioner | StaffMember]] = defaultdict(list)
        # Practitioners first: one who is also listed as staff keeps the practitioner's credential.
        for practitioner in practice.practitioners:
            self._rows[practitioner.id.casefold()].append(practitioner)
        for member in practice.staff:
            for name in {member.id.casefold(), *(login.casefold() for login in member.logins)}:
                self._rows[name].append(member)

    def resolve(self, staff_id: str, on: date) -> tuple[str, str]:
        """The roster id and the credential in force on a local day.

        The credential is empty where none is in force; an id that the roster does not have, or has for two persons that
        day, stays as it was logged with no credential.
        """
        rows = self._rows.get(staff_id.strip().casefold(), [])
        in_force = [row for row in rows if row.start <= on and (row.end is None or on <= row.end)]
        persons = {row.id for row in in_force or rows}
        if len(persons) != 1:
            return staff_id.strip(), ""
        return persons.pop(), in_force[0].credential if in_force else ""
