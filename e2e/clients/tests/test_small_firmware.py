"""Finished firmware that people flash and configure: what it sends, and what it looks for in the answer."""

import json
import re
import time
import unittest
from email.utils import parsedate_to_datetime

from harness.fieldpost import server
from harness.wire import connect, exchange, read_reply, read_to_end


class ESPEasyController(unittest.TestCase):
    """ESPEasy, controller C004: a form with the key in it; any status below 300 is success."""

    def send(self, form, connection):
        # The head of the ESP's HTTPClient, which asks not to be sent anything compressed.
        connection.sendall(
            b"POST /update HTTP/1.1\r\nHost: api.thingspeak.com\r\nUser-Agent: ESP Easy/20230822/Jan 01 2024\r\n"
            b"Accept-Encoding: identity;q=1,chunked;q=0.1,*;q=0\r\nConnection: keep-alive\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(form)
        )
        connection.sendall(form)
        return read_reply(connection)

    def test_values_and_texts_over_one_connection(self):
        channel = server().channel("Temperature", "Humidity", "Pressure")
        key = channel.write_key.encode()
        with connect(server()) as connection:
            reply = self.send(b"api_key=%s&field1=21.50&field2=63.0&field3=1013" % key, connection)
            self.assertTrue(100 <= reply.status < 300, reply)
            # The first version of the controller compares the first 15 characters of the line.
            self.assertEqual(reply.status_line[:15], "HTTP/1.1 200 OK")
            reply = self.send(b"api_key=%s&status=Door open" % key, connection)
            self.assertTrue(100 <= reply.status < 300, reply)
        first, second = channel.entries(status="true")
        self.assertEqual((first["field1"], first["field2"], first["field3"]), ("21.50", "63.0", "1013"))
        self.assertEqual((second["field1"], second["status"]), (None, "Door open"))

    def test_a_wrong_key_is_seen_as_failure(self):
        with connect(server()) as connection:
            reply = self.send(b"api_key=0000000000000000&field1=1", connection)
        self.assertFalse(100 <= reply.status < 300, reply)


class Espurna(unittest.TestCase):
    """ESPurna: tries again, up to three times, while the body is `0`."""

    def send(self, form):
        reply = exchange(
            server(),
            b"POST /update HTTP/1.1\r\nHost: api.thingspeak.com\r\nUser-Agent: ESPurna\r\nConnection: close\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(form),
            form,
        )
        # It gives up at once unless exactly this stands in the first packet.
        self.assertIn(b"HTTP/1.1 200 OK", reply.raw)
        return int(reply.raw.split(b"\r\n\r\n", 1)[1])

    def test_a_value_is_stored_the_first_time(self):
        channel = server().channel()
        form = b"field1=21.5&field2=1&api_key=" + channel.write_key.encode()
        self.assertEqual([self.send(form), self.send(form)], [1, 2])

    def test_it_is_asked_to_try_again_and_then_succeeds(self):
        channel = server().channel(update_interval=2)
        form = b"field1=1&api_key=" + channel.write_key.encode()
        answers = [self.send(form)]
        while len(answers) < 90 and answers.count(0) == len(answers) - 1:
            answers.append(self.send(form))
            time.sleep(0.1)
        self.assertEqual((answers[0], answers[1], answers[-1]), (1, 0, 2), "refusals used up no number")


class OpenLab(unittest.TestCase):
    """The OpenLab library: key in the body, then it reads until the server closes the connection."""

    def test_it_hears_the_end_because_it_asked_for_it(self):
        channel = server().channel()
        form = f"api_key={channel.write_key}&field1=21.5".encode()
        reply = exchange(
            server(),
            b"POST /update HTTP/1.1\nHost: api.thingspeak.com\nConnection: close\n"
            b"Content-Type: application/x-www-form-urlencoded\nContent-Length: %d\n\n" % len(form),
            form,
        )
        self.assertEqual((reply.status, reply.body), (200, b"1"))

    def test_a_client_that_forgot_to_ask_is_not_held_for_long(self):
        channel = server().channel()
        form = f"api_key={channel.write_key}&field1=21.5".encode()
        with connect(server(), timeout=25) as connection:
            connection.sendall(
                b"POST /update HTTP/1.1\r\nHost: api.thingspeak.com\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(form) + form
            )
            begun = time.monotonic()
            self.assertTrue(read_to_end(connection).endswith(b"\r\n\r\n1"))
            self.assertLess(time.monotonic() - begun, 15)


class ATCommands(unittest.TestCase):
    """Sketches that drive a Wi-Fi module by AT commands: whatever came to their author's mind."""

    def say(self, text):
        """As `AT+CIPSEND=<n>` does: n bytes, then the sketch searches the raw stream."""
        return exchange(server(), text.encode()).raw

    def test_a_request_line_without_a_version(self):
        channel = server().channel()
        for n, line_end in enumerate(("\r\n", "\n", "\r\n\r\n"), 1):
            heard = self.say(f"GET /update?api_key={channel.write_key}&field1=21.5{line_end}")
            self.assertTrue(heard.endswith(str(n).encode()), heard)
        self.assertEqual(len(channel.entries()), 3)

    def test_an_absolute_address_with_and_without_a_version(self):
        channel = server().channel()
        update = f"/update?key={channel.write_key}&field1=21.5"
        for n, line in enumerate(
            (
                f"GET http://api.thingspeak.com{update}\r\n\r\n",
                f"GET http://184.106.153.149{update} HTTP/1.0\r\n\r\n",
                f"GET https://api.thingspeak.com:443{update} HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\n\r\n",
            ),
            1,
        ):
            heard = self.say(line)
            self.assertIn(b"200 OK", heard)
            self.assertEqual(heard.split(b"\r\n\r\n")[-1], str(n).encode())

    def test_line_ends_before_and_after_the_request(self):
        channel = server().channel()
        heard = self.say(
            f"\r\nGET /update?api_key={channel.write_key}&field1=1 HTTP/1.1\r\n"
            "Host: api.thingspeak.com\r\nConnection: close\r\n\r\n\r\n\r\n"
        )
        self.assertTrue(heard.endswith(b"\r\n\r\n1"), heard)

    def test_a_request_that_comes_a_byte_at_a_time(self):
        channel = server().channel()
        form = f"api_key={channel.write_key}&field1=21.5"
        request = (
            "POST /update HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}"
        ).encode()
        reply = exchange(server(), *(request[n : n + 1] for n in range(len(request))), pause=0.0005)
        self.assertEqual((reply.status, reply.text), (200, "1"))

    def test_a_form_whose_length_counts_a_line_end_or_forgets_it(self):
        channel = server().channel()
        form = f"api_key={channel.write_key}&field1=21.5"
        for n, (length, sent) in enumerate(
            (
                (len(form), form + "\r\n"),
                (len(form) + 2, form + "\r\n"),
                (len(form) + 2, form),
                (len(form) - 1, form),
            ),
            1,
        ):
            with self.subTest(length=length - len(form), sent=len(sent) - len(form)):
                heard = self.say(
                    "POST /update HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\n"
                    f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{sent}"
                )
                self.assertTrue(heard.endswith(f"\r\n\r\n{n}".encode()), heard)
        for value in (e["field1"] for e in channel.entries()):
            self.assertRegex(value, r"^21\.5?$")

    def test_a_value_that_ends_in_spelled_out_line_ends(self):
        channel = server().channel()
        self.say(f"GET /update?api_key={channel.write_key}&field1=21.5\\n\\r HTTP/1.0\r\n\r\n")
        self.assertEqual(channel.last()["field1"], "21.5")


class BulkLogger(unittest.TestCase):
    """An ESP8266 that gathers readings and sends them together; it sets its clock by the answer."""

    def send(self, channel, body, suffix="json"):
        kind = {"json": "application/json", "csv": "application/x-www-form-urlencoded"}[suffix]
        with connect(server()) as connection:
            connection.sendall(
                f"POST /channels/{channel.id}/bulk_update.{suffix} HTTP/1.1\r\nHost: api.thingspeak.com\r\n"
                "User-Agent: mw.doc.bulk-update (ESP8266)\r\nConnection: close\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            )
            connection.sendall(body)
            # Some sketches print a line end after the closing brace.
            connection.sendall(b"\r\n")
            heard = read_to_end(connection).decode()
        self.assertRegex(heard.split("\r\n\r\n")[0], r"(?m)^Date: ")
        return heard

    def test_the_status_is_characters_nine_to_twelve(self):
        channel = server().channel()
        updates = [
            {"created_at": "2024-05-06 10:00:00 +0200", "field1": 21.4, "field2": "63", "status": "boot"},
            {"created_at": "1714982430", "field1": 21.6, "latitude": 47.5, "longitude": 8.25, "elevation": 431},
        ]
        heard = self.send(channel, json.dumps({"write_api_key": channel.write_key, "updates": updates}).encode())
        self.assertEqual(heard[9:12], "202")
        self.assertTrue(heard.endswith('\r\n\r\n{"success":true}'), heard)
        first, second = channel.entries(status="true", location="true")
        self.assertEqual(
            (first["created_at"], first["entry_id"], first["field1"], first["status"]),
            ("2024-05-06T08:00:00Z", 1, "21.4", "boot"),
        )
        self.assertEqual(
            (second["created_at"], second["latitude"], second["elevation"]), ("2024-05-06T08:00:30Z", "47.5", "431")
        )

    def test_seconds_since_the_reading_before(self):
        channel = server().channel()
        updates = [{"delta_t": delta, "field1": n} for n, delta in enumerate((0, 15, "15"))]
        body = json.dumps({"write_api_key": channel.write_key, "updates": updates}).encode()
        self.assertEqual(self.send(channel, body)[9:12], "202")
        times = [int(seconds(e["created_at"])) for e in channel.entries()]
        self.assertEqual([times[1] - times[0], times[2] - times[1]], [15, 15])

    def test_its_clock_is_set_by_the_date_line(self):
        channel = server().channel()
        heard = self.send(channel, b"{}")
        date = re.search(r"(?m)^Date: (.*?)\r$", heard)[1]
        self.assertRegex(date, r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        self.assertLess(abs(parsedate_to_datetime(date).timestamp() - time.time()), 3)

    def test_a_table_with_nothing_encoded(self):
        channel = server().channel()
        updates = "1714982400,21.4,63|1714982430,21.6,,,,,,,,47.5,8.25,431,back+online"
        body = f"write_api_key={channel.write_key}&time_format=absolute&updates={updates}".encode()
        heard = self.send(channel, body, "csv")
        self.assertEqual((heard[9:12], heard.split("\r\n\r\n")[1]), ("202", '{"success":true}'))
        self.assertEqual([e["field2"] for e in channel.entries()], ["63", None])
        self.assertEqual((channel.last()["status"], channel.last()["longitude"]), ("back online", "8.25"))

    def test_a_second_that_was_read_twice_costs_one_reading_and_not_the_rest(self):
        channel = server().channel()
        for times in ((1714982400, 1714982400, 1714982401), (1714982401, 1714982402)):
            updates = [{"created_at": time, "field1": 24.90} for time in times]
            body = json.dumps({"write_api_key": channel.write_key, "updates": updates}).encode()
            self.assertEqual(self.send(channel, body)[9:12], "202")
        entries = channel.entries()
        self.assertEqual([e["created_at"][-3:] for e in entries], ["00Z", "01Z", "02Z"])
        self.assertEqual([e["entry_id"] for e in entries], [1, 2, 3])

    def test_a_table_must_say_how_it_tells_the_time(self):
        channel = server().channel()
        for format in ("", "&time_format=sometimes"):
            body = f"write_api_key={channel.write_key}{format}&updates=1,21.4".encode()
            self.assertEqual(self.send(channel, body, "csv")[9:12], "400")
        self.assertEqual(channel.entries(), [])

    def test_it_keeps_its_readings_when_it_is_refused(self):
        channel = server().channel()
        good = {"created_at": "2024-05-06T10:00:00Z", "field1": 1}
        for status, code, body in (
            ("401", "error_auth_required", {"write_api_key": "0000000000000000", "updates": [good]}),
            ("401", "error_auth_required", {"updates": [good]}),
            ("400", "error_bad_request", {"write_api_key": channel.write_key, "updates": [good, {"field1": 2}]}),
            ("400", "error_bad_request", {"write_api_key": channel.write_key}),
        ):
            heard = self.send(channel, json.dumps(body).encode())
            self.assertEqual(heard[9:12], status)
            error = json.loads(heard.split("\r\n\r\n")[1])
            self.assertEqual((error["status"], error["error"]["error_code"]), (status, code))
        self.assertEqual(channel.entries(), [], "nothing is stored by halves")


class PicoW(unittest.TestCase):
    """Pico W firmware in C: looks for the literal `HTTP/1.1 200 OK`."""

    def test_the_reason_is_part_of_what_it_looks_for(self):
        channel = server().channel()
        for suffix in ("", ".json"):
            heard = exchange(
                server(),
                f"GET /update{suffix}?api_key={channel.write_key}&field1=21.5 HTTP/1.1\r\n"
                "Host: api.thingspeak.com\r\nConnection: close\r\n\r\n".encode(),
            ).raw
            self.assertTrue(heard.startswith(b"HTTP/1.1 200 OK\r\n"), heard)


class Stations(unittest.TestCase):
    """ESP32 stations that post a form to `update.json`, key in a header, and read the entry."""

    def test_the_entry_tells_its_number(self):
        channel = server().channel()
        form = b"field1=21.5&field2=63"
        reply = exchange(
            server(),
            f"POST /update.json HTTP/1.1\r\nHost: api.thingspeak.com\r\nTHINGSPEAKAPIKEY: {channel.write_key}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
            f"Content-Length: {len(form)}\r\n\r\n".encode(),
            form,
        )
        self.assertGreater(json.loads(reply.text)["entry_id"], 0)

    def test_the_channel_is_managed_with_forms(self):
        channel = server().channel()
        form = f"api_key={server().owner_key}&name=Boiler&field3=Flow".encode()
        for method, body in (("PUT", form), ("DELETE", f"api_key={server().owner_key}".encode())):
            reply = exchange(
                server(),
                f"{method} /channels/{channel.id}.json HTTP/1.1\r\nHost: api.thingspeak.com\r\nConnection: close\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n".encode(),
                body,
            )
            self.assertEqual((reply.status, json.loads(reply.text)["name"]), (200, "Boiler"))


class GenericSenders(unittest.TestCase):
    """Tasmota, ESPHome and Node-RED have no protocol of their own: one address, and only the status counts."""

    def test_an_address_with_everything_in_it(self):
        channel = server().channel()
        for head in (
            "GET /update?api_key={key}&field1=21.5 HTTP/1.1\r\nHost: x\r\nUser-Agent: Tasmota/13.0\r\nConnection: close\r\n\r\n",
            "POST /update?api_key={key}&field1=21.5 HTTP/1.1\r\nHost: x\r\nUser-Agent: ESPHome/2024.5 (https://esphome.io)\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n",
            "POST /update?api_key={key}&field1=21.5 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n",
        ):
            self.assertEqual(exchange(server(), head.format(key=channel.write_key).encode()).status, 200)
        self.assertEqual([e["field1"] for e in channel.entries()], ["21.5"] * 3)


def seconds(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


if __name__ == "__main__":
    unittest.main()
