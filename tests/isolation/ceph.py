"""A Ceph gateway on loopback, in memory: a monitor, one store, a gateway, all below a folder and stopped by their own pids."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_CONF = """[global]
fsid = {fsid}
run_dir = {folder}
admin_socket = {folder}/$name.asok
log_file = {folder}/$name.log
pid_file = {folder}/$name.pid
keyring = {folder}/keyring
rgw_data = {folder}
ms_mon_client_mode = crc
mon_data = {folder}/mon
osd_data = {folder}/osd
mgr_data = {folder}/mgr
mon_host = [v2:127.0.0.1:{mon},v1:127.0.0.1:{mon1}]
public_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
rgw_sts_key = abcdefghijklmnop
rgw_s3_auth_use_sts = true
rgw_frontends = beast endpoint=127.0.0.1:{rgw}
rgw_enable_usage_log = false
"""


@contextmanager
def ceph_gateway(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yields the gateway's address and a function that runs ``radosgw-admin`` and reads what it prints."""
    folder.mkdir()
    mon, mon1, rgw = _ports(3)
    conf = folder / "ceph.conf"
    conf.write_text(_CONF.format(fsid=uuid.uuid4(), folder=folder, mon=mon, mon1=mon1, rgw=rgw))
    fsid = conf.read_text().split("fsid = ")[1].split()[0]
    common = ["-c", str(conf)]
    started: list[subprocess.Popen[bytes]] = []

    def run(*words: str) -> bytes:
        done = subprocess.run(words, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, f"{words}: {done.stderr.decode()[-600:]}"
        return done.stdout

    def start(*words: str) -> None:
        with (folder / f"{words[0]}.out").open("wb") as out:
            started.append(subprocess.Popen([*words, *common, "-f"], stdout=out, stderr=out))

    def admin(*words: str) -> Any:
        told = run("radosgw-admin", *common, *words)
        return json.loads(told) if told.strip().startswith((b"{", b"[")) else None

    try:
        # No daemon asks for a key here, and the gateway does not start without a file of them.
        run("ceph-authtool", "--create-keyring", str(folder / "keyring"), "--gen-key", "-n", "client.rgw")
        map_file = str(folder / "monmap")
        run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon},v1:127.0.0.1:{mon1}]", map_file)
        for name in ("mon", "osd", "mgr"):
            (folder / name).mkdir()
        run("ceph-mon", *common, "--mkfs", "-i", "a", "--monmap", map_file)
        start("ceph-mon", "-i", "a")
        run("ceph", *common, "osd", "new", osd := str(uuid.uuid4()))
        run("ceph-osd", *common, "-i", "0", "--mkfs", "--osd-uuid", osd)
        start("ceph-osd", "-i", "0")
        start("ceph-mgr", "-i", "x")
        start("radosgw", "-n", "client.rgw")
        while started[-1].poll() is None:
            try:
                socket.create_connection(("127.0.0.1", rgw), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{rgw}", admin
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(10)


def _ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
