// What ESPHome makes of a condition and of an address given as lambdas, on two sensors that have measured.
// CONDITION and ADDRESS are the bodies of the two. Prints the address if the condition holds.

#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <string>

using std::isnan;

struct Sensor {
  float state;
} temperature{21.54f}, humidity{63.0f};

template <typename T> T &id(T &component) { return component; }

std::string str_sprintf(const char *form, ...) {
  char text[256];
  va_list rest;
  va_start(rest, form);
  vsnprintf(text, sizeof text, form, rest);
  va_end(rest);
  return text;
}

bool condition() {
#include CONDITION
}

std::string address() {
#include ADDRESS
}

int main() {
  if (condition()) puts(address().c_str());
}
