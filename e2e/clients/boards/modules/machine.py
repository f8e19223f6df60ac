"""Pins and the I2C bus, as far as the two programs know them."""

import _board


class Pin:
    IN, OUT, PULL_UP, IRQ_FALLING, IRQ_RISING = 1, 3, 2, 2, 1

    def __init__(self, number, mode=-1, pull=-1, value=None):
        self.number = number
        self.handler = None
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return _board.call("pin", self.number)
        _board.call("pin", self.number, 1 if level else 0)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=IRQ_FALLING | IRQ_RISING):
        self.handler = handler
        _board.handlers.setdefault(self.number, []).append(self)


class I2C:
    def __init__(self, id=-1, scl=None, sda=None, freq=400000):
        self.pins = scl.number, sda.number
