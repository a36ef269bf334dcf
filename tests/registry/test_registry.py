"""The registry's rules: who keeps a patient-month, what frees it, what its objects tell."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings as budget
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import integers, sampled_from

from flows.ccm.patient import Coverage
from flows.ccm.practice import Practice
from flows.registry import FREE, PENDING, SEALED, Registry, RegistryError, Wish, open_registry
from flows.settings import Settings, SettingsError, from_environment
from flows.store import AlreadyThere, RegistryStore, Replaced, Store, UnsafeKey, client
from flows.tenancy import SetupError, load_practice
from tests.golden.months import TENANTS, decided

KEY = b"k" * 32
EARLY, LATE = date(2025, 3, 1), date(2025, 9, 1)


class InMemory:
    """The registry's objects in a dictionary, with the same conditions."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def find(self, name: str, blank: bytes = b"") -> tuple[bytes, str] | None:
        data = self.objects.get(name)
        return None if data is None else (data, hashlib.md5(data).hexdigest())

    def put_new(self, name: str, data: bytes) -> None:
        if name in self.objects:
            raise AlreadyThere("there")
        self.objects[name] = data

    def replace(self, name: str, data: bytes, tag: str) -> None:
        found = self.find(name)
        if found is None or found[1] != tag:
            raise Replaced("changed")
        self.objects[name] = data


def wish(registry: Registry, consent: date = EARLY, name: str = "n", claim: str = "C1") -> Wish:
    return Wish("p1", name, registry.holder(name), claim, consent)


@pytest.fixture
def two() -> tuple[InMemory, Registry, Registry]:
    records = InMemory()
    return records, Registry(records, KEY, "north"), Registry(records, KEY, "south")


@pytest.mark.parametrize(
    ("first", "sealed", "second", "keeps"),
    [
        (EARLY, False, LATE, "south"),
        (LATE, False, EARLY, "north"),
        (EARLY, False, EARLY, "north"),
        (EARLY, True, LATE, "north"),
        (LATE, True, EARLY, "north"),
    ],
)
def test_the_later_consent_keeps_what_is_not_sealed(two, first: date, sealed: bool, second: date, keeps: str):
    _, north, south = two
    assert north.claim([wish(north, first)]) == frozenset()
    if sealed:
        assert north.confirm([wish(north, first)]) == frozenset()
    assert bool(south.claim([wish(south, second)])) == (keeps == "north")
    assert bool(north.confirm([wish(north, first)])) == (keeps == "south")
    assert bool(south.confirm([wish(south, second)])) == (keeps == "north")
    assert north.entry("n").state == SEALED


def test_the_same_claim_again_changes_nothing(two):
    records, north, _ = two
    north.claim([wish(north)])
    north.confirm([wish(north)])
    before = dict(records.objects)
    assert north.claim([wish(north)]) == north.confirm([wish(north)]) == frozenset()
    assert records.objects == before


def test_what_is_given_up_or_no_longer_billed_is_free_for_another(two):
    _, north, south = two
    north.claim([wish(north)])
    north.give_up(["n"])
    assert north.entry("n").state == FREE
    assert south.claim([wish(south)]) == frozenset()
    south.confirm([wish(south)])
    south.give_up(["n"])
    assert south.entry("n").state == SEALED, "its packet may exist"
    north.settle([], ["n"])
    assert south.entry("n").state == SEALED, "another's claim is not ours to free"
    south.settle(["n"], ["n"])
    assert south.entry("n").state == SEALED, "still billed"
    south.settle([], ["n", ""])
    assert north.claim([wish(north)]) == frozenset()


def test_a_claim_taken_over_is_not_given_up_by_the_one_that_lost_it(two):
    _, north, south = two
    north.claim([wish(north, EARLY)])
    south.claim([wish(south, LATE)])
    north.give_up(["n"])
    assert north.entry("n").state == PENDING
    assert south.confirm([wish(south, LATE)]) == frozenset()


def test_an_object_tells_neither_patient_nor_practice():
    records = InMemory()
    result = decided("office-2025-11")
    registry = Registry(records, KEY, result.practice.slug)
    wishes = registry.wishes(result)
    assert registry.claim(wishes) == frozenset()
    assert len(records.objects) == len(wishes) == len(result.claims) > 1
    told = json.dumps({name: data.decode() for name, data in records.objects.items()}).lower()
    for month in result.patient_months:
        patient = month.patient
        for word in (patient.family_name, patient.given_name, patient.mrn, patient.mbi, patient.key, result.practice.slug):
            assert not word or word.lower() not in told
    holders = {json.loads(data)["holder"] for data in records.objects.values()}
    assert len(holders) == len(wishes), "two objects of one practice cannot be told to be one practice's"


def test_names_are_a_keyed_hash_of_number_and_month():
    result = decided("office-2025-11")
    month, decision = result.patient_months[0], result.decisions[0]
    month = dataclasses.replace(month, patient=dataclasses.replace(month.patient, mbi="1EG4-TE5-MK73"))
    north = Registry(InMemory(), KEY, "north")
    assert north.name_of(month, decision) == hmac.new(KEY, b"1EG4TE5MK73|2025-11", "sha256").hexdigest()
    assert Registry(InMemory(), KEY, "south").name_of(month, decision) == north.name_of(month, decision)
    assert Registry(InMemory(), b"x" * 32, "north").name_of(month, decision) != north.name_of(month, decision)
    advantage = Coverage("medicare_advantage", "covered", payer_id="h-123", member_id="ab 9")
    without = dataclasses.replace(month, patient=dataclasses.replace(month.patient, mbi=""), coverages=(advantage,))
    assert north.name_of(without, decision) == hmac.new(KEY, b"H123|AB9|2025-11", "sha256").hexdigest()
    assert north.name_of(dataclasses.replace(without, coverages=()), decision) == ""


def practice(test: bool) -> Practice:
    return dataclasses.replace(load_practice(TENANTS, "bayview-family"), test=test)


def test_a_practice_that_bills_for_real_needs_the_vendors_key(own: Settings):
    without = dataclasses.replace(own, registry_key=b"")
    open_registry(without, practice(test=True))
    with pytest.raises(RegistryError) as raised:
        open_registry(without, practice(test=False))
    (line,) = raised.value.problems
    assert line.startswith("CCM_REGISTRY_KEY: not set, and bayview-family is no test practice; set it")
    real, invented = open_registry(own, practice(test=False)), open_registry(own, practice(test=True))
    assert real.holder("n") != invented.holder("n")


@pytest.mark.parametrize("text", ["ab" * 31, "no hexadecimal digits", "file:none-such.hex", "ab" * 32 + "c"])
def test_a_key_that_is_none_is_refused_without_repeating_it(text: str):
    with pytest.raises(SettingsError) as raised:
        from_environment({"CCM_BUCKET": "b", "CCM_REGISTRY_KEY": text})
    assert str(raised.value).startswith("CCM_REGISTRY_KEY: ")
    assert text not in str(raised.value)


def test_a_key_may_lie_in_a_file_and_shows_nowhere(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("cd" * 32 + "\n")
    read = from_environment({"CCM_BUCKET": "b", "CCM_REGISTRY_KEY": f"file:{secret}", "CCM_REGISTRY_BUCKET": "r"})
    assert read.registry_key == bytes.fromhex("cd" * 32)
    assert read.registry_bucket == "r"
    assert "205" not in repr(read) and "cd" * 32 not in repr(read)


def test_no_practice_is_named_after_the_registry(own: Settings):
    with pytest.raises(UnsafeKey):
        Store(own, "registry")
    with pytest.raises(SetupError):
        load_practice(TENANTS, "registry")


def test_the_registry_may_have_a_bucket_of_its_own(own: Settings):
    apart = dataclasses.replace(own, registry_bucket=f"{own.bucket}-apart")
    client(own).create_bucket(Bucket=apart.registry_bucket)
    RegistryStore(apart).put_new("n", b"x")
    listed = client(own).list_objects_v2(Bucket=apart.registry_bucket)["Contents"]
    assert [item["Key"] for item in listed] == ["registry/n"]
    assert RegistryStore(own).find("n") is None


def test_conditional_writes_of_the_registry_hold(own: Settings):
    records = RegistryStore(own)
    records.put_new("n", b"one")
    with pytest.raises(AlreadyThere):
        records.put_new("n", b"two")
    _, tag = records.find("n")
    records.replace("n", b"two", tag)
    with pytest.raises(Replaced):
        records.replace("n", b"three", tag)
    with pytest.raises(Replaced):
        records.replace("absent", b"three", tag)
    assert records.find("n")[0] == b"two"


def test_an_object_that_is_no_entry_is_one_line(two):
    records, north, _ = two
    records.objects["n"] = b"{}"
    with pytest.raises(RegistryError, match="an object in it is no entry; restore it"):
        north.claim([wish(north)])


class Runs(RuleBasedStateMachine):
    """Any interleaving of runs of three practices over one patient-month: at most one has confirmed and not given it back."""

    def __init__(self) -> None:
        super().__init__()
        self.records = InMemory()
        self.practices = [Registry(self.records, KEY, slug) for slug in ("north", "south", "west")]
        self.billing: set[int] = set()

    @rule(which=integers(0, 2), day=sampled_from([EARLY, LATE]))
    def claim(self, which: int, day: date) -> None:
        registry = self.practices[which]
        if registry.claim([wish(registry, day)]):
            assert which not in self.billing

    @rule(which=integers(0, 2), day=sampled_from([EARLY, LATE]))
    def confirm(self, which: int, day: date) -> None:
        registry = self.practices[which]
        if not registry.confirm([wish(registry, day)]):
            self.billing.add(which)

    @rule(which=integers(0, 2))
    def fail(self, which: int) -> None:
        registry = self.practices[which]
        registry.give_up(["n"])

    @rule(which=integers(0, 2))
    def withdraw(self, which: int) -> None:
        self.practices[which].settle([], ["n"])
        self.billing.discard(which)

    @invariant()
    def never_two(self) -> None:
        assert len(self.billing) <= 1
        if self.billing:
            (winner,) = self.billing
            assert self.practices[winner].entry("n").holder == self.practices[winner].holder("n")


Runs.TestCase.settings = budget(max_examples=60, stateful_step_count=20, deadline=None)
TestRuns = Runs.TestCase
