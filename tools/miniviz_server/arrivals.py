"""What happens to a reading that passed every check: stored, shown to open pages, judged by the rules."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from miniviz_server.clockwork import Clockwork
from miniviz_server.judge import Judge
from miniviz_server.live import Hub
from miniviz_server.records import Event, StoredEvent
from miniviz_server.relay import Relay
from miniviz_server.store import Store

logger = logging.getLogger("miniviz.rules")


class Arrivals:
    """Lives on the server's event loop."""

    def __init__(self, store: Store, hub: Hub, relay: Relay, judge: Judge, clockwork: Clockwork) -> None:
        self._store = store
        self._hub = hub
        self._relay = relay
        self._judge = judge
        self._clockwork = clockwork

    def take(self, project_id: str, event: Event) -> StoredEvent:
        """Stores it; once it is stored nothing else can make the answer a refusal."""
        stored = self._store.add(project_id, event)
        self._hub.publish(project_id, stored)
        self._relay.tell(project_id, stored)
        try:
            if self._judge.heard(project_id, stored):
                self._clockwork.wake()
        except SQLAlchemyError as error:
            logger.warning("the rules were not judged: %s", type(error).__name__)
        return stored
