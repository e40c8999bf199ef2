#!/usr/bin/env python3
"""Runs the tests of one build and ends with the line 'N passed, M failed, K skipped'.

Unit tests and fuzz replays run through CTest; each GoogleTest case counts, each fuzz target counts as one. Then the
system tests, which start real servers, through pytest.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Counts = tuple[int, int, int]  # passed, failed, skipped


def count_googletest(report: Path) -> Counts:
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None:
            failed += 1
        elif case.get("result") == "skipped" or case.find("skipped") is not None:
            skipped += 1
        elif case.get("status") == "run":
            passed += 1
    return passed, failed, skipped


def count_junit(report: Path, leave_out: set[str]) -> Counts:
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        did_not_run = case.find("failure") is None and case.get("status") == "fail"
        if case.find("failure") is not None or case.find("error") is not None or did_not_run:
            failed += 1  # counted even where GoogleTest reported too: a crash writes no report
        elif case.find("skipped") is not None:
            skipped += 1
        elif case.get("name") not in leave_out:
            passed += 1
    return passed, failed, skipped


def run_ctest(build: Path, reports: Path, quick: bool) -> list[Counts]:
    junit = reports / "ctest.xml"
    command = ["ctest", "--test-dir", str(build), "-j", str(os.cpu_count() or 2), "--output-on-failure",
               "--no-tests=error", "--output-junit", str(junit)]
    if quick:
        command += ["-L", "unit"]
    status = subprocess.run(command, env={**os.environ, "GTEST_OUTPUT": f"xml:{reports}/unit/"}, check=False)
    if not junit.exists():
        return [(0, 1, 0)]
    unit = sorted((reports / "unit").glob("*.xml"))
    counts = [count_googletest(report) for report in unit]
    # CTest names a unit test after its part; the program that wrote the report is called <part>_test.
    counted = {report.stem.removesuffix("_test") for report in unit}
    counts.append(count_junit(junit, leave_out=counted))
    if status.returncode != 0 and not any(failed for _, failed, _ in counts):
        counts.append((0, 1, 0))
    return counts


def run_pytest(build: Path, reports: Path) -> Counts:
    report = reports / "system.xml"
    environment = {**os.environ, "HERMOD_BUILD": str(build.resolve()), "PYTHONDONTWRITEBYTECODE": "1"}
    status = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs",
                             f"--junitxml={report}", str(ROOT / "test" / "system")], env=environment, check=False)
    if not report.exists() or status.returncode not in (0, 1):
        return 0, 1, 0
    return count_junit(report, leave_out=set())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="unit tests only")
    options = parser.parse_args()
    reports = Path(tempfile.mkdtemp(prefix="hermod-tests-"))
    counts = run_ctest(options.build, reports, options.quick)
    if not options.quick:
        counts.append(run_pytest(options.build, reports))
    shutil.rmtree(reports)
    passed, failed, skipped = (sum(column) for column in zip(*counts))
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
