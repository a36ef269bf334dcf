"""A Prefect server and a guarded S3 with months full of canaries, and processes that run them, all below one folder."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from flows.ccm.service_month import ServiceMonth
from flows.store import Store
from flows.tenancy import load_practice
from tests.isolation.canary_month import CanaryMonth, canary_month
from tests.isolation.canary_search import Search
from tests.isolation.server import ROOT, Guarded
from tests.stops.sealed_months import seal_months
from tests.stops.test_judge import USUAL

MONTH = ServiceMonth(2025, 11)
SLUG, HOSTILE, EMPTY, STOPPED = "bayview-family", "cumberland-rural", "gulfside-hospital", "stillwater-family"
LEAKS = (
    *("task name", "log", "printed", "on stderr", "artifact", "result", "exception", "temporary file", "file name", "argument"),
    *("object key", "object of another", "registry", "stop", "release"),
)


class CanaryRun:
    """What every process of the run shares. ``leaks`` are the canaries that are let out on purpose, by the way they take."""

    def __init__(self, folder: Path, guarded: Guarded, patients: int) -> None:
        self.folder, self.guarded = folder, guarded
        self.leaks = {way: f"leak{number:02}zzq{'xw' * 4}" for number, way in enumerate(LEAKS)}
        for name in ("server", "client", "tmp", "run", "logs"):
            (folder / name).mkdir()
        self.planted = folder.parent / "canaries"
        self.planted.mkdir()
        self.tenants = folder.parent / "tenants"
        shutil.copytree(ROOT / "tenants", self.tenants)
        shutil.copytree(ROOT / "tenants" / SLUG, self.tenants / STOPPED)
        facts = self.tenants / STOPPED / "practice.toml"
        facts.write_text(facts.read_text().replace("control_series = 101", "control_series = 109"))
        months = {
            slug: canary_month(load_practice(self.tenants, slug), MONTH, patients, seed)
            for slug, seed in ((SLUG, 5), (HOSTILE, 6), (STOPPED, 7))
        }
        self.canaries = {text: where for month in months.values() for text, where in month.canaries.items()}
        self.given = {f"{SLUG}/{key}" for key in months[SLUG].objects}
        self._fill(SLUG, months[SLUG].objects)
        self._fill(HOSTILE, hostile(months[HOSTILE]))
        self._fill(STOPPED, months[STOPPED].objects)
        larger = [replace(USUAL, month=ServiceMonth(2025, number)) for number in (8, 9, 10)]
        seal_months(Store(guarded.vendor, STOPPED), STOPPED, larger, load_practice(self.tenants, STOPPED).test)
        planted = {"slug": SLUG, "hostile": HOSTILE, "empty": EMPTY, "stopped": STOPPED, "leaks": self.leaks}
        (self.planted / "canaries.json").write_text(json.dumps(planted | {"canaries": list(self.canaries)[::7]}))
        (self.planted / "sweeps").write_text("")
        (self.planted / "outcomes.jsonl").write_text("")

    def _fill(self, slug: str, objects: dict[str, bytes]) -> None:
        store = Store(self.guarded.vendor, slug)
        for key, data in objects.items():
            store.put(key, data)
        self.given |= {f"{slug}/{key}" for key in objects}

    def environment(self, api: str, **more: str) -> dict[str, str]:
        """What a worker's process has in its environment: the role's settings and Prefect's address, all below the folder."""
        worker = self.guarded.worker
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CCM_", "AWS_", "PREFECT_"))}
        return kept | {
            "CCM_BUCKET": worker.bucket,
            "CCM_REGISTRY_BUCKET": worker.registry_bucket,
            "CCM_REGISTRY_KEY": worker.registry_key.hex(),
            "CCM_S3_ENDPOINT": worker.endpoint,
            "CCM_STS_ENDPOINT": worker.sts_endpoint,
            "CCM_S3_ACCESS_KEY": worker.access_key,
            "CCM_S3_SECRET_KEY": worker.secret_key,
            "CCM_PRACTICE_ROLE": worker.practice_role,
            "CCM_KMS_KEY": worker.kms_key,
            "CCM_CANARY_FOLDER": str(self.planted),
            "CCM_TENANTS": str(self.tenants),
            "CCM_PROCESSES": "2",
            "PREFECT_API_URL": api,
            "PREFECT_HOME": str(self.folder / "client"),
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.folder / "tmp"),
            **more,
        }

    def start(self, name: str, environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
        """A process in the folder, all that it prints kept in ``logs``."""
        with (self.folder / f"logs/{name}.log").open("ab") as log:
            command = [sys.executable, "-m", *words]
            return subprocess.Popen(command, cwd=self.folder / "run", env=environment, stdout=log, stderr=log)

    def paths(self, name: str, environment: dict[str, str], *paths: str) -> subprocess.Popen[bytes]:
        """A process that runs a month along the paths."""
        return self.start(name, environment, "tests.isolation.canary_paths", str(self.planted), *paths)

    def outcomes(self) -> dict[str, str]:
        """What each path that ended came to: the line of its failure, or nothing."""
        return dict(json.loads(line) for line in (self.planted / "outcomes.jsonl").read_text().splitlines())

    @contextmanager
    def server(self) -> Iterator[str]:
        """A Prefect server on SQLite in the folder. Yields the address of its interface."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        api = f"http://127.0.0.1:{port}/api"
        quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_HOME": str(self.folder / "server")}
        environment = self.environment(api) | quiet
        server = self.start("server", environment, "prefect", "server", "start", "--host", "127.0.0.1", "--port", port)
        try:
            while server.poll() is None:
                with suppress(OSError), urllib.request.urlopen(f"{api}/health", timeout=5):
                    break
            assert server.poll() is None, (self.folder / "logs/server.log").read_text()[-2000:]
            yield api
        finally:
            server.terminate()
            server.wait(30)

    @contextmanager
    def arguments(self) -> Iterator[set[bytes]]:
        """The arguments of every process of the run, swept again and again while the block lasts.

        Those of others on the machine may hold the numbers of invented patients, which are alike in every invented month.
        """
        seen: set[bytes] = set()
        mark = f"CCM_CANARY_FOLDER={self.planted}".encode()
        done = threading.Event()

        def sweep() -> None:
            while not done.wait(0.1):
                for path in Path("/proc").glob("[0-9]*"):
                    with suppress(OSError):
                        told = (path / "cmdline").read_bytes()
                        if mark in (path / "environ").read_bytes().split(b"\0"):
                            seen.add(told)
                with (self.planted / "sweeps").open("a") as out:
                    out.write(".")

        thread = threading.Thread(target=sweep)
        thread.start()
        try:
            yield seen
        finally:
            done.set()
            thread.join()

    def leak_into_storage(self) -> None:
        """Objects with canaries where none may be."""
        s3 = self.guarded.boto("s3")
        s3.put_object(Bucket="practices", Key=f"{EMPTY}/{self.leaks['object key']}", Body=b"")
        s3.put_object(Bucket="practices", Key=f"{EMPTY}/notes", Body=self.leaks["object of another"].encode())
        s3.put_object(Bucket="registry-bucket", Key="registry/leak", Body=self.leaks["registry"].encode())
        for kind in ("stop", "release"):
            s3.put_object(Bucket="practices", Key=f"{STOPPED}/{kind}s/{MONTH}/leak", Body=self.leaks[kind].encode())

    def stored(self, search: Search) -> dict[str, set[str]]:
        """The canaries in objects' keys, and in objects outside the prefixes of the practices that the patients belong to.

        Within them a stop and its release tell figures alone, so those are looked into too.
        """
        told: dict[str, set[str]] = {}
        s3 = self.guarded.boto("s3")
        for bucket in ("practices", "registry-bucket"):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for key in (item["Key"] for item in page.get("Contents", ())):
                    seen = set() if key in self.given else search.found(key.encode())
                    own = key.startswith((f"{SLUG}/", f"{HOSTILE}/", f"{STOPPED}/"))
                    if not own or key.split("/")[1] in ("stops", "releases"):
                        seen |= search.found(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
                    if seen:
                        told[f"{bucket}/{key}"] = seen
        return told


def hostile(month: CanaryMonth) -> dict[str, bytes]:
    """The month with input of each bad kind, canaries in each, in one case in the name of the file."""
    words = [text for text in month.canaries if text.startswith("Zq")]
    text = " ".join(words)
    calls, records = "inbox/calls/2025-11/", "inbox/records/"
    good = next(data for key, data in month.objects.items() if key.startswith(calls) and key.endswith(".csv")).decode()
    header, row, *_ = good.splitlines()
    return month.objects | {
        f"{calls}{words[0]} {words[1]}.csv": f"{text}\n{text}\n".encode(),
        f"{calls}no-utf-8.csv": f"{header}\n{row}\n".encode() + text.encode() + b"\xff\xfe\x81,,\n",
        f"{calls}broken.csv.gz": b"\x1f\x8b" + text.encode(),
        f"{calls}fields.csv": f"{header}\n{row},{text},{text}\n{text}\n".encode(),
        f"{calls}values.csv": f"{header}\n{','.join(words[n % len(words)] for n in range(header.count(',') + 1))}\n".encode(),
        f"{calls}broken.json": f'{{"{words[0]}": "{text}"'.encode(),
        f"{calls}broken.parquet": b"PAR1" + text.encode() + b"PAR1",
        f"{records}broken.ndjson": f'{{"resourceType": "Patient", "id": "{text}", "birthDate": "{text}"}}\n{{"{text}\n'.encode(),
        f"{records}unknown.csv": f"{text},mrn\n{text},{text}\n".encode(),
        f"{records}{words[2]}.xlsx": text.encode(),
    }
