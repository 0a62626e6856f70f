"""Runs all benchmarks that need no data of their own and prints one table each."""

from __future__ import annotations

import argparse

from benchmarks import burst, growth, latency, reader_process, startup, throughput


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pages", type=int, default=30, help="pages for throughput and latency")
    parser.add_argument("--files", type=int, default=100_000, help="known files for the start-up scan")
    parser.add_argument("--burst", type=int, default=10_000, help="files that arrive at once")
    parser.add_argument("--there", type=int, default=100_000, help="files that lie there at the first start")
    parser.add_argument("--only", choices=["throughput", "latency", "startup", "growth", "burst", "models"])
    options = parser.parse_args()
    if options.only in (None, "throughput"):
        throughput.main(options.pages)
    if options.only in (None, "latency"):
        latency.main(min(options.pages, 20))
    if options.only in (None, "startup"):
        startup.main(options.files)
    if options.only in (None, "growth"):
        growth.main()
    if options.only in (None, "burst"):
        burst.main(options.burst, options.there)
    if options.only == "models":  # needs the mlx and cuda extras
        reader_process.main()


if __name__ == "__main__":
    main()
