"""Which size and quality a picture gets, so that it stays under the platform's limit."""

from .port import const

_PATIENCE = const(10)  # pictures that fit before a larger setting is tried
_MOST = const(160)  # after failed tries the patience doubles, up to this


class Governor:
    """A ladder of settings from the wish downwards: lower quality first, then the next smaller size."""

    def __init__(self, sizes, qualities, size, quality):
        self._ladder = []
        for one in reversed(sizes[: sizes.index(size) + 1]):  # sizes ascend
            steps = [q for q in reversed(qualities) if q < quality]
            self._ladder += [(one, q) for q in [quality] + steps]
        self._rung = self._settled = 0
        self._good = 0
        self._patience = _PATIENCE

    def setting(self):
        """(size, quality) for the next picture."""
        return self._ladder[self._rung]

    def settled(self):
        """(size, quality) to remember: the largest that is known to fit."""
        return self._ladder[self._settled]

    def resume(self, setting):
        """Start where an earlier run ended, if this ladder has that rung."""
        if setting and tuple(setting) in self._ladder:
            self._rung = self._settled = self._ladder.index(tuple(setting))

    def too_big(self):
        """The picture was over the limit: True if there is a smaller setting, which is now the one."""
        self._good = 0
        if self._rung < self._settled:  # a try upward: back to what fits, and wait longer before the next
            self._rung = self._settled
            self._patience = min(2 * self._patience, _MOST)
            return True
        if self._rung + 1 == len(self._ladder):
            return False
        self._rung += 1
        self._settled = self._rung
        return True

    def fits(self):
        """The picture was within the limit: now and then the next one tries a larger setting."""
        self._good += 1
        if self._rung < self._settled:
            self._settled = self._rung
            self._good = 0
        if self._good >= self._patience and self._rung:
            self._good = 0
            self._rung -= 1
