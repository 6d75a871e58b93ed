"""A crash: noted, what is unsafe stored, started again; and its report by a later boot that goes well."""

from . import log, port, postmortem, state


def restart(app, error):
    """Store what waits, note what happened for the next good boot, then start again."""
    guard = app.guard
    uptime = app.clock.uptime_ms()
    try:
        app.outbox.flush()
    except Exception as worse:  # noqa: BLE001 perhaps the very part that is broken
        log.error("outbox", "cannot store before the restart (%s)" % worse)
    text = log.mask(port.traceback_text(error))
    log.error("guard", "crashed, starts again:\n" + text)
    postmortem.write_log()
    postmortem.write(guard.boot, text, guard.cause, uptime)
    state.save({"noted": guard.boot})
    port.reset()


def report(app):
    """One row for the last crash, now that this boot is a good one."""
    row = postmortem.row()
    if row:
        app.keep([(app.config.label, row)])
        postmortem.reported()
