"""What a logged activity was: its kind and a description in the words a nurse would type, seldom twice the same."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

_STAFF_KINDS = {
    "patient_call": 66,
    "chart_review": 8,
    "care_plan_update": 6,
    "medication_reconciliation": 8,
    "specialist_coordination": 6,
    "transportation": 3,
    "community_resources": 3,
}
_PRACTITIONER_KINDS = {
    "patient_call": 40,
    "chart_review": 25,
    "care_plan_update": 18,
    "medication_reconciliation": 10,
    "specialist_coordination": 7,
}
_OPENINGS = {
    "patient_call": (
        "Called patient about",
        "Patient phoned about",
        "Monthly check-in:",
        "Follow-up call on",
        "Spoke with patient and family on",
        "Returned the patient's message about",
        "Talked through",
    ),
    "chart_review": (
        "Reviewed chart before call:",
        "Went through outside records on",
        "Read new results with an eye to",
        "Prepared for call on",
    ),
    "care_plan_update": (
        "Revised care plan after talk of",
        "Updated goals with regard to",
        "Added to plan:",
        "Care plan copy sent; changed for",
    ),
    "medication_reconciliation": (
        "Reconciled medicines with pharmacy;",
        "Compared bottles with list;",
        "Pill organizer check by phone;",
        "Refill and list cleaned up;",
    ),
    "specialist_coordination": (
        "Called specialist's office about",
        "Sent summary to specialist on",
        "Obtained consult note on",
        "Booked specialist for",
    ),
    "transportation": (
        "Arranged ride for visit about",
        "Confirmed van pickup; also discussed",
        "Changed ride time; patient asked about",
    ),
    "community_resources": (
        "Called meal program; also",
        "Looked for a local class on",
        "Linked family with caregiver group;",
        "Applied for aid with",
    ),
}
_HOW = (
    "doing better than last month",
    "about the same",
    "somewhat worse since the weekend",
    "worried but safe",
    "no red flags today",
    "patient unsure what to do next",
    "family present and helpful",
    "needs a reminder each week",
    "two questions for the doctor",
    "patient in good spirits",
    "tired but steady",
    "plan understood, repeated back in own words",
)
_NEXT = (
    "call again {n} days on",
    "message left for practitioner",
    "readings due on day {n}",
    "teaching sheet mailed",
    "will recheck in {n} days",
    "follow-up booked",
    "patient will call if worse",
    "log to be read at next call",
    "daughter to bring log in {n} days",
    "asked to write it down {n} times a week",
    "no change to plan",
)


def draw_activity(practitioner: bool, rng: Random) -> str:
    """The kind of activity; most staff time is on the telephone."""
    kinds = _PRACTITIONER_KINDS if practitioner else _STAFF_KINDS
    return rng.choices(tuple(kinds), tuple(kinds.values()))[0]


def describe(activity: str, topics: Sequence[str], rng: Random) -> str:
    """A note on one or two of the patient's topics, how it stood and what comes next; one in 300 runs over two lines."""
    topic = " and ".join(rng.sample(topics, min(len(topics), rng.choice((1, 1, 2)))))
    following = rng.choice(_NEXT).format(n=rng.randrange(2, 22))
    joint = ".\n" if rng.random() < 1 / 300 else "; "
    return f"{rng.choice(_OPENINGS[activity])} {topic}: {rng.choice(_HOW)}{joint}{following}"
