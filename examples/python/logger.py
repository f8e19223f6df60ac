#!/usr/bin/env python3
"""Sends readings of this machine every minute, and loses none while the server is away.

A reading gets its time when it is taken. What could not be sent waits, up to a day of it, and goes
out together with the next: one request, however much has gathered. Change `measure` to your needs.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections import deque

SERVER = os.environ.get("SERVER", "http://192.168.1.20:8080")
CHANNEL = os.environ.get("CHANNEL", "1")
WRITE_KEY = os.environ.get("WRITE_KEY", "W4K2QZ81TTP0XN7B")
SECONDS = float(os.environ.get("SECONDS", "60"))

WAITING_MAX = 24 * 60
TOGETHER_MAX = 960


def measure():
    """What is to be known about this machine: the load, and the memory that is free in megabytes."""
    pages = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"field1": round(os.getloadavg()[0], 2), "field2": pages // 1_000_000}


def send(updates):
    """Sends them in one request. The server stores all or none."""
    body = json.dumps({"write_api_key": WRITE_KEY, "updates": updates}).encode()
    request = urllib.request.Request(
        f"{SERVER}/channels/{CHANNEL}/bulk_update.json", body, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()


def main():
    # When it is full the oldest reading makes room.
    waiting = deque(maxlen=WAITING_MAX)
    while True:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        waiting.append({"created_at": now, **measure()})
        try:
            while waiting:
                together = list(waiting)[:TOGETHER_MAX]
                send(together)
                for _ in together:
                    waiting.popleft()
        except urllib.error.HTTPError as refused:
            print(f"the server said {refused.code}: {refused.read().decode(errors='replace')}", flush=True)
        except OSError as error:
            print(f"no answer ({error}); {len(waiting)} waiting", flush=True)
        time.sleep(SECONDS)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
