"""An index by type over the events of which there are few: who asks for one type reads no others.

Three events a truck make up nearly all of a log. They stay out of the index, so that recording them costs what it did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_RARE = sa.text(
    "type NOT IN ('crossing.filed', 'crossing.assessed', 'crossing.decided', 'crossing.arrived', 'crossing.passed',"
    " 'device.block')"
)


def upgrade() -> None:
    op.create_index("event_by_rare_type", "event", ["type", "position"], sqlite_where=_RARE, postgresql_where=_RARE)
