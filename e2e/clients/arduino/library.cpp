// Uses every part of the Fieldpost library and says what it got; the test beside it knows what is right.
// Words: host, port, channel, write key, read key.

#include <Fieldpost.h>
#include <WiFi.h>

static void say(const char *what, const String &got) { printf("%s: %s\n", what, got.c_str()); }
static void say(const char *what, const String &got, const Fieldpost &fieldpost) { say(what, got + "|" + fieldpost.why()); }

int main(int, char **word) {
  const unsigned long channel = (unsigned long)atol(word[3]);
  const char *writeKey = word[4], *readKey = word[5];
  WiFiClient wifi;
  Fieldpost fieldpost(wifi, word[1], (uint16_t)atoi(word[2]));

  say("before", fieldpost.why());
  say("empty", fieldpost.text(channel, 1, readKey), fieldpost);
  say("all kinds", String(fieldpost.field(1, 21.5, 1).field(2, -7).field(3, 40000u).field(4, "50 % & ☀ + \"x\"\n")
                              .field(5, 1.25f).field(6, String("s")).field(7, -5L).field(8, 6UL)
                              .status("all is well").place(47.5, 8.25, 431).send(writeKey)));
  say("then", fieldpost.why());
  say("text", fieldpost.text(channel, 4, readKey));
  say("number", String(fieldpost.number(channel, 1, readKey), 1));
  say("read", String((int)fieldpost.read(channel, readKey)));
  for (const char *name : {"entry_id", "field2", "field8", "status", "latitude", "longitude", "elevation", "field9"})
    say(name, fieldpost.member(name));
  say("with its time", String(fieldpost.createdAt("2024-05-06T07:08:09Z").field(2, 1).send(writeKey)));
  say("the same time again", String(fieldpost.createdAt("2024-05-06T07:08:09Z").field(2, 2).send(writeKey)), fieldpost);
  say("wrong key", String(fieldpost.field(1, 1).send("0000000000000000")), fieldpost);
  say("forgotten", String(fieldpost.field(2, 3).send(writeKey)));
  say("no key", fieldpost.text(channel, 1), fieldpost);
  say("no channel", fieldpost.text(999999999, 1, readKey), fieldpost);
  say("not a number", String((int)std::isnan(fieldpost.number(channel, 6, readKey))) + String((int)std::isnan(fieldpost.number(999999999, 1))));
  Fieldpost nobody(wifi, word[1], 1);
  say("nobody", String(nobody.field(1, 1).send(writeKey)), nobody);
}
