"""torchrun, in a process that ends with the runner: `python -m hardware_backends.torch_launch ENDS ARGUMENTS`.

ENDS: the file to which is written how ranks ended that should not have, as JSON: exit statuses by rank.
"""

import json
import sys
from pathlib import Path

from hardware_backends import lifeline


def main() -> None:
    """Entry of the process."""
    lifeline.inherit()
    lifeline.end_with(sys.stdin)
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    try:
        run.main(sys.argv[2:])
    except ChildFailedError as error:
        ends = {rank: failure.exitcode for rank, failure in error.failures.items()}
        Path(sys.argv[1]).write_text(json.dumps(ends), encoding="utf-8")
        sys.exit(1)


if __name__ == "__main__":
    main()
