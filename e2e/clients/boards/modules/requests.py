"""The HTTP module of today's firmware: HTTP/1.1, each header once, `Connection: close`."""

import _http


def head(method, path, host, data, is_json, headers):
    yield "%s /%s HTTP/1.1\r\n" % (method, path)
    headers = dict(headers)
    headers.setdefault("Host", host)
    if is_json:
        headers.setdefault("Content-Type", "application/json")
    if data:
        headers.setdefault("Content-Length", str(len(data)))
    headers.setdefault("Connection", "close")
    for name in headers:
        yield name
        yield ": "
        yield headers[name]
        yield "\r\n"
    yield "\r\n"


def get(url, **options):
    return _http.request(head, "GET", url, **options)


def post(url, **options):
    return _http.request(head, "POST", url, **options)
