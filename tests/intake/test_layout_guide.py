"""LAYOUTS.md is true: its worked example reads as it says, and it names every layout and every key."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.intake import layout as schema
from flows.intake.layout import HOME, load_layouts
from flows.intake.layout_trial import try_export

GUIDE = (Path(schema.__file__).parent / "LAYOUTS.md").read_text("utf-8")
EXPORT, LAYOUT = re.search(r"```\n(Ref,.*?)```.*?```toml\n(.*?)```", GUIDE, re.DOTALL).groups()


def test_the_worked_example_reads_as_the_guide_says(tmp_path):
    zone = ZoneInfo("America/Chicago")
    assert try_export("calls.csv", EXPORT.encode(), zone, 5, load_layouts()).layout == ""
    for path in HOME.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "harbor.toml").write_text(LAYOUT)
    trial = try_export("calls.csv", EXPORT.encode(), zone, 5, load_layouts(tmp_path))
    first, second = trial.rows
    wanted = {"started": "2025-11-04T15:15:00Z", "seconds": "720", "staff_id": "kim", "mrn": "M1", "about": "chronic"}
    assert trial.layout == "harbor"
    assert (first.line, first.remarks, trial.faulty) == (2, (), 0)
    assert wanted.items() <= first.values.items()
    assert second.remarks == ("left aside: call without an agent",)


def test_the_guide_names_every_layout_and_key():
    models = (schema.Layout, schema.Record, schema.Started, schema.Duration, schema.Only, schema.FieldRule)
    keys = {name for model in models for name in model.model_fields} - {"name"}
    assert {key for key in keys if not re.search(rf"\b{key}\b", GUIDE)} == set()
    assert {layout.name for layout in load_layouts() if f"| {layout.name} |" not in GUIDE} == set()
