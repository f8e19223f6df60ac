"""The HTTP module of older firmware: HTTP/1.0, and Content-Type twice where a program gives it too."""

import _http


def head(method, path, host, data, is_json, headers):
    yield "%s /%s HTTP/1.0\r\n" % (method, path)
    if "Host" not in headers:
        yield "Host: %s\r\n" % host
    for name in headers:
        yield name
        yield ": "
        yield headers[name]
        yield "\r\n"
    if is_json:
        yield "Content-Type: application/json\r\n"
    if data:
        yield "Content-Length: %d\r\n" % len(data)
    yield "\r\n"


def get(url, **options):
    return _http.request(head, "GET", url, **options)


def post(url, **options):
    return _http.request(head, "POST", url, **options)
