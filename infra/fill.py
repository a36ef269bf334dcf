"""Copy a folder's ``inbox/`` below a practice's prefix, making the bucket where it is missing. For trials, not for PHI.

``python infra/fill.py PRACTICE FOLDER`` with the ``CCM_*`` settings of the README.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flows.settings import from_environment
from flows.store import Store, client


def main(practice: str, folder: Path) -> None:
    """Copy every file below an ``inbox`` folder in ``folder``."""
    own = from_environment(os.environ)
    found = [(path, path.as_posix()[path.as_posix().rindex("/inbox/") + 1 :]) for path in sorted(folder.rglob("inbox/**/*"))]
    files = [(path, key) for path, key in found if path.is_file()]
    if not files:
        sys.exit(f"{folder}: no inbox folder with files in it; run ccm synthesize first, or name the folder above inbox/")
    s3 = client(own)
    if own.bucket not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=own.bucket)
    store = Store(own, practice)
    for path, key in files:
        store.put(key, path.read_bytes())
    print(f"{len(files)} files below {practice}/inbox/ in bucket {own.bucket}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python infra/fill.py PRACTICE FOLDER")
    main(sys.argv[1], Path(sys.argv[2]))
