"""Translates sketches for this machine, on an Arduino made of stand-ins.

`python3 -m harness.arduino sketch.ino` does it from a command line and prints the program's path.
"""

import os
import re
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
BOARD = os.path.normpath(os.path.join(here, "..", "arduino"))
LIBRARY = os.path.normpath(os.path.join(here, "..", "..", "..", "examples", "arduino", "Fieldpost"))


def sketch(path):
    """The program of a sketch. As the Arduino program does, it says first which functions are to come."""
    with open(path, encoding="utf-8") as file:
        prototypes = re.findall(r"^(\w+ \w+\([^)]*\)) \{$", file.read(), re.M)
    with open(path + ".h", "w", encoding="utf-8") as file:
        file.writelines(f"{prototype};\n" for prototype in prototypes)
    return translate("sketch.cpp", path + ".program", f'-DSKETCH="{path}"', f'-DSKETCH_PROTOTYPES="{path}.h"')


def translate(source, program, *more):
    """Translates a file of `arduino/`, with no warning allowed; gives the program."""
    done = subprocess.run(
        ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{BOARD}", f"-I{LIBRARY}/src", *more]
        + [os.path.join(BOARD, source), "-o", program],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise AssertionError(done.stderr)
    return program


if __name__ == "__main__":
    print(sketch(os.path.abspath(sys.argv[1])))
