"""The DHT22: what it measures is what the world says; unplugged it times out, as the driver does.

It counts in tenths, and the driver makes a number with a point of them whatever they are.
"""

import _board


class DHT22:
    def __init__(self, pin):
        self.pin = pin
        self.measured = None

    def measure(self):
        self.measured = _board.call("dht", self.pin.number)

    def temperature(self):
        return self.measured[0] / 10

    def humidity(self):
        return self.measured[1] / 10
