"""The head of a request, made once per url; loaded while it is made."""


def make(url, headers):
    """((base, TLS?, host, port), the head's bytes up to the number of its Content-Length)."""
    base, path = _split(url)
    origin = _origin(base)
    lines = ["POST %s HTTP/1.1" % path, "Host: " + base.split("://")[1], "User-Agent: miniviz"]
    lines += ["%s: %s" % (name, headers[name]) for name in headers or () if name.lower() != "content-length"]
    for line in lines:
        if not all(" " <= c != "\x7f" for c in line):
            raise ValueError("a header holds a control character")
    lines.append("Content-Length: ")
    return origin, "\r\n".join(lines).encode()


def moved(base, location):
    """The address of a redirect if it stays with this server and its protocol, else None."""
    if location.startswith("/") and not location.startswith("//"):
        return base + location
    return location if location.startswith(base + "/") else None


def _split(url):
    """A url as scheme://host:port and path?query."""
    if not all("!" <= c <= "~" for c in url):
        raise ValueError("the url holds a space or another character that must be percent-encoded")
    scheme, _, rest = url.split("#")[0].partition("://")
    end = min(i for i in (rest.find("/"), rest.find("?"), len(rest)) if i >= 0)
    path = rest[end:]
    return "%s://%s" % (scheme, rest[:end]), path if path.startswith("/") else "/" + path


def _origin(base):
    scheme, _, place = base.partition("://")
    host, _, number = place.partition(":")
    if scheme not in ("http", "https") or not host:
        raise ValueError("the url is not https://HOST or http://HOST")
    secure = scheme == "https"
    return base, secure, host, int(number or (443 if secure else 80))
