"""Tells all stories about clients, or those whose names are given, and counts them.

The stories in Python and those in JavaScript run side by side, each with a server of its own.
"""

import glob
import os
import re
import subprocess
import sys
import time
import unittest

from harness.fieldpost import leave

here = os.path.dirname(os.path.abspath(__file__))


def start_javascript():
    files = sorted(glob.glob(os.path.join(here, "node", "*.test.mjs")))
    return subprocess.Popen(
        ["node", "--test", "--test-reporter=tap", *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish_javascript(process):
    """Waits for the stories in JavaScript; prints them only if they went wrong."""
    said, _ = process.communicate()
    passed, failed = (sum(map(int, re.findall(rf"^# {word} (\d+)$", said, re.M))) for word in ("pass", "fail"))
    failed += sum(map(int, re.findall(r"^# cancelled (\d+)$", said, re.M)))
    if failed or process.returncode or not passed:
        print(said)
        failed = max(failed, 1)
    return passed, failed


def tell_python(names):
    suite = unittest.defaultTestLoader.loadTestsFromNames(names) if names else discover()
    outcome = unittest.TextTestRunner(verbosity=1).run(suite)
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


def discover():
    return unittest.defaultTestLoader.discover(os.path.join(here, "tests"), top_level_dir=here)


def main(names):
    begun = time.monotonic()
    javascript = None if names else start_javascript()
    passed, failed = tell_python(names)
    if javascript:
        more_passed, more_failed = finish_javascript(javascript)
        passed, failed = passed + more_passed, failed + more_failed
    print(f"clients: {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    os.chdir(here)
    sys.exit(main(sys.argv[1:]))
