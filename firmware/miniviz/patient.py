"""urequests under a watchdog."""

from . import port


def patient(post):
    """A post whose waits nobody can cut short (urequests): the watchdog is fed for it, a minute at most."""

    def waiting(*args, **named):
        left = [20]

        def feed(_):
            left[0] -= 1
            if left[0] > 0:
                port.feed()

        timer = port.timer(3000, feed)
        try:
            return post(*args, **named)
        finally:
            timer.deinit()

    return waiting
