"""Golden months: a hand-written inbox, and the packet it must make, as text. ``python -m tests.golden.months`` writes them anew.

What is written is read before it is committed: the difference is the review.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from flows import steps
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import terms_of
from flows.ccm.service_month import ServiceMonth
from flows.explain import describe
from flows.intake.reading import InboxObject, read_month
from flows.outbox.manifest import write_manifest
from flows.packets import Files
from flows.rulebook.resolve import load
from flows.tenancy import load_practice

HOME = Path(__file__).parent
TENANTS = HOME.parents[1] / "tenants"
MONTHS = {
    "office-2025-11": ("bayview-family", "2025-11"),
    "rural-2025-06": ("cumberland-rural", "2025-06"),
}


def decided(name: str) -> MonthResult:
    """The golden month read and decided."""
    slug, month = MONTHS[name]
    practice, when = load_practice(TENANTS, slug), ServiceMonth.parse(month)
    inbox = HOME / name
    objects = [
        InboxObject(str(path.relative_to(inbox)), hashlib.sha256(path.read_bytes()).hexdigest()[:12], path.read_bytes())
        for path in sorted((inbox / "inbox").rglob("*"))
        if path.is_file()
    ]
    rulebook = load()
    likeness = rulebook.in_force(when, terms_of(practice, when.last_day)).likeness
    return steps.decide_month(read_month(objects, practice, when, rulebook.crosswalk, likeness), practice, when)


def packet_texts(result: MonthResult, files: Files) -> dict[str, str]:
    """The packet's parts that read as text, the decisions in words among them. Pictures of pages are tested elsewhere."""
    texts = {name: data.decode("utf-8-sig") for name, data in files.items() if name.endswith((".837", ".csv"))}
    manifest = json.loads(write_manifest(result, 1, 0, files.sums))
    # Hashes move with every added rule and with the machine's text engine; what the packet says does not.
    for hashed in ("files", "rulebook", "seal"):
        del manifest[hashed]
    texts["manifest.json"] = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    words = []
    for month, decision in sorted(zip(result.patient_months, result.decisions, strict=True), key=lambda p: p[0].patient.mrn):
        # The rulebook's version changes with every added rule, the decision does not.
        words += [line for line in describe(month, decision, result.rules, 1) if not line.startswith("Decided under")]
        words.append("-" * 100)
    texts["decisions.txt"] = "\n".join(words) + "\n"
    texts = {
        name: text.replace("~", "~\n") if name.endswith(".837") and "~\n" not in text else text for name, text in texts.items()
    }
    return {name: text.replace("\r\n", "\n") for name, text in texts.items()}


def main() -> None:
    """Write every golden packet anew."""
    for name in MONTHS:
        result = decided(name)
        folder = HOME / name / "packet"
        shutil.rmtree(folder, ignore_errors=True)
        for file, text in packet_texts(result, steps.make_packet(result, 1, 1)).items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
