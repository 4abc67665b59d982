"""Random stories of a year, against a real database and a daemon that dies and comes back; every law is checked after every step.

A seed is a story: it is printed, and plays again. One that fails is told again without what it can do without."""
import argparse
import concurrent.futures
import itertools
import multiprocessing
import os
import random
import signal
import sys
import time
import traceback

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), part) for part in (".", "../story", "../crash")]
import moves  # noqa: E402
from laws import Broken  # noqa: E402
from postbox import Postbox  # noqa: E402
from world import World  # noqa: E402
from stage import Stage  # noqa: E402

SHRINK_SECONDS = float(os.environ.get("STORY_SHRINK_SECONDS", "240"))
numbers = itertools.count(1)


class PostedStage(Stage):
    """With a mail server, whose mailers each story starts or does not."""

    def __init__(self):
        self.post = Postbox()
        super().__init__(mail_port=self.post.port)
        self.box.kill(signal.SIGTERM, "mailer")
        self.conf = self.conf.replace("retry_seconds = 60;", "retry_seconds = 1;").replace("tries = 16;", "tries = 100;")
        assert "retry_seconds = 1;" in self.conf and "tries = 100;" in self.conf

    def close(self):
        super().close()
        self.post.stop()


def play(stage, story):
    """None, or what broke: its law, and at which move."""
    world, at = World(stage, next(numbers), mails=any(name == "trouble_post" for name, _ in story)), 0
    try:
        for at, (name, seed) in enumerate(story):
            world.keep_notes()
            moves.MOVES[name](world, random.Random(seed))
            world.check()
        at = len(story)
        world.end()
    except Broken as e:
        return str(e), at
    except Exception:
        return traceback.format_exc() + "\n" + world.daemon.text()[-1500:], at
    finally:
        world.close()
    return None


def law(text):
    return text.split("\n")[0]


def shrink(stage, story, broke):
    """The story without what the same law breaks without."""
    end = time.time() + SHRINK_SECONDS
    story, size = story[:broke[1] + 1], max(1, len(story) // 2)
    while size and time.time() < end:
        at = 1  # there is no story without a call for projects
        while at < len(story) and time.time() < end:
            shorter = story[:at] + story[at + size:]
            again = play(stage, shorter)
            if again and law(again[0]) == law(broke[0]):
                story, broke = shorter, again
            else:
                at += size
        size //= 2
    return story, broke


def tell(stage, seed, years, told=None):
    """Plays the story of SEED, or the moves TOLD; "" or what to say of it."""
    story = told or moves.write(random.Random(seed), years)
    broke = play(stage, story)
    if not broke:
        return ""
    print("# seed %d, move %d of %d: %s" % (seed, broke[1], len(story), broke[0].replace("\n", "\n#   ")), flush=True)
    shorter, broke = shrink(stage, story, broke)
    again = "scripts/test story --moves and those" if told else "scripts/test story --seed %d --years %g --stories 1, or --moves and those" % (seed, years)
    return "%s breaks a law: %s\nits shortest story, of %d moves: %s\nagain: %s" % (
        "what was told" if told else "seed %d" % seed, broke[0], len(shorter), " ".join("%s:%d" % m for m in shorter), again)


def a_move(word):
    """A move as a failure names it."""
    name, _, seed = word.partition(":")
    if name not in moves.MOVES or not seed.isdecimal():
        raise argparse.ArgumentTypeError("%r is none; they are NAME:NUMBER, and the names %s" % (word, ", ".join(sorted(moves.MOVES))))
    return name, int(seed)


def above_zero(kind):
    def number(word):
        if not kind(word) > 0:
            raise argparse.ArgumentTypeError("%s is not above zero" % word)
        return kind(word)
    return number


def stop(*_):
    """Ended in good order: each worker stops its PostgreSQL."""
    for child in multiprocessing.active_children():
        os.kill(child.pid, signal.SIGINT)
    raise KeyboardInterrupt


def work(seeds, years, end, given=None):
    """One worker with a PostgreSQL of its own: its stories, until the time is over."""
    stage, told = PostedStage(), []
    try:
        for seed in seeds:
            if time.time() > end:
                break
            told.append((seed, tell(stage, seed, years, given)))
            if told[-1][1]:
                break
    finally:
        stage.close()
    return told


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=int(os.environ.get("STORY_FROM", random.SystemRandom().randrange(1 << 30))),
                         help="of the first story; the next ones count on")
    options.add_argument("--years", type=above_zero(float), default=1)
    options.add_argument("--stories", type=above_zero(int), help="at most so many (default 1000; 1 with --moves)")
    options.add_argument("--minutes", type=above_zero(float), default=5, help="none begins after so long")
    options.add_argument("--moves", nargs="+", type=a_move, help="these moves instead, as a failure names them")
    options.add_argument("--jobs", type=above_zero(int), default=os.cpu_count() or 1)
    o = options.parse_args()
    o.stories = o.stories or (1 if o.moves else 1000)
    signal.signal(signal.SIGTERM, stop)
    print("1..1\n# story: from seed %d" % o.seed, flush=True)
    end, jobs = time.time() + o.minutes * 60, min(o.jobs, o.stories)
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        parts = [pool.submit(work, range(o.seed + j, o.seed + o.stories, jobs), o.years, end, o.moves) for j in range(jobs)]
        told = [t for part in parts for t in part.result()]
    broken = [text for _, text in told if text]
    print("%s 1 - %d stories of %g years from seed %d" % ("not ok" if broken else "ok", len(told), o.years, o.seed))
    for line in "\n".join(broken).splitlines():
        print("# " + line, flush=True)
    return 1 if broken or not told else 0


if __name__ == "__main__":
    sys.exit(main())
