"""Why a node cannot be opened, or goes no further, as an error in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from aforo.answers.grounds import GroundsError
from aforo.bootstrap import ForeignModelError
from aforo.cli import terminal
from aforo.cli.language import Sentences
from aforo.cli.log import fail_of_damage
from aforo.flow.prices import BookError
from aforo.log.address import shown
from aforo.log.outage import is_outage
from aforo.log.signing import EquivocationError
from aforo.log.store import ConcurrencyError, StoreUnusableError
from aforo.log.stored import DamagedEventError
from aforo.ports.reading import PortError
from aforo.risk.artefacts import DamagedArtefactError
from aforo.risk.rules import RuleError
from aforo.routing.policy import PolicyError
from aforo.settings import Settings

ModelOption = Annotated[Path, typer.Option("--model", "-m", help="The folder that `aforo learn` made.")]
RateOption = Annotated[float, typer.Option(help="The fraction of crossings to examine.", min=0.0001, max=1.0)]


@contextmanager
def node_refusals(say: Sentences, model: Path, where: Settings) -> Iterator[None]:
    """Leave with an error that says what, where and what to do."""
    try:
        yield
    except ForeignModelError:
        terminal.fail(
            escape(say("model_foreign", model=model, keys=shown(where.keys))), to_do=say("model_foreign_to_do")
        )
    except DamagedArtefactError as error:
        terminal.fail(escape(say("model_unusable", why=error.text)), to_do=say("model_unusable_to_do"))
    except PolicyError as error:
        terminal.fail(escape(say("policy_unusable", why=error.text)), to_do=say("screen_to_do"))
    except (RuleError, GroundsError, PortError) as error:
        terminal.fail(escape(say.of(error.text)), to_do=say("screen_to_do"))
    except DamagedEventError as error:
        fail_of_damage(error, where.store)
    except BookError as error:
        terminal.fail(escape(say("prices_unusable", why=error)), to_do=say("prices_none_to_do"))
    except OSError as error:
        terminal.fail(escape(say("file_unusable", why=error)), to_do=say("screen_to_do"))
    except (EquivocationError, ConcurrencyError, StoreUnusableError) as error:
        terminal.fail(escape(say("log_refuses", why=error)), to_do=say("log_refuses_to_do"), code=terminal.FOUND)
    except Exception as error:
        if not is_outage(error):
            raise
        why = say("log_refuses", why=type(error).__name__)
        terminal.fail(escape(why), to_do=say("log_refuses_to_do"), code=terminal.FOUND)
