"""The way from a program to the hardware: one question, one answer, while the program waits."""

import _wire
import json


def call(what, *words):
    """Asks the world; what it cannot do is the OSError a board would raise."""
    answer = json.loads(_wire.call(json.dumps([what] + list(words))))
    if "errno" in answer:
        raise OSError(answer["errno"], answer["why"])
    return answer["value"]


def interrupts():
    """Runs the handlers of the pins that changed since it was last called."""
    while True:
        number = _wire.interrupt()
        if number < 0:
            return
        for pin in handlers.get(number, ()):
            pin.handler(pin)


handlers = {}
