"""How much of a file is taken at once, and beyond what size a part of it is refused: hostile files meet these first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes unless said.

    `file_bytes` bounds a whole file and `rows` what a Parquet file says it holds, since a small one can say anything;
    `record_bytes` one record (longer ones are refused, the rest of the file goes on); `field_chars` one field;
    `identifier_bytes` an identifier or a code in UTF-8, since it becomes part of a key and databases index no long
    ones; `message_bytes` a file of messages, which is held in memory; `columns` the width of a header; `block_bytes`
    what is held in memory at once. The process that decodes Parquet may take `parquet_memory_bytes` over the size of
    the file, and be silent for `parquet_seconds`.
    """

    file_bytes: int = 1 << 40
    rows: int = 1_000_000_000
    record_bytes: int = 256 * 1024
    header_bytes: int = 100_000
    field_chars: int = 10_000
    identifier_bytes: int = 200
    message_bytes: int = 64 * 1024 * 1024
    columns: int = 1_000
    block_bytes: int = 8 * 1024 * 1024
    parquet_memory_bytes: int = 4 * 1024**3
    parquet_seconds: float = 120.0


STANDARD = Limits()
