"""A checkpoint keeps the frontier of its tree, so that the sequencer and the verifier can start from it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Older checkpoints have none: it is made from the leaves once, and the next checkpoint carries it.
    op.add_column("checkpoint", sa.Column("frontier", sa.LargeBinary))
