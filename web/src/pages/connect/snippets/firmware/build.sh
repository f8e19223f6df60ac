# Builds the sensor node, flashes it, and shows what it says.
cd firmware
export SSID="my network" PASSWORD="my password"
export SERVER={{url}}
export READINGS_CHANNEL={{channel}}
export READINGS_WRITE_KEY={{write_key}}
# Its lamp is on while field 1 of this channel is 1.
export COMMANDS_CHANNEL={{channel}}
export COMMANDS_READ_KEY={{read_key}}
# For an ESP32 DOIT DevKit; cargo c3-sensor for a C3.
cargo doit
