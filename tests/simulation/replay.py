"""Plays one schedule again and tells what happened: `python tests/simulation/replay.py 'seed 4711'`."""

import sys

from sim_all import by_name, told
from sim_schedule import play

if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in told(play(by_name(sys.argv[1]))))
