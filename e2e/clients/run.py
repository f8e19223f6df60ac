"""Tells all stories about clients, or those whose names are given, and counts them.

Each file of stories is told by a process of its own, with a server of its own, a few at a time: many
stories do little but wait.
"""

import glob
import os
import re
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness.fieldpost import leave

here = os.path.dirname(os.path.abspath(__file__))
AT_A_TIME = 4


def main(names):
    begun = time.monotonic()
    passed, failed = tell(names) if names else tell_all()
    print(f"clients: {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


def tell_all():
    """Tells every file; what was said is printed where something went wrong or was left out."""
    python = glob.glob(os.path.join(here, "tests", "test_*.py"))
    javascript = glob.glob(os.path.join(here, "node", "*.test.mjs"))
    passed = failed = 0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for path, said, good, bad in pool.map(tell_file, sorted(python + javascript)):
            print(f"{os.path.relpath(path, here)}: {good} passed, {bad} failed")
            if bad or "left out" in said:
                print(said)
            passed, failed = passed + good, failed + bad
    return passed, failed


def tell_file(path):
    if path.endswith(".py"):
        name = "tests." + os.path.basename(path)[: -len(".py")]
        command = [sys.executable, *(f"-W{option}" for option in sys.warnoptions), __file__, name]
    else:
        command = ["node", "--test", "--test-reporter=tap", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if path.endswith(".py"):
        counts = re.search(r"^(\d+) passed, (\d+) failed$", done.stdout, re.M)
        passed, failed = (int(counts[1]), int(counts[2])) if counts else (0, 1)
    else:
        count = lambda word: sum(map(int, re.findall(rf"^# {word} (\d+)$", done.stdout, re.M)))
        passed, failed = count("pass"), count("fail") + count("cancelled")
    if done.returncode:
        failed = max(failed, 1)
    return path, done.stdout, passed, failed


def tell(names):
    """Tells stories in Python, in this process."""
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    outcome = unittest.TextTestRunner().run(suite)
    # A story that went wrong in several of its parts is one story.
    wrong = {getattr(story, "test_case", story) for story, _ in outcome.failures + outcome.errors}
    for story, why in outcome.skipped:
        print(f"left out: {story}: {why}")
    passed, failed = outcome.testsRun - len(wrong) - len(outcome.skipped), len(wrong)
    try:
        leave()
    except RuntimeError as error:
        print(error)
        failed += 1
    return passed, failed


if __name__ == "__main__":
    os.chdir(here)
    sys.exit(main(sys.argv[1:]))
