"""Programs for people: pages in a browser, phones, dashboards, registries of sensors.

Each story makes the requests of one such program and reads the answer the way it does.
"""

import csv
import io
import json
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

from harness.fieldpost import OWNER, server


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode()

    def json(self):
        return json.loads(self.text)


def call(method, path, json_body=None, form=None, **headers):
    """One request, as any HTTP library makes it; a refusal is an answer like others."""
    body = None
    if json_body is not None:
        body, headers["Content-Type"] = json.dumps(json_body).encode(), "application/json"
    elif form is not None:
        body, headers["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
    request = urllib.request.Request(server().http + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return Answer(reply.status, reply.headers, reply.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.headers, refused.read())


class JavaScriptPages(unittest.TestCase):
    """Pages that read a channel from another origin, the old way and the new."""

    def setUp(self):
        self.channel = server().channel(public=True)
        for n in range(5):
            self.channel.write(field1=n)

    def test_a_script_calls_back(self):
        for path in ("feeds.json", "feed.json", "fields/1.json", "feeds/last.json", "status.json"):
            answer = call("GET", f"/channels/{self.channel.id}/{path}?callback=jQuery1102_17&_=1714982430")
            self.assertEqual(answer.status, 200)
            called = re.fullmatch(r"(?:/\*\*/)?jQuery1102_17\((.*)\)", answer.text, re.S)
            self.assertTrue(called, answer.text)
            json.loads(called[1])
            # A browser runs no script of another type where `nosniff` is said.
            self.assertRegex(answer.headers["Content-Type"], "javascript")

    def test_the_age_is_the_third_piece_between_quotes(self):
        text = call("GET", f"/channels/{self.channel.id}/feeds/last_data_age.json?callback=age").text
        self.assertTrue(text.startswith("age({"), text)
        pieces = text.split('"')
        self.assertTrue(0 <= int(pieces[3]) < 60, pieces)
        self.assertEqual(pieces[7], "s")

    def test_a_second_question_mark_belongs_to_the_value(self):
        answer = call("GET", f"/channels/{self.channel.id}/feeds.json?results=3?api_key=AAAAAAAAAAAAAAAA")
        self.assertEqual([f["field1"] for f in answer.json()["feeds"]], ["2", "3", "4"])

    def test_any_origin_may_read_every_answer(self):
        private = server().channel()
        for path, status in (
            (f"/channels/{self.channel.id}/feeds.json", 200),
            (f"/channels/{private.id}/feeds.json", 400),
            ("/channels/999999999/feeds.json", 404),
            ("/update?api_key=0000000000000000&field1=1", 400),
            ("/channels.json", 401),
            ("/no/such/address.json", 404),
        ):
            with self.subTest(path):
                answer = call("GET", path, Origin="https://example.org")
                self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (status, "*"))

    def test_a_browser_asks_first_whether_it_may(self):
        for path in ("/update.json", f"/channels/{self.channel.id}/feeds.json", "/channels.json", "/any/thing/at/all"):
            with self.subTest(path):
                answer = call(
                    "OPTIONS",
                    path,
                    **{
                        "Origin": "https://example.org",
                        "Access-Control-Request-Method": "POST",
                        "Access-Control-Request-Headers": "content-type,x-thingspeakapikey",
                    },
                )
                self.assertEqual((answer.status, answer.text), (200, ""))
                self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
                self.assertIn("POST", answer.headers["Access-Control-Allow-Methods"])
                allowed = answer.headers["Access-Control-Allow-Headers"].lower()
                self.assertIn("content-type", allowed)

    def test_minus_one_means_no(self):
        private = server().channel()
        for path in ("feeds.json", "feeds/last.json", "fields/1/last", "fields/1/last.json", "status.json", "feeds.csv"):
            self.assertEqual(call("GET", f"/channels/{private.id}/{path}").text, "-1", path)


class AirQoRegistry(unittest.TestCase):
    """A registry of air sensors: makes, changes and removes channels by program."""

    def test_the_life_of_a_channel(self):
        key = server().owner_key
        wanted = {"name": "aq 7", "field1": "PM 2.5", "field2": "PM 10", "public_flag": False, "tags": "air,pm"}
        made = call("POST", f"/channels.json?api_key={key}", json_body=wanted)
        self.assertEqual(made.status, 200)
        made = made.json()
        self.assertEqual([k["write_flag"] for k in made["api_keys"]], [True, False])
        self.assertNotIn("field1", made)
        write_key, read_key = (k["api_key"] for k in made["api_keys"])
        channel = f"/channels/{made['id']}"

        stored = call("GET", f"/update?api_key={write_key}&field1=12.5&created_at=2024-01-01T06:00:00Z")
        self.assertEqual(stored.text, "1")
        ranges = f"start=2024-01-01T00:00:00.000Z&end=2024-01-02T00:00:00.000Z&api_key={read_key}"
        self.assertEqual([f["field1"] for f in call("GET", f"{channel}/feeds.json?{ranges}").json()["feeds"]], ["12.5"])

        changed = call("PUT", f"{channel}.json?api_key={key}", json_body={"name": "aq 8", "public_flag": True})
        self.assertEqual((changed.status, changed.json()["name"], changed.json()["public_flag"]), (200, "aq 8", True))
        self.assertEqual(changed.json()["api_keys"], made["api_keys"])

        cleared = call("DELETE", f"{channel}/feeds.json?api_key={key}")
        self.assertEqual((cleared.status, cleared.text), (200, "[]"))
        self.assertEqual(call("GET", f"/update?api_key={write_key}&field1=1").text, "1", "numbering begins anew")

        gone = call("DELETE", f"{channel}.json?api_key={key}")
        self.assertEqual((gone.status, gone.json()["id"], "api_keys" in gone.json()), (200, made["id"], False))
        self.assertEqual(call("GET", f"{channel}/feeds.json?api_key={read_key}").status, 404)
        self.assertEqual(call("GET", f"/update?api_key={write_key}&field1=1").text, "0")

    def test_what_it_logs_when_it_may_not(self):
        channel = server().channel()
        for answer in (
            call("POST", "/channels.json?api_key=0000000000000000", json_body={"name": "x"}),
            call("PUT", f"/channels/{channel.id}.json?api_key={channel.write_key}", json_body={"name": "x"}),
            call("DELETE", f"/channels/{channel.id}.json"),
            call("DELETE", f"/channels/{channel.id}/feeds.json?api_key={channel.read_key}"),
        ):
            self.assertEqual(answer.status, 401)
            self.assertEqual((answer.json()["status"], answer.json()["error"]["error_code"]), ("401", "error_auth_required"))


class IoTNodeWebhooks(unittest.TestCase):
    """Particle webhooks whose templates pick pieces out of the answers by position."""

    def test_the_write_key_comes_first_and_the_read_key_second(self):
        made = call("POST", "/channels.json", form={"api_key": server().owner_key, "name": "node 1", "field1": "t"}).json()
        write, read = made["api_keys"][0]["api_key"], made["api_keys"][1]["api_key"]
        updates = "2024-05-06T10:00:00Z,1|2024-05-06T10:01:00Z,2,,,,,,,,,,,all+well"
        body = f"write_api_key={write}&time_format=absolute&updates={updates}"
        request = urllib.request.Request(
            f"{server().http}/channels/{made['id']}/bulk_update.csv",
            body.encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        with urllib.request.urlopen(request, timeout=10) as reply:
            self.assertEqual((reply.status, json.loads(reply.read())["success"]), (202, True))
        feed = call("GET", f"/channels/{made['id']}/feeds.json?api_key={read}&status=true").json()["feeds"]
        self.assertEqual([(f["field1"], f["status"]) for f in feed], [("1", None), ("2", "all well")])


class GrafanaProxy(unittest.TestCase):
    """A data source for Grafana: lists the owner's channels, learns the labels, reads a field in a range."""

    def test_from_the_list_to_the_curve(self):
        channel = server().channel("Air temp", "Humidity", name="grafana", description="North bench")
        start = datetime(2024, 1, 1, tzinfo=timezone.utc)
        for n in range(6):
            channel.write(field1=20 + n, created_at=(start + timedelta(minutes=5 * n)).isoformat())

        listed = call("GET", f"/channels.json?api_key={server().owner_key}").json()
        mine = next(c for c in listed if c["id"] == channel.id)
        self.assertEqual(mine["description"], "North bench")
        read_key = next(k["api_key"] for k in mine["api_keys"] if k["write_flag"] is False)
        self.assertTrue(all(any(k["write_flag"] is False for k in c["api_keys"]) for c in listed))

        probe = call("GET", f"/channels/{channel.id}/feeds.json?results=0&api_key={read_key}").json()
        self.assertEqual((probe["channel"]["field1"], probe["feeds"]), ("Air temp", []))

        span = urllib.parse.urlencode(
            {"start": "2024-01-01 00:04:00.000", "end": "2024-01-01 00:16:00.000", "api_key": read_key}
        )
        points = call("GET", f"/channels/{channel.id}/fields/1.json?{span}").json()["feeds"]
        self.assertEqual(
            [(datetime.fromisoformat(p["created_at"].replace("Z", "+00:00")), float(p["field1"])) for p in points],
            [(start + timedelta(minutes=m), v) for m, v in ((5, 21.0), (10, 22.0), (15, 23.0))],
        )
        averaged = call("GET", f"/channels/{channel.id}/fields/1.json?{span}&average=10").json()["feeds"]
        self.assertEqual([p["field1"] for p in averaged], ["21.0", "22.5"])

    def test_without_a_key_the_list_is_refused(self):
        self.assertEqual(call("GET", "/channels.json").status, 401)
        self.assertEqual(call("GET", "/channels.json?api_key=0000000000000000").status, 401)


class GrafanaInfinity(unittest.TestCase):
    """A table from an address: the singular path, and times that end in UTC."""

    def test_a_table_with_a_header(self):
        channel = server().channel(public=True)
        channel.write(field1='21,5 "warm"', field2="63", created_at="2024-05-06T07:08:09Z")
        text = call("GET", f"/channels/{channel.id}/feed.csv").text
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(
            rows,
            [{"created_at": "2024-05-06 07:08:09 UTC", "entry_id": "1", "field1": '21,5 "warm"', "field2": "63"}],
        )


class PhoneWidget(unittest.TestCase):
    """A widget on a phone's desktop, which pages through the public channels."""

    def test_pages_of_fifteen(self):
        owned = [server().channel(name=f"widget {n}", public=True, tags="widget-tag", description="d") for n in range(17)]
        for channel in owned:
            # A channel is listed once it is in use.
            channel.write(field1=1)
            channel.write(field1=2)
        pages = [call("GET", f"/channels/public.json?q=&tag=widget-tag&page={n}").json() for n in (1, 2, 3)]
        self.assertEqual([len(p["channels"]) for p in pages], [15, 2, 0])
        self.assertEqual(pages[0]["pagination"], {"current_page": 1, "per_page": 15, "total_entries": 17})
        seen = [c["id"] for p in pages for c in p["channels"]]
        self.assertEqual(sorted(seen), sorted(c.id for c in owned))
        for found in pages[0]["channels"]:
            self.assertIsInstance(found["description"], str)
            self.assertEqual([t["name"] for t in found["tags"]], ["widget-tag"])

    def test_there_is_no_page_zero(self):
        answer = call("GET", "/channels/public.json?page=0")
        self.assertEqual((answer.status, answer.json()["error"]["error_code"]), (404, "error_resource_not_found"))

    def test_the_health_of_the_list_is_asked_without_a_body(self):
        answer = call("HEAD", "/channels/public.json")
        self.assertEqual((answer.status, answer.text), (200, ""))


class JavaLibrary(unittest.TestCase):
    """A library for Java: a header with the key, dates of one fixed form, places as numbers."""

    def test_an_update_and_its_refusal(self):
        channel = server().channel()
        headers = {"X-THINGSPEAKAPIKEY": channel.write_key}
        answer = call("POST", "/update", form={"field1": "21.5", "lat": "47.5", "long": "8.25"}, **headers)
        self.assertEqual((answer.status, answer.text), (200, "1"))
        refused = call("POST", "/update", form={"field1": "1"}, **{"X-THINGSPEAKAPIKEY": channel.read_key})
        self.assertEqual((refused.status, refused.text), (400, "0"))

    def test_dates_and_places_have_one_form(self):
        channel = server().channel()
        channel.write(field1="21.5", lat="47.5", long="8.25", elevation="431", created_at="2024-05-06T07:08:09.750Z")
        query = f"key={channel.read_key}&location=true"
        for zone, ends in (("", "Z"), ("&timezone=America/New_York", "-04:00"), ("&offset=2", "+02:00")):
            feed = call("GET", f"/channels/{channel.id}/feed.json?{query}{zone}").json()
            for date in (feed["channel"]["created_at"], feed["channel"]["updated_at"], feed["feeds"][0]["created_at"]):
                self.assertRegex(date, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")
            self.assertTrue(feed["feeds"][0]["created_at"].endswith(ends))
            self.assertEqual((float(feed["feeds"][0]["latitude"]), float(feed["feeds"][0]["longitude"])), (47.5, 8.25))

    def test_the_probe_for_labels(self):
        channel = server().channel("Air temp", "Humidity")
        feed = call("GET", f"/channels/{channel.id}/feed.json?results=0&key={channel.read_key}").json()
        self.assertEqual((feed["channel"]["field2"], feed["channel"]["last_entry_id"], feed["feeds"]), ("Humidity", None, []))


class AndroidLibrary(unittest.TestCase):
    """A library for Android: single entries by number, and everything in the query."""

    def test_an_entry_by_its_number(self):
        channel = server().channel()
        for n in range(3):
            channel.write(field1=n, status=f"s{n}")
        answer = call("GET", f"/channels/{channel.id}/feeds/2.json?api_key={channel.read_key}&status=true")
        entry = answer.json()
        self.assertEqual((entry["entry_id"], entry["field1"], entry["status"]), (2, "1", "s1"))
        datetime.strptime(entry["created_at"], "%Y-%m-%dT%H:%M:%SZ")

    def test_an_update_in_the_query_of_a_post(self):
        channel = server().channel()
        answer = call("POST", f"/update?api_key={channel.write_key}&field1=21.5&status=a%2Bb+c")
        self.assertEqual(answer.text, "1")
        self.assertEqual(channel.last()["status"], "a+b c")


class Matlab(unittest.TestCase):
    """`thingSpeakRead` and `thingSpeakWrite` by the requests they stand for."""

    def test_points_minutes_and_a_range(self):
        channel = server().channel()
        now = datetime.now(timezone.utc).replace(microsecond=0)
        for minutes in (90, 50, 10):
            channel.write(field1=minutes, created_at=(now - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ"))
        base = f"/channels/{channel.id}/feeds.json?api_key={channel.read_key}"
        values = lambda more: [f["field1"] for f in call("GET", base + more).json()["feeds"]]
        self.assertEqual(values("&results=2"), ["50", "10"])
        self.assertEqual(values("&minutes=60"), ["50", "10"])
        self.assertEqual(values("&days=1"), ["90", "50", "10"])
        start = urllib.parse.quote((now - timedelta(minutes=95)).strftime("%Y-%m-%d %H:%M:%S"))
        end = urllib.parse.quote((now - timedelta(minutes=45)).strftime("%Y-%m-%d %H:%M:%S"))
        self.assertEqual(values(f"&start={start}&end={end}"), ["90", "50"])


class Users(unittest.TestCase):
    def test_a_user_and_the_users_channels(self):
        channel = server().channel(name="for all to see", public=True)
        user = call("GET", f"/users/{OWNER}.json").json()
        self.assertEqual(user["login"], OWNER)
        self.assertNotIn("email", user)
        listed = call("GET", f"/users/{OWNER}/channels.json").json()["channels"]
        self.assertIn(channel.id, [c["id"] for c in listed])
        self.assertTrue(all(c.get("public_flag", True) for c in listed))
        self.assertNotIn("api_keys", listed[0])


if __name__ == "__main__":
    unittest.main()
