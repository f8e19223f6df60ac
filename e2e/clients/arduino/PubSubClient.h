// The MQTT client that most sketches use, as much of it as a sketch that sends needs. A stand-in of our own: the names and
// what they mean are the library's, and so are the packets.

#pragma once

#include "Client.h"

class PubSubClient {
public:
  explicit PubSubClient(Client &client) : client_(client) {}

  PubSubClient &setServer(const char *host, uint16_t port) {
    host_ = host;
    port_ = port;
    return *this;
  }
  bool connect(const char *id, const char *user, const char *password) {
    if (!client_.connect(host_.c_str(), port_)) return false;
    // MQTT 3.1.1, a clean session, a name and a password, and a word at least every 15 seconds.
    send(0x10, text("MQTT") + std::string("\x04\xc2\x00\x0f", 4) + text(id) + text(user) + text(password));
    std::string answer = take(4);
    if (answer.size() == 4 && answer[0] == 0x20 && answer[3] == 0) return true;
    client_.stop();
    return false;
  }
  bool connected() { return client_.connected(); }
  bool loop() { return connected(); }
  bool publish(const char *topic, const char *payload) {
    if (!connected()) return false;
    send(0x30, text(topic) + payload);
    return true;
  }

private:
  static std::string text(const std::string &words) {
    return std::string{(char)(words.size() >> 8), (char)words.size()} + words;
  }
  void send(unsigned char kind, const std::string &body) {
    std::string packet(1, (char)kind);
    size_t size = body.size();
    do {
      packet += (char)((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
      size >>= 7;
    } while (size > 0);
    packet += body;
    client_.write((const uint8_t *)packet.data(), packet.size());
  }
  std::string take(size_t count) {
    std::string bytes;
    while (bytes.size() < count && client_.connected()) {
      int c = client_.read();
      if (c >= 0) bytes += (char)c;
    }
    return bytes;
  }

  Client &client_;
  std::string host_;
  uint16_t port_ = 1883;
};
