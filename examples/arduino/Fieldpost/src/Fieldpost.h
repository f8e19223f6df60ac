// Sends readings to a Fieldpost server and reads them back, over any network that gives a Client.
//
// One request, one connection; each call waits for its answer, ten seconds at most, and then the
// connection is closed. Nothing is kept between calls but the values gathered for the next `send`.

#pragma once

#include <Arduino.h>
#include <Client.h>

class Fieldpost {
public:
  // What `result` says where there is no HTTP status to tell.
  static const int NOT_ASKED = 0;       // nothing has been sent yet
  static const int NO_CONNECTION = -1;  // the server could not be reached
  static const int NO_ANSWER = -2;      // it was reached, and did not answer in time
  static const int NO_SENSE = -3;       // what came is no answer of such a server
  static const int NOT_STORED = -4;     // too soon after the entry before, or one of that time is there already
  static const int NOTHING_THERE = -5;  // the channel has no such value yet

  Fieldpost(Client &client, const char *host, uint16_t port = 80) : client(client), host(host), port(port) {}

  // Gathers the value of a field, 1 to 8, for the next `send`.
  Fieldpost &field(uint8_t number, const String &value) { return add(String("field") + number, value); }
  Fieldpost &field(uint8_t number, const char *value) { return field(number, String(value)); }
  Fieldpost &field(uint8_t number, int value) { return field(number, String(value)); }
  Fieldpost &field(uint8_t number, unsigned int value) { return field(number, String(value)); }
  Fieldpost &field(uint8_t number, long value) { return field(number, String(value)); }
  Fieldpost &field(uint8_t number, unsigned long value) { return field(number, String(value)); }
  Fieldpost &field(uint8_t number, float value, unsigned char digits = 2) { return field(number, String(value, digits)); }
  Fieldpost &field(uint8_t number, double value, unsigned char digits = 2) { return field(number, String(value, digits)); }

  // Gathers what else an entry may say: a few words, a place, and a time other than now.
  Fieldpost &status(const String &words) { return add("status", words); }
  Fieldpost &createdAt(const String &iso8601) { return add("created_at", iso8601); }
  Fieldpost &place(double latitude, double longitude, double elevation) {
    return add("lat", String(latitude, 6)).add("long", String(longitude, 6)).add("elevation", String(elevation, 1));
  }

  // Sends what was gathered as one entry, and forgets it. Gives the number of the entry, or 0.
  long send(const char *writeKey) {
    String form = gathered;
    gathered = "";
    if (!exchange("POST", "/update", writeKey, form)) return 0;
    long entry = answer.toInt();
    if (entry == 0) outcome = NOT_STORED;
    return entry;
  }

  // The newest value of a field: its text, empty if there is none.
  String text(unsigned long channel, uint8_t field, const char *readKey = nullptr) {
    String path = channelPath(channel) + "/fields/" + field + "/last.json";
    return entry(path, readKey) ? member(String("field") + field) : String();
  }

  // The newest value of a field as a number, NAN if there is none.
  double number(unsigned long channel, uint8_t field, const char *readKey = nullptr) {
    String value = text(channel, field, readKey);
    return value.length() ? atof(value.c_str()) : NAN;
  }

  // Reads the newest entry; its parts are then to be had from `member`.
  bool read(unsigned long channel, const char *readKey = nullptr) {
    return entry(channelPath(channel) + "/feeds/last.json?status=true&location=true", readKey);
  }

  // A part of the entry read last: "field1" … "field8", "created_at", "entry_id", "status", "latitude",
  // "longitude", "elevation". Empty if it has none.
  String member(const String &name) const {
    int at = answer.indexOf("\"" + name + "\":");
    if (at < 0) return String();
    at += name.length() + 3;
    if (answer[at] == '"') return quoted(at + 1);
    int end = at;
    while (end < (int)answer.length() && answer[end] != ',' && answer[end] != '}') end++;
    String bare = answer.substring(at, end);
    return bare == "null" ? String() : bare;
  }

  // How the last call went: an HTTP status, of which 200 is the good one, or a number from above.
  int result() const { return outcome; }

  // The same in words.
  String why() const {
    switch (outcome) {
      case NOT_ASKED: return "nothing was asked yet";
      case NO_CONNECTION: return "the server cannot be reached";
      case NO_ANSWER: return "the server does not answer";
      case NO_SENSE: return "the answer makes no sense";
      case NOT_STORED: return "not stored: too soon after the entry before?";
      case NOTHING_THERE: return "there is no value yet";
      case 200: return "all is well";
      case 400: return "refused: is the key right?";
      case 404: return "there is no such channel";
      default: return String("the server said ") + outcome;
    }
  }

private:
  static const unsigned long PATIENCE_MS = 10000;
  static const long ANSWER_MAX = 4096;

  Client &client;
  const char *host;
  uint16_t port;
  String gathered;
  String answer;
  int outcome = NOT_ASKED;

  static String channelPath(unsigned long channel) { return String("/channels/") + channel; }

  Fieldpost &add(const String &name, const String &value) {
    if (gathered.length()) gathered += '&';
    gathered += name;
    gathered += '=';
    for (unsigned int n = 0; n < value.length(); n++) {
      char c = value[n];
      if (isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_' || c == '~') {
        gathered += c;
      } else {
        const char *hex = "0123456789ABCDEF";
        gathered += '%';
        gathered += hex[(c >> 4) & 15];
        gathered += hex[c & 15];
      }
    }
    return *this;
  }

  bool entry(const String &path, const char *readKey) {
    if (!exchange("GET", path, readKey, String())) return false;
    if (answer.length() && answer[0] == '{') return true;
    outcome = NOTHING_THERE;
    answer = "";
    return false;
  }

  bool exchange(const char *method, const String &path, const char *key, const String &form) {
    answer = "";
    if (!client.connect(host, port)) return fail(NO_CONNECTION);
    String request = String(method) + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n";
    if (key) request += String("X-THINGSPEAKAPIKEY: ") + key + "\r\n";
    if (form.length()) {
      request += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
      request += form.length();
      request += "\r\n";
    }
    request += "\r\n";
    request += form;
    client.print(request);
    outcome = hear();
    client.stop();
    return outcome == 200;
  }

  // Reads an answer: its status is given, its body is kept.
  int hear() {
    unsigned long begun = millis();
    String line;
    if (!readLine(line, begun)) return NO_ANSWER;
    int status = line.startsWith("HTTP/1.") ? line.substring(9, 12).toInt() : 0;
    if (status < 100) return NO_SENSE;
    long length = -1;
    for (;;) {
      if (!readLine(line, begun)) return NO_ANSWER;
      if (line.length() == 0) break;
      line.toLowerCase();
      if (line.startsWith("content-length:")) length = line.substring(15).toInt();
    }
    if (length < 0 || length > ANSWER_MAX) return NO_SENSE;
    while ((long)answer.length() < length) {
      int c = readByte(begun);
      if (c < 0) return NO_ANSWER;
      answer += (char)c;
    }
    return status;
  }

  bool readLine(String &line, unsigned long begun) {
    line = "";
    for (;;) {
      int c = readByte(begun);
      if (c < 0) return false;
      if (c == '\n') return true;
      if (c != '\r') line += (char)c;
    }
  }

  int readByte(unsigned long begun) {
    while (millis() - begun < PATIENCE_MS) {
      if (client.available()) return client.read();
      if (!client.connected()) return -1;
      delay(1);
    }
    return -1;
  }

  bool fail(int why) {
    outcome = why;
    return false;
  }

  // The text in quotes that begins here, its escapes taken back.
  String quoted(int at) const {
    String text;
    for (; at < (int)answer.length() && answer[at] != '"'; at++) {
      char c = answer[at];
      if (c != '\\') {
        text += c;
        continue;
      }
      switch (c = answer[++at]) {
        case 'n': text += '\n'; break;
        case 't': text += '\t'; break;
        case 'r': text += '\r'; break;
        case 'b': text += '\b'; break;
        case 'f': text += '\f'; break;
        case 'u':
          addUtf8(text, strtol(answer.substring(at + 1, at + 5).c_str(), nullptr, 16));
          at += 4;
          break;
        default: text += c;
      }
    }
    return text;
  }

  static void addUtf8(String &text, long point) {
    if (point < 0x80) {
      text += (char)point;
    } else if (point < 0x800) {
      text += (char)(0xC0 | (point >> 6));
      text += (char)(0x80 | (point & 0x3F));
    } else {
      text += (char)(0xE0 | (point >> 12));
      text += (char)(0x80 | ((point >> 6) & 0x3F));
      text += (char)(0x80 | (point & 0x3F));
    }
  }
};
