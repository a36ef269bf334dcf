"""The rows of a Parquet export as records of plain values, so that a layout reads them as it reads JSON or a table."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

MAGIC = b"PAR1"
MAX_VALUES = 50_000_000  # rows times columns: a small file may claim any number of rows


def parquet_records(data: bytes) -> list[dict[str, Any]] | None:
    """The rows, or None where the file cannot be read. An instant is ISO text, in UTC where it has a zone."""
    try:
        held = pq.ParquetFile(io.BytesIO(data))
        if held.metadata.num_rows * max(1, held.metadata.num_columns) > MAX_VALUES:
            return None
        rows = held.read(use_threads=False).to_pylist()
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, LookupError, MemoryError, NotImplementedError):
        return None
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is None else value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        # Hive and Impala write text as bytes that do not say so.
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool) else None
