"""Where the platform takes a project's readings: url and headers."""

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"  # RFC 3986 section 2.3


def data(url, project, token, auth):
    """(url, headers) of the data endpoint; the token stands in one of them."""
    url = "%s/api/project/%s" % (url, quote(project))
    headers = {"Content-Type": "application/json"}
    if auth == "bearer":
        headers["Authorization"] = "Bearer " + token
    else:
        url += "?token=" + quote(token)
    return url, headers


def quote(text):
    """Percent-encode for a URL's path or query."""
    out = ""
    for byte in text.encode():
        c = chr(byte)
        out += c if c in _UNRESERVED else "%%%02X" % byte
    return out
