// As much of an Arduino as the example sketches know, on this machine: the words of the language, a
// String, a serial line that is standard output, pins that tell what becomes of them, and a clock that
// runs twenty times as fast as ours.

#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

const int SPEED = 20;
const int LOW = 0, HIGH = 1, OUTPUT = 3;

class String : public std::string {
public:
  String() {}
  String(const char *text) : std::string(text ? text : "") {}
  String(const std::string &text) : std::string(text) {}
  explicit String(char c) : std::string(1, c) {}
  explicit String(unsigned char value) : std::string(std::to_string(value)) {}
  explicit String(int value) : std::string(std::to_string(value)) {}
  explicit String(unsigned int value) : std::string(std::to_string(value)) {}
  explicit String(long value) : std::string(std::to_string(value)) {}
  explicit String(unsigned long value) : std::string(std::to_string(value)) {}
  explicit String(double value, unsigned int digits = 2) {
    char text[64];
    snprintf(text, sizeof text, "%.*f", (int)digits, value);
    assign(text);
  }
  explicit String(float value, unsigned int digits = 2) : String((double)value, digits) {}

  template <typename T> String &operator+=(const T &value) {
    append(String(value));
    return *this;
  }
  int indexOf(const String &wanted) const {
    size_t at = find(wanted);
    return at == npos ? -1 : (int)at;
  }
  bool startsWith(const String &begin) const { return compare(0, begin.size(), begin) == 0; }
  String substring(size_t from, size_t to = npos) const {
    return from >= size() ? String() : String(substr(from, to == npos ? npos : to - from));
  }
  void toLowerCase() {
    for (char &c : *this) c = (char)tolower(c);
  }
  long toInt() const { return atol(c_str()); }
};

template <typename T> String operator+(const String &left, const T &right) {
  String sum(left);
  sum += right;
  return sum;
}
inline String operator+(const char *left, const String &right) { return String(left) += right; }

inline unsigned long millis() {
  static const auto begun = std::chrono::steady_clock::now();
  auto since = std::chrono::steady_clock::now() - begun;
  return (unsigned long)std::chrono::duration_cast<std::chrono::milliseconds>(since).count() * SPEED;
}
inline void delay(unsigned long ms) { std::this_thread::sleep_for(std::chrono::microseconds(ms * 1000 / SPEED)); }
inline void pinMode(int, int) {}
inline void digitalWrite(int pin, int level) { printf("pin %d = %d\n", pin, level); }
inline float temperatureRead() { return 42.5f; }

struct Serial_ {
  void begin(long) {}
  template <typename T> void print(const T &value) { fputs(String(value).c_str(), stdout); }
  template <typename T> void println(const T &value) {
    print(value);
    putchar('\n');
  }
};
inline Serial_ Serial;
