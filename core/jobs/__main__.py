"""What the process of a job runs: `python -m core.jobs FOLDER`."""

import sys
from pathlib import Path

from core.jobs.work import main

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
