#!/usr/bin/env python3
"""Prints the last hours of a channel as a table, one line for the average of each hour."""

import json
import os
import sys
import urllib.parse
import urllib.request

SERVER = os.environ.get("SERVER", "http://192.168.1.20:8080")
CHANNEL = os.environ.get("CHANNEL", "1")
READ_KEY = os.environ.get("READ_KEY", "R9M5C3JH60VYD2EA")


def feed(**question):
    """Asks the channel. `average=60` and its like let the server do the sums."""
    query = urllib.parse.urlencode({"api_key": READ_KEY, **question})
    with urllib.request.urlopen(f"{SERVER}/channels/{CHANNEL}/feeds.json?{query}", timeout=10) as answer:
        return json.load(answer)


def main(hours):
    told = feed(minutes=hours * 60, average=60, round=2)
    fields = [name for name in told["channel"] if name.startswith("field")]
    print("\t".join(["hour (UTC)", *(told["channel"][name] for name in fields)]))
    for entry in told["feeds"]:
        hour = entry["created_at"][:16].replace("T", " ")
        print("\t".join([hour, *(entry[name] or "" for name in fields)]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24)
