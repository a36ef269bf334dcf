"""Rulebook files to checked blocks. Every fault is found in one go, each a line: file, key, what, how to mend."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError, create_model

from flows.rulebook import audit, code_first, corrections, retention, schema, stops, worklist
from flows.rulebook.completeness import gaps
from flows.rulebook.reasons import Reasons

HOME = Path(__file__).parent

_FILES: dict[str, dict[str, type[BaseModel]]] = {
    "families.toml": {"family": schema.FamilyBlock, "offer": schema.Offer},
    "time.toml": {"version": schema.TimeBlock},
    "conditions.toml": {"version": schema.ConditionBlock, "code_first": code_first.CodeFirstBlock},
    "visits.toml": {"version": schema.VisitBlock, "same_date_edit": schema.CodesBlock},
    "consent.toml": {"version": schema.ConsentBlock},
    "care_plan.toml": {"version": schema.Dated},
    "coverage.toml": {"version": schema.CoverageBlock},
    "conflicts.toml": {"version": schema.ConflictBlock},
    "places.toml": {"version": schema.PlacesBlock, "form": schema.FormBlock},
    "dates.toml": {"mac": schema.MacBlock},
    "choices.toml": {"choice": schema.ChoiceBlock},
    "rates.toml": {"version": schema.RateBlock, "setting": schema.SettingBlock},
    "gpci.toml": {"version": schema.GpciBlock},
    "identity.toml": {"version": schema.IdentityBlock},
    "attestation.toml": {"version": schema.AttestationBlock},
    "requirements.toml": {"version": schema.RequirementBlock},
    "audit.toml": {"version": audit.AuditBlock},
    "stops.toml": {"version": stops.StopBlock},
    "corrections.toml": {"version": corrections.TakersBlock, "claim_change": corrections.ClaimChangeBlock},
    "worklist.toml": {"version": worklist.WorklistBlock},
    "retention.toml": {"version": retention.RetentionBlock},
}


class Bounds(schema.Strict):
    """The first service month the rulebook decides."""

    first_month: schema.Month


class RulebookError(Exception):
    """The rulebook cannot be used. ``problems`` holds one line a fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Files:
    """Checked blocks by file and array name, the reasons, the crosswalk, and the hash of all text."""

    blocks: dict[tuple[str, str], tuple[schema.Dated, ...]]
    reasons: Reasons
    first_month: str
    crosswalk: dict[str, str]
    version: str


def read(home: Path = HOME) -> Files:
    """Read and check every file. Raises RulebookError with all faults."""
    problems: list[str] = []
    texts: dict[str, bytes] = {}
    for path in sorted(home.glob("*.toml")):
        texts[path.name] = path.read_bytes()
    blocks: dict[tuple[str, str], tuple[schema.Dated, ...]] = {}
    for name, arrays in _FILES.items():
        model = create_model(f"File_{name}", __base__=schema.Strict, **{a: (list[m], ...) for a, m in arrays.items()})  # type: ignore[call-overload]
        checked = _check(name, texts, model, problems)
        for array in arrays if checked is not None else ():
            blocks[name, array] = tuple(getattr(checked, array))
            problems += _overlaps(name, array, blocks[name, array])
    reasons = _check("reasons.toml", texts, Reasons, problems)
    bounds = _check("rulebook.toml", texts, Bounds, problems)
    crosswalk = _crosswalk(texts, problems)
    if reasons is not None:
        problems += _repeated_ids(reasons)
    if not problems and reasons is not None:
        problems += gaps(blocks, reasons)
    if problems or reasons is None or bounds is None:
        raise RulebookError(problems)
    digest = hashlib.sha256(b"".join(name.encode() + b"\0" + text + b"\0" for name, text in texts.items())).hexdigest()
    return Files(blocks, reasons, bounds.first_month, crosswalk, digest[:16])


_M = TypeVar("_M", bound=BaseModel)


def _check(name: str, texts: dict[str, bytes], model: type[_M], problems: list[str]) -> _M | None:
    if name not in texts:
        problems.append(f"{name}: missing; restore it from the last version of the rulebook")
        return None
    try:
        return model.model_validate(tomllib.loads(texts[name].decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{name}: not TOML: {error}; mend the text at that place")
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            problems.append(f"{name}: {_place(fault['loc'])}: {_said(fault['msg'], fault['loc'])}; {_mend(fault['type'])}")
    return None


def _place(location: tuple[int | str, ...]) -> str:
    """``family[2].base.minutes``: blocks are counted from 1, as a reader counts them."""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


_FORMS = {
    "url": "must be an address that begins with https://",
    "effective": "must be a service month like 2025-11",
    "until": "must be a service month like 2025-11",
    "code": "must be a code like 99490 or G0511",
}


def _said(message: str, location: tuple[int | str, ...]) -> str:
    """The fault in a biller's words where the checker's own would show a pattern."""
    names = [part for part in location if isinstance(part, str)]
    return _FORMS.get(names[-1] if names else "", message) if "pattern" in message else message


def _mend(kind: str) -> str:
    mends = {
        "extra_forbidden": "no such key here: correct its spelling or remove it",
        "missing": "add the key",
        "literal_error": "use one of the values named",
    }
    return mends.get(kind, "correct the value")


def _overlaps(name: str, array: str, blocks: Sequence[schema.Dated]) -> list[str]:
    """Two blocks that claim one month for one key."""
    problems = []
    by_key: dict[str, list[tuple[str, str, int]]] = {}
    for number, block in enumerate(blocks, 1):
        until = block.until or "9999-12"
        if until < block.effective:
            problems.append(
                f"{name}: {array}[{number}].until: {block.until} lies before effective {block.effective}; correct one"
            )
        for key in block.speaks_for():
            by_key.setdefault(key, []).append((block.effective, block.until or "", number))
    for key, spans in sorted(by_key.items()):
        spans.sort()
        for (start, end, one), (following, _, two) in pairwise(spans):
            if start == following or (end and end >= following):
                about = f" for {key}" if key else ""
                problems.append(
                    f"{name}: {array}[{two}]: overlaps {array}[{one}]{about} in {following}; give each its own first month"
                )
    return problems


def _repeated_ids(reasons: Reasons) -> list[str]:
    seen: dict[str, str] = {}
    problems = []
    for kind in ("hold", "never", "excluded", "reject", "flag"):
        for reason in getattr(reasons, kind):
            if reason in seen:
                problems.append(f"reasons.toml: {kind}.{reason}: also under {seen[reason]}; an id has one kind")
            seen[reason] = kind
    return problems


class _Mapped(schema.Strict):
    icd10: str
    name: str


class _Crosswalk(schema.Strict):
    citation: schema.CitationText
    codes: dict[str, _Mapped]


def _crosswalk(texts: dict[str, bytes], problems: list[str]) -> dict[str, str]:
    checked = _check("snomed_crosswalk.toml", texts, _Crosswalk, problems)
    return {} if checked is None else {snomed: row.icd10 for snomed, row in checked.codes.items()}
