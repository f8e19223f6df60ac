// A Wi-Fi that is always there, and its sockets, which are those of this machine.

#pragma once

#include "Client.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

const int WL_CONNECTED = 3;

class WiFiClient : public Client {
public:
  ~WiFiClient() override { stop(); }

  int connect(const char *host, uint16_t port) override {
    stop();
    addrinfo wanted{}, *found = nullptr;
    wanted.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, std::to_string(port).c_str(), &wanted, &found) != 0) return 0;
    socket_ = ::socket(found->ai_family, found->ai_socktype, 0);
    bool done = ::connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!done) stop();
    return done;
  }
  size_t write(const uint8_t *bytes, size_t count) override {
    ssize_t sent = ::send(socket_, bytes, count, MSG_NOSIGNAL);
    return sent < 0 ? 0 : (size_t)sent;
  }
  int available() override {
    char c;
    return socket_ >= 0 && ::recv(socket_, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
  }
  int read() override {
    unsigned char c;
    return ::recv(socket_, &c, 1, MSG_DONTWAIT) == 1 ? c : -1;
  }
  void stop() override {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  uint8_t connected() override {
    if (socket_ < 0) return 0;
    char c;
    ssize_t got = ::recv(socket_, &c, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 1 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
  }

private:
  int socket_ = -1;
};

struct WiFi_ {
  void begin(const char *, const char *) {}
  int status() { return WL_CONNECTED; }
  int RSSI() { return -61; }
};
inline WiFi_ WiFi;
