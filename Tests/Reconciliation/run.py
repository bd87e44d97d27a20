# SPDX-License-Identifier: Apache-2.0
"""All tests of Examples/reconciliation. Run it by the tests' own Python: "$(Scripts/test-python)" Tests/Reconciliation/run.py"""
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True

if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{word}*" for word in sys.argv[1:]] or None
    outcome = unittest.TextTestRunner(verbosity=2, durations=5) if sys.version_info >= (3, 12) else unittest.TextTestRunner(
        verbosity=2)
    outcome = outcome.run(loader.discover(str(HERE), "*_test.py"))
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(0 if outcome.wasSuccessful() and outcome.testsRun else 1)
