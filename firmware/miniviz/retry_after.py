"""A server's wish when to come back: Retry-After (RFC 9110 section 10.2.3); loaded when it has one."""

_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def seconds(said, headers, now_ms):
    """Seconds from now; None if unreadable."""
    if said.isdigit():
        return int(said)
    until = http_date(said)
    now = http_date(_date(headers))  # the server's own clock first: both dates agree then
    if now is None and now_ms() is not None:
        now = now_ms() // 1000
    return None if until is None or now is None else max(0, until - now)


def http_date(text):
    """UNIX seconds of "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), None if unreadable."""
    try:
        _, day, month, year, time, _ = text.split(" ")
        month = _MONTHS.index(month) // 3 + 1
        hour, minute, second = [int(part) for part in time.split(":")]
        return (_days(int(year), month, int(day)) * 24 + hour) * 3600 + minute * 60 + second
    except ValueError:
        return None


def _days(year, month, day):
    """Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March."""
    if month < 3:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month - 457) // 5 + day - 719469


def _date(headers):
    for key in headers:
        if key.lower() == "date":
            return headers[key].strip()
    return ""
