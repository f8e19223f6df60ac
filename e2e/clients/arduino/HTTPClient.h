// The HTTP client of the ESP32 core, as much as a sketch needs of it.

#pragma once

#include "WiFi.h"

class HTTPClient {
public:
  void setTimeout(uint16_t) {}
  void begin(const String &address) {
    size_t host = address.find("://") + 3, path = address.find('/', host);
    String place(address.substr(host, path - host));
    size_t colon = place.find(':');
    host_ = place.substr(0, colon);
    port_ = colon == std::string::npos ? 80 : (uint16_t)atoi(place.c_str() + colon + 1);
    path_ = address.substr(path);
  }
  int GET() {
    if (!client_.connect(host_.c_str(), port_)) return -1;
    client_.print("GET " + path_ + " HTTP/1.1\r\nHost: " + host_ + "\r\nUser-Agent: ESP32HTTPClient\r\n"
                  "Connection: keep-alive\r\nAccept-Encoding: identity;q=1,chunked;q=0.1,*;q=0\r\n\r\n");
    String head = until("\r\n\r\n");
    size_t at = head.find("Content-Length: ");
    if (at == std::string::npos) return -7;
    length_ = atol(head.c_str() + at + 16);
    return atoi(head.c_str() + 9);
  }
  String getString() {
    String body;
    while ((long)body.size() < length_ && client_.connected()) {
      int c = client_.read();
      if (c >= 0) body += (char)c;
    }
    return body;
  }
  void end() { client_.stop(); }

private:
  String until(const char *end) {
    String text;
    while (text.find(end) == std::string::npos && client_.connected()) {
      int c = client_.read();
      if (c >= 0) text += (char)c;
    }
    return text;
  }

  WiFiClient client_;
  String host_, path_;
  uint16_t port_ = 80;
  long length_ = 0;
};
