"""The OLED: draws with the interpreter's own framebuf and sends the picture, and the words in it, to the world."""

import _board
import binascii
import framebuf


class SSD1306_I2C(framebuf.FrameBuffer):
    def __init__(self, width, height, i2c, addr=0x3C, external_vcc=False):
        self.buffer = bytearray(width * height // 8)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)
        self.address = [addr, i2c.pins[0], i2c.pins[1]]
        self.words = []

    def fill(self, colour):
        super().fill(colour)
        self.words = []

    def text(self, words, x, y, colour=1):
        super().text(words, x, y, colour)
        self.words.append(words)

    def show(self):
        picture = binascii.b2a_base64(self.buffer).decode().strip()
        _board.call("oled", self.address, self.words, picture)
