"""The world's formats, one module each, into domain types. A bad record never stops the good ones.

What comes in is hostile until read: a file may be of any size, cut off, in the wrong encoding, or written to do harm.
Every record is either taken, or refused with its line, a reason in both languages and what to do, and kept whole so
that it can be put in quarantine. Nothing is lost silently: a column that the table does not know stays in `extra`.

`declarations` reads the declaration table (`read`, `read_bytes`, `write`); `registry` lists the formats and recognises
them; `verdict` says of a file whether it would be accepted. Behind `declarations`: `blocks` takes a stream in blocks of
lines, `header` finds separator and columns, `delimited` splits records and confines damage, `parquet` has Parquet rows
decoded as the same text in a process apart, `mapping` renames other schemas, `validation` checks the fields in columns,
`instants` reads times, `extra` keeps unknown columns, `amendments` follows identifiers and amendments through a file,
`assembly` puts a batch together of all this, `batch` is what is handed on, `writing` is the way back, `limits` is what
bounds all of it.

`columns` compares a header with the names that exporters use, `template` begins a mapping by it, `identifiers` makes
the identifiers that a file lacks, `row_mapping` applies a mapping to small tables; `sentences` and `date_sentences` say
what is wrong where that depends on the mapping or shows a value. Formats of messages, one module each, give
`message.Said`, which `message.Messages` makes batches of: `borderconnect`, a vendor's truck e-manifests.

What seals and trackers report comes signed, as `seal_block`, or unsigned: `seal_text`, `traccar` and `telematics` make
portions by device (`portion`) of it, with numbers made exact by `decimals`. What gates read is `gate_reads`.

The log of scanners is `scanner_log`, row by row; `scanner_columns` reads years of it in columns by the same rules, and
`work_orders` what maintenance systems have of scanners.

What others publish is read as `published` says: `bts` and `texas_bridges` (trucks by port, by bridge), `border_waits`,
`transborder` (freight) and `seizures`, of which only `whole_months` are added up; `revised` says what one edition has
otherwise than another.
"""
