"""The packet's page, read by a parser: complete, inert, self-contained, and plain about what does not add up."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.month_result import LoggedAs, Reject
from flows.ccm.source import Source
from flows.outbox.care_plan_summary import care_plan_name
from flows.outbox.page import write_page
from tests.claims.examples import professional
from tests.documents.examples import HOSTILE_NAME, PRACTICE, REASONS, month_result, personal_month

FILES = {"care-plans/p001.pdf": 30_000, "held.csv": 600, "claims/a b#1.x12": 10}
VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """Collects tags, attributes and text, and the places where tags do not pair."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags, self.ids, self.text, self.open, self.faults, self.inline = [], [], [], [], [], {}
        self.feed(page.decode("utf-8"))
        self.close()
        self.shown = re.sub(r"\s+", " ", "".join(self.text))
        self.tight = re.sub(r"\s*\n\s*", "", "".join(self.text))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            self.inline[self.open[-1]] = self.inline.get(self.open[-1], "") + data
        else:
            self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page() -> Reader:
    return Reader(write_page(month_result(), 3, FILES))


def test_it_is_well_formed_with_landmarks_captions_and_scopes(page):
    assert not page.faults
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    names = [name for name, _ in page.tags]
    for landmark in ("header", "nav", "main", "footer"):
        assert names.count(landmark) == 1
    assert names.count("table") == names.count("caption") > 8
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
    assert all(a.get("role") == "img" and a.get("aria-labelledby") for a in page.all("svg"))
    assert names.count("svg") == 3 == sum(1 for i in page.ids if i.endswith("-desc"))
    labelled = {a["for"] for a in page.all("label")}
    assert {"words", "why"} <= labelled
    skip = next(a for a in page.all("a") if a.get("class") == "skip")
    assert skip["href"] == "#held"
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(page.ids)


def test_it_takes_nothing_from_outside_and_runs_only_its_own_script(page):
    for tag, attributes in page.tags:
        assert tag not in ("img", "iframe", "object", "embed", "link", "base", "video", "audio")
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "src", "srcset", "action", "formaction", "xlink:href")
            assert (
                name == "xmlns" or not re.match(r"\s*([a-z]+:)?//", value or "", re.I) or name in ("data-patient", "aria-label")
            )
            if name == "href":
                assert value.startswith(("./", "#"))
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.inline[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert "url(" not in page.inline[tag]
    assert [name for name, _ in page.tags].count("script") == 1


def test_every_held_patient_stands_with_each_reason_and_what_to_do(page):
    held = page.shown[page.shown.index("Held: 1 patient") : page.shown.index("Billed patients, November 2025")]
    for part in (
        "Ekström, Åsa",
        "MRN M0005",
        "30:00 counted",
        "99490 ×1, 99439 ×1 $106.42 at stake",
        "N18.3 began October 2, 2025",
    ):
        assert part in held
    for reason in ("consent.missing", "care_plan.outdated"):
        assert REASONS[reason].message in held
        assert f"What to do: {REASONS[reason].remedy}" in held
    assert [a["value"] for a in page.all("option")] == ["", "care_plan.outdated", "consent.missing"]
    item = next(a for a in page.all("li") if a.get("data-why"))
    assert item["data-why"].split() == ["care_plan.outdated", "consent.missing"]


@pytest.mark.parametrize(
    "part",
    [
        "Packet 3",
        "Synthetic records: a test",
        "Billed4 of 7 patients",
        "estimates: fee schedule 2025, national, non-facility (Fee schedule 2025)",
        "Alba, RosaMRN M0001 · February 1, 194499490\u00a0×1, "
        "99439\u00a0×145:30November 30, 2025Elena Rivera, MD · place 11$135.00$106.42",
        "Total$360.00$287.89",
        "Counted time is below the first threshold. 19:59",
        f"{HOSTILE_NAME}, Bobby",
        "inbox/calls/2025-11/calls.csv:13More than one patient on the roster matches. =1+1May be MRN M0001, MRN M0007.",
        "Face-to-face contact does not count.6:401",
        "The same minutes recur across patients.the month20:00 for 9 of 40 patients",
        "Input rows1915 counted or read + 2 excluded + 2 rejectedholds",
        "Patients of the month74 billed + 1 held + 2 not billableholds",
        "173:09161:29 counted + 11:40 excludedholds",
        "the month's last day, not confirmed with",
        "care planCare plan habit [unverified]https://a.example/plan",
        "consentConsent rulehttps://a.example/consent",
        "complex choicecomplexityDr. RiveraJanuary 2, 2025minutes of 2025-01-02",
        "held.csv 600 bytes",
    ],
)
def test_it_shows(page, part):
    assert part in page.tight


def test_links_lead_to_the_packets_files_and_care_plans_only_where_there_is_one(page):
    links = [a["href"] for a in page.all("a") if a["href"].startswith("./")]
    assert links == ["./care-plans/p001.pdf", "./care-plans/p001.pdf", "./claims/a%20b%231.x12", "./held.csv"]


def test_every_link_to_a_care_plan_is_the_address_of_its_file_whatever_the_key_holds():
    month, name = month_result(), care_plan_name("p#1%")
    first = replace(month.patient_months[0], patient=replace(month.patient_months[0].patient, key="p#1%"))
    month = replace(
        month,
        patient_months=(first, *month.patient_months[1:]),
        decisions=(replace(month.decisions[0], patient_key="p#1%"), *month.decisions[1:]),
    )
    links = [a["href"] for a in Reader(write_page(month, 1, {name: 9})).all("a") if "care-plans" in a["href"]]
    assert [unquote(link) for link in links] == [f"./{name}"] * 2


def test_a_billed_patient_stands_with_the_claims_id_and_can_be_found_by_it():
    month = month_result()
    claim = replace(professional(), claim_id="C7K7ZABVQ6TUB3WNE", patient=month.patient_months[0].patient)
    page = Reader(write_page(replace(month, claims=(claim,)), 1, {}))
    assert "C7K7ZABVQ6TUB3WNEElena Rivera, MD · place 11" in page.tight
    assert any("C7K7ZABVQ6TUB3WNE" in a.get("data-patient", "") for a in page.all("tr"))


def test_time_that_earned_no_code_is_told_apart():
    assert "31:0010:00" not in Reader(write_page(personal_month(), 1, {})).tight
    assert "99491\u00a0×131:00and 6:03unbilledNovember 30, 2025" in Reader(write_page(personal_month(), 1, {})).tight


def test_a_rejected_row_says_when_how_long_by_whom_and_what_to_do():
    rules = replace(
        month_result().rules, reasons={**REASONS, "row.bad_value": replace(REASONS["row.bad_value"], remedy="Mend it.")}
    )
    rows = [
        (LoggedAs("2025-11-26T00:35:00+00:00", "561 seconds", "v7"), "November 25, 2025, 16:359:21 (min:s)Tom Baker, RN"),
        (LoggedAs("2025-11-25T16:35:00", "9 minutes", "rn9"), "November 25, 2025, 16:359 minutesrn9"),
        (LoggedAs("2025-11-32", "-5 seconds", ""), "2025-11-32-5 seconds"),
    ]
    for logged, told in rows:
        reject = Reject(Source("a.csv", 4), "row.bad_value", "seconds", "seconds '-5' is no number", logged=logged)
        shown = Reader(write_page(replace(month_result(), rules=rules, rejects=(reject,)), 1, {})).tight
        assert f"a.csv:4{told}{REASONS['row.bad_value'].message} seconds '-5' is no numberWhat to do: Mend it." in shown


@pytest.mark.parametrize("broken", ["rows", "decisions", "minutes"])
def test_an_imbalance_is_said(broken):
    month = month_result()
    if broken == "rows":
        month = replace(month, inputs=(replace(month.inputs[0], rejected=1), month.inputs[1]))
    elif broken == "decisions":
        month = replace(month, decisions=(*month.decisions[:-1], replace(month.decisions[-1], patient_key="p001")))
    else:
        month = replace(month, decisions=(replace(month.decisions[0], seconds={"staff": 1}), *month.decisions[1:]))
    assert Reader(write_page(month, 1, {})).shown.count("does not hold") == 1


def test_a_month_gone_wrong_says_how_many_rows_it_does_not_show():
    rejects = tuple(Reject(Source("a.csv", line), "row.bad_value") for line in range(500))
    shown = Reader(write_page(replace(month_result(), rejects=rejects), 1, {})).shown
    assert "The first 200 of 500 are shown" in shown
    assert "Rejected rows 500" in shown


def test_an_empty_month_is_a_page_too():
    empty = replace(month_result(), patient_months=(), decisions=(), rejects=(), inputs=(), month_flags=())
    page = Reader(write_page(empty, 1, {}))
    assert not page.faults
    assert "No patient is held." in page.shown


@pytest.mark.parametrize(("language", "told"), [("es-MX", 0), ("en", 0), ("vi", 1)])
def test_a_care_plan_in_another_language_than_the_patients_is_said(language, told):
    month = month_result()
    first = month.patient_months[0]
    spoken = replace(first, patient=replace(first.patient, language=language))
    shown = Reader(write_page(replace(month, patient_months=(spoken, *month.patient_months[1:])), 1, {})).shown
    assert shown.count(f"language on record: {language}") == told
    assert shown.count("no wording is here in the patient's language") == told


def test_a_practice_with_real_records_has_no_test_notice():
    real = replace(month_result(), practice=replace(PRACTICE, test=False))
    assert "Synthetic" not in Reader(write_page(real, 1, {})).shown


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=40), st.text(max_size=80))
def test_no_name_or_detail_changes_the_pages_structure(name, detail):
    assert _with(name, detail) == _with("Name", "detail" if detail else "")


def _with(name: str, detail: str) -> list[str]:
    """The tags of the page whose held patient has this name and this detail in each reason; every tag is paired."""
    month = month_result()
    patient = replace(month.patient_months[4], patient=replace(month.patient_months[4].patient, family_name=name))
    reasons = tuple(replace(reason, detail=detail) for reason in month.decisions[4].reasons)
    decisions = (*month.decisions[:4], replace(month.decisions[4], reasons=reasons), *month.decisions[5:])
    months = (*month.patient_months[:4], patient, *month.patient_months[5:])
    page = Reader(write_page(replace(month, patient_months=months, decisions=decisions), 1, {}))
    assert not page.faults
    return [tag for tag, _ in page.tags]
