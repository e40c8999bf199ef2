#!/usr/bin/env python3
"""Power cuts and kills under load, at length. Ends with exit 1 if anything acknowledged was lost or doubled in a Maildir."""
import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("HERMOD_BUILD", str(ROOT / "build" / "release"))
sys.path.insert(0, str(ROOT / "test" / "system"))
sys.dont_write_bytecode = True

import crash  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=20, help="power cuts (needs root and loop devices)")
    parser.add_argument("--kills", type=int, default=200, help="kills of the whole server or of one process")
    parser.add_argument("--seconds", type=float, default=1.0, help="load before each, on average")
    options = parser.parse_args()
    verdicts = []
    if options.cuts and not crash.can_cut_power():
        print("power cuts need root and loop devices: left out")
    elif options.cuts:
        verdicts.append((f"{options.cuts} power cuts", crash.power_cuts(options.cuts, options.seconds, print)))
    if options.kills:
        verdicts.append((f"{options.kills} kills", crash.kills(options.kills, options.seconds, print)))
    for name, verdict in verdicts:
        print(f"{name}: {verdict}")
    return 1 if any(v.lost or v.local_twice for _, v in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
