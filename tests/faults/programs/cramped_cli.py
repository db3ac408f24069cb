"""The command line in a process that may write no file of more than so many bytes.

    python cramped_cli.py BYTES [the command line's arguments]

The kernel refuses what goes beyond (EFBIG), as a full disk does (ENOSPC).
"""

import resource
import sys

from orquestrador.interface.cli import main

if __name__ == "__main__":
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    sys.exit(main(sys.argv[2:]))
