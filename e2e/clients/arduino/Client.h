// What every network of an Arduino gives.

#pragma once

#include "Arduino.h"

class Client {
public:
  virtual ~Client() {}
  virtual int connect(const char *host, uint16_t port) = 0;
  virtual size_t write(const uint8_t *bytes, size_t count) = 0;
  virtual int available() = 0;
  virtual int read() = 0;
  virtual void stop() = 0;
  virtual uint8_t connected() = 0;
  size_t print(const String &text) { return write((const uint8_t *)text.data(), text.size()); }
};
