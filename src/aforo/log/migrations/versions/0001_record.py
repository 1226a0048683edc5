"""The record: events, their leaves, checkpoints, and the artefacts and projections beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("log", sa.Column("origin", sa.Text, primary_key=True))
    op.create_table(
        "event",
        sa.Column("position", _POSITION, sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("event_id", name="event_by_id"),
        sa.UniqueConstraint("stream", "version", name="event_by_stream"),
    )
    keyed = sa.text("idempotency_key IS NOT NULL")
    op.create_index(
        "event_by_key", "event", ["idempotency_key"], unique=True, sqlite_where=keyed, postgresql_where=keyed
    )
    op.create_table(
        "leaf",
        sa.Column("leaf_index", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("position", name="leaf_by_position"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "artefact",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "projection",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
    )
