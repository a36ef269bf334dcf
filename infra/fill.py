"""Copy an ``inbox/``, and the ``corrections/`` beside it, below a practice's prefix; the bucket is made. For trials, not for PHI.

``python infra/fill.py PRACTICE FOLDER`` with the ``CCM_*`` settings of the README.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flows.settings import from_environment
from flows.store import Store, client


def main(practice: str, folder: Path) -> None:
    """Copy what lies in the one ``inbox`` below ``folder``, and in a ``corrections`` beside it."""
    own = from_environment(os.environ)
    homes = sorted({path.parent for path in folder.rglob("inbox") if path.is_dir()})
    homes = [home for home in homes if practice in home.parts] or homes
    if len(homes) > 1:
        several = ", ".join(map(str, homes[:3]))
        sys.exit(
            f"{folder}: several inboxes ({several}{', ...' if len(homes) > 3 else ''}); name the folder of one practice and month"
        )
    found = [path for home in homes for name in ("inbox", "corrections") for path in sorted((home / name).rglob("*"))]
    files = [path for path in found if path.is_file()]
    if not files:
        sys.exit(f"{folder}: no inbox folder with files in it; run ccm synthesize first, or name the folder above inbox/")
    s3 = client(own)
    if own.bucket not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=own.bucket)
    store = Store(own, practice)
    for path in files:
        store.put(path.relative_to(homes[0]).as_posix(), path.read_bytes())
    print(f"{len(files)} files below {practice}/ in bucket {own.bucket}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python infra/fill.py PRACTICE FOLDER")
    main(sys.argv[1], Path(sys.argv[2]))
