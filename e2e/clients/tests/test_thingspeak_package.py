"""The `thingspeak` package as published, told nothing but where the server is.

It writes with every value in the query and an empty body, and takes any status of 400 or more for an
exception. Home Assistant's integration stands on it.
"""

import json
import unittest
import unittest.mock
import xml.etree.ElementTree as xml

import requests
import thingspeak

from harness.fieldpost import server


def client(channel, key=None, fmt="json", scheme="http"):
    base = getattr(server(), scheme)
    return thingspeak.Channel(channel.id, api_key=key, fmt=fmt, timeout=10, server_url=base)


class ThingspeakPackage(unittest.TestCase):
    def test_an_update_gives_the_entry_and_keeps_the_texts(self):
        channel = server().channel()
        entry = json.loads(client(channel, channel.write_key).update({"field1": 21.5, "field2": "63 %"}))
        self.assertEqual(
            list(entry),
            ["channel_id", "created_at", "entry_id"]
            + [f"field{n}" for n in range(1, 9)]
            + ["latitude", "longitude", "elevation", "status"],
        )
        self.assertEqual((entry["channel_id"], entry["entry_id"]), (channel.id, 1))
        self.assertEqual((entry["field1"], entry["field2"], entry["field3"]), ("21.5", "63 %", None))
        self.assertEqual(channel.last()["field2"], "63 %")

    def test_an_update_carries_place_status_and_time(self):
        channel = server().channel()
        client(channel, channel.write_key).update(
            {
                "field1": 1,
                "lat": 47.5,
                "long": 8.25,
                "elevation": 431,
                "status": "north & south, ünïcode ☀",
                "created_at": "2024-05-06 07:08:09",
            }
        )
        self.assertEqual(
            channel.last(),
            {
                "created_at": "2024-05-06T07:08:09Z",
                "entry_id": 1,
                "field1": "1",
                "field2": None,
                "latitude": "47.5",
                "longitude": "8.25",
                "elevation": "431",
                "status": "north & south, ünïcode ☀",
            },
        )

    def test_an_update_in_each_format(self):
        channel = server().channel()
        as_text = client(channel, channel.write_key, fmt="txt").update({"field1": "a"})
        self.assertEqual(as_text, "1")
        as_xml = xml.fromstring(client(channel, channel.write_key, fmt="xml").update({"field1": "b"}).encode())
        self.assertEqual((as_xml.tag, as_xml.findtext("entry-id"), as_xml.findtext("field1")), ("feed", "2", "b"))

    def test_a_wrong_key_and_a_read_key_are_exceptions(self):
        channel = server().channel()
        for key in ("0000000000000000", channel.read_key):
            with self.assertRaises(requests.HTTPError) as refused:
                client(channel, key).update({"field1": 1})
            self.assertEqual((refused.exception.response.status_code, refused.exception.response.text), (400, "0"))
        self.assertEqual(channel.entries(), [])

    def test_a_feed_with_options(self):
        channel = server().channel()
        for n in range(5):
            channel.write(field1=n, created_at=f"2024-05-06T10:0{n}:00Z", status=f"s{n}")
        feed = json.loads(client(channel, channel.read_key).get({"results": 2, "status": "true"}))
        self.assertEqual(feed["channel"]["name"], "Greenhouse")
        self.assertEqual(feed["channel"]["last_entry_id"], 5)
        self.assertEqual([(e["field1"], e["status"]) for e in feed["feeds"]], [("3", "s3"), ("4", "s4")])
        everything = json.loads(client(channel, channel.read_key).get())
        self.assertEqual(len(everything["feeds"]), 5, "entries are old; age does not matter")
        average = json.loads(client(channel, channel.read_key).get({"results": 8000, "average": 10}))
        self.assertEqual(
            average["feeds"], [{"created_at": "2024-05-06T10:00:00Z", "field1": "2.0", "field2": None}]
        )

    def test_a_feed_as_xml_and_as_text(self):
        channel = server().channel()
        channel.write(field1="21.5", created_at="2024-05-06T10:00:00Z")
        tree = xml.fromstring(client(channel, channel.read_key, fmt="xml").get().encode())
        self.assertEqual(tree.tag, "channel")
        self.assertEqual(tree.findtext("feeds/feed/field1"), "21.5")
        self.assertEqual(tree.findtext("feeds/feed/created-at"), "2024-05-06T10:00:00Z")
        without_suffix = client(channel, channel.read_key, fmt="txt").get()
        self.assertEqual(json.loads(without_suffix)["feeds"][0]["field1"], "21.5")

    def test_a_field_by_number_and_by_name(self):
        channel = server().channel()
        channel.write(field1="21.5", field2="63")
        for field in (1, "1", "field1"):
            feed = json.loads(client(channel, channel.read_key).get_field(field))
            self.assertEqual(feed["channel"]["field2"], "Humidity", "all labels are told")
            self.assertEqual(list(feed["feeds"][0]), ["created_at", "entry_id", "field1"])

    def test_the_last_value_of_a_field_in_each_format(self):
        channel = server().channel()
        channel.write(field1="21.5")
        channel.write(field2="63")
        entry = json.loads(client(channel, channel.read_key).get_field_last("field1"))
        self.assertEqual((entry["entry_id"], entry["field1"]), (1, "21.5"))
        self.assertEqual(client(channel, channel.read_key, fmt="txt").get_field_last(1), "21.5")
        tree = xml.fromstring(client(channel, channel.read_key, fmt="xml").get_field_last(2).encode())
        self.assertEqual((tree.tag, tree.findtext("field2")), ("feed", "63"))

    def test_the_age_of_the_last_data(self):
        channel = server().channel()
        channel.write(field1="21.5")
        age = json.loads(client(channel, channel.read_key).get_last_data_age(1))
        self.assertEqual(list(age), ["last_data_age", "last_data_age_units"])
        self.assertIsInstance(age["last_data_age"], str)
        self.assertTrue(0 <= int(age["last_data_age"]) <= 30, age)
        self.assertEqual(age["last_data_age_units"], "s")
        text = client(channel, channel.read_key, fmt="txt").get_last_data_age(1)
        self.assertTrue(0 <= int(text) <= 30, text)

    def test_a_private_channel_without_its_key_is_an_exception(self):
        channel = server().channel()
        channel.write(field1=1)
        for key in (None, "0000000000000000"):
            stranger = client(channel, key)
            for ask in (
                stranger.get,
                lambda: stranger.get_field(1),
                lambda: stranger.get_field_last(1),
                lambda: stranger.get_last_data_age(1),
            ):
                with self.assertRaises(requests.HTTPError) as refused:
                    ask()
                self.assertEqual((refused.exception.response.status_code, refused.exception.response.text), (400, "-1"))

    def test_a_public_channel_needs_no_key_and_minds_no_wrong_one(self):
        channel = server().channel(public=True)
        channel.write(field1=1)
        for key in (None, "0000000000000000", channel.write_key):
            self.assertEqual(json.loads(client(channel, key).get())["feeds"][0]["field1"], "1")

    def test_a_missing_channel_is_an_exception(self):
        with self.assertRaises(requests.HTTPError) as refused:
            thingspeak.Channel(999999999, server_url=server().http).get()
        self.assertEqual(refused.exception.response.status_code, 404)

    def test_a_channel_is_viewed_with_its_owners_key(self):
        channel = server().channel(tags="greenhouse,north")
        seen = json.loads(client(channel, server().owner_key).view())
        self.assertEqual((seen["id"], seen["name"], seen["public_flag"]), (channel.id, "Greenhouse", False))
        self.assertEqual(sorted(tag["name"] for tag in seen["tags"]), ["greenhouse", "north"])
        self.assertEqual(
            seen["api_keys"],
            [
                {"api_key": channel.write_key, "write_flag": True},
                {"api_key": channel.read_key, "write_flag": False},
            ],
        )
        with self.assertRaises(requests.HTTPError) as refused:
            client(channel, channel.read_key).view()
        self.assertEqual(refused.exception.response.status_code, 400)
        public = server().channel(public=True)
        seen = json.loads(client(public).view())
        self.assertEqual(seen["id"], public.id)
        self.assertNotIn("api_keys", seen)

    def test_it_speaks_https_to_the_same_port(self):
        channel = server().channel()
        # The package has no switch for a self-signed certificate; the environment is requests' own way.
        certificate = server().certificate()
        asking = client(channel, channel.write_key, scheme="https")
        asking.server_url = asking.server_url.replace("127.0.0.1", "localhost")
        with unittest.mock.patch.dict("os.environ", {"REQUESTS_CA_BUNDLE": certificate}):
            self.assertEqual(json.loads(asking.update({"field1": "sealed"}))["entry_id"], 1)
            self.assertEqual(json.loads(asking.get())["feeds"][0]["field1"], "sealed")


class HomeAssistant(unittest.TestCase):
    """Its integration: one read at start-up that must succeed, then one field, over and over."""

    def test_it_reads_once_and_then_writes_for_ever(self):
        channel = server().channel("Power")
        component = client(channel, channel.write_key)
        component.get()  # with the write key, of a channel that is still empty
        for watts in ("12.5", "13.0", "unavailable"):
            component.update({"field1": watts})
        self.assertEqual([e["field1"] for e in channel.entries()], ["12.5", "13.0", "unavailable"])


if __name__ == "__main__":
    unittest.main()
