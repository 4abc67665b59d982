"""The treasury, a process of its own: takes each visible file after a while, until FOLDER/.end is there or its play is gone.

usage: treasury.py OUTBOX TAKEN SEED [POWER [--sync]]

Without POWER it renames a file away. With it, it is another machine: it reads the file and removes it, and syncs the removal
or leaves that to the disk; while the power is off (POWER is locked), or the door of the state folder is shut, nobody answers it.
A name it took before gets a number: that is a fault.
"""
import fcntl
import os
import random
import sys
import time


def new_name(taken, name):
    while os.path.exists(taken + "/" + name):
        name += ".again"
    return taken + "/" + name


def rename_away(outbox, name, taken):
    try:
        os.rename(outbox + "/" + name, new_name(taken, name))
    except FileNotFoundError:
        pass


def read_and_remove(outbox, name, taken, sync):
    with open(outbox + "/" + name, "rb") as f:
        content = f.read()
    os.unlink(outbox + "/" + name)
    if sync:
        fd = os.open(outbox, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
    with open(new_name(taken, name), "wb") as f:
        f.write(content)


def take_due(outbox, hold, delays, rng, take):
    """Each file waits a while of its own before it is taken."""
    for name in sorted(n for n in os.listdir(outbox) if not n.startswith(".")):
        if time.time() >= hold.setdefault(name, time.time() + rng.choice(delays)):
            take(name)
            hold.pop(name)


def here(outbox, taken, rng, hold):
    take_due(outbox, hold, [0, 0, 0.002, 0.02, 0.1], rng, lambda name: rename_away(outbox, name, taken))


def elsewhere(outbox, taken, rng, hold, power, sync):
    with open(power) as f:
        fcntl.flock(f, fcntl.LOCK_SH)
        try:
            if os.stat(os.path.dirname(outbox)).st_mode & 0o001:
                take_due(outbox, hold, [0, 0, 0.01, 0.1], rng, lambda name: read_and_remove(outbox, name, taken, sync))
        except OSError:
            pass  # the disk is gone: nothing was taken


def main(outbox, taken, seed, power=None, sync=None):
    rng, hold, play = random.Random(int(seed)), {}, os.getppid()
    while not os.path.exists(taken + "/.end") and os.getppid() == play:
        if power:
            elsewhere(outbox, taken, rng, hold, power, bool(sync))
        else:
            here(outbox, taken, rng, hold)
        time.sleep(0.002)


main(*sys.argv[1:])
