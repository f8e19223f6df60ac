"""The Wi-Fi station: it joins when it was told a name, if there is a network in the world."""

import _board

STA_IF = 0


class WLAN:
    IF_STA = 0

    def __init__(self, interface):
        pass

    def active(self, on=None):
        return True

    def connect(self, name, password):
        _board.call("join", name, password)

    def isconnected(self):
        return _board.call("joined")

    def ifconfig(self):
        return ("192.0.2.7", "255.255.255.0", "192.0.2.1", "192.0.2.1")
