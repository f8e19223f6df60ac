"""The clock of a board. It runs faster than ours, and interrupts come while it is looked at or slept by."""

import _board
import _wire

_WRAP = 1 << 30


def ticks_ms():
    _board.interrupts()
    return _wire.ticks() % _WRAP


def ticks_diff(end, begin):
    return (end - begin + _WRAP // 2) % _WRAP - _WRAP // 2


def ticks_add(ticks, delta):
    return (ticks + delta) % _WRAP


def sleep_ms(duration):
    end = _wire.ticks() + duration
    while True:
        _board.interrupts()
        left = end - _wire.ticks()
        if left <= 0:
            return
        _wire.sleep(left)


def sleep(duration):
    sleep_ms(int(duration * 1000))


def time():
    return _wire.ticks() // 1000
