// Runs a sketch as a board would, for as long as it is let.

#include <Arduino.h>
#include SKETCH_PROTOTYPES
#include SKETCH

int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  setup();
  for (;;) loop();
}
