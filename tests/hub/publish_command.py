"""Run by the tests in a process of its own: ``publish`` or ``deploy`` with the arguments of the command line."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import time
from pathlib import Path

from zoo import deploy, paths, publish
from zoo.errors import ZooError

if os.environ.get("FULL_DISK"):  # as far as locks go

    def full(path: Path, data: str | bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    paths.write_whole = full
time.sleep = lambda seconds: None  # the client's pauses between its retries
module = {"publish": publish, "deploy": deploy}[sys.argv[1]]
parser = argparse.ArgumentParser()
module.add_arguments(parser)
try:
    module.main(parser.parse_args(sys.argv[2:]))
except ZooError as error:
    print(f"zoo: {error}", file=sys.stderr)
    sys.exit(1)
