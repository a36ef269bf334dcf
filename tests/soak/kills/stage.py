"""What a run is doing, told by the request that it makes."""

from __future__ import annotations

from tests.soak.faulty_s3 import Request


def stage_of(request: Request, sealed: bool) -> str:
    """The stage in the flow's order; ``sealed``: whether the month's manifest is there already."""
    if "inbox/" in request.key:
        return "1 reading the inbox"
    if "registry/" in request.key:
        if sealed:
            return "6 settling the registry"
        return "2 or 4 claiming, confirming"
    if "/work/" in request.key:
        return "3 keeping documents"
    if request.key.endswith("/manifest.json") and request.kind == "write":
        return "5 sealing: the manifest"
    return "5 sealing: a packet's file" if request.kind == "write" else "looking at packets"
