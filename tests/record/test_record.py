"""The track record: every bug in this folder is put back by its patch, and what found it must find it again.

A patch begins with two lines: what the bug did, and which test of which suite fails on it. RECORD_ONLY=05 takes those that begin so."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
C_SUITES = ("unit", "format", "spool", "store")


def run(*words, where, **env):
    return subprocess.run(words, cwd=where, capture_output=True, text=True, errors="replace", env=dict(os.environ, **env))


def outcome(before, test, p):
    found = re.search(r"^(not )?ok \d+ - %s%s" % (before, re.escape(test)), p.stdout, re.M)
    return found and not found.group(1), p.stdout + p.stderr


class Tree:
    """A copy of the checkout with a build of its own."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="record", dir=os.environ.get("STORY_DIR"))
        self.root, self.build = self.dir + "/tree", self.dir + "/build"
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns("build*", ".git", "__pycache__"))
        p = run("meson", "setup", self.build, self.root, where=self.dir)
        assert p.returncode == 0, p.stdout
        self.compile()

    def compile(self):
        p = run("ninja", "-C", self.build, where=self.dir)
        assert p.returncode == 0, p.stdout[-3000:]

    def patch(self, path, *words):
        """Whether it fits, and what was said."""
        p = run("patch", "-p1", "-s", "--no-backup-if-mismatch", *words, "-i", path, where=self.root)
        return p.returncode == 0, p.stdout

    def passes(self, suite, test):
        """Whether TEST passes in SUITE, and what it said."""
        kind, _, program = suite.partition(" ")
        if kind in C_SUITES:
            name = program.strip("()")
            p = run("%s/tests/%s/%s" % (self.build, kind, name), where=self.root, TEST_QUICK="1")
            return outcome(r".*:", test + ":", p)
        folder = kind if os.path.exists("%s/tests/%s/test_%s.py" % (self.root, kind, kind)) else "story"
        p = run(sys.executable, "tests/%s/test_%s.py" % (folder, kind), where=self.root, BUILD=self.build, TEST_ONLY=test)
        return outcome("", test + "\n", p)

    def finds(self, path, suite, test):
        """Whether TEST passes as the tree is and fails with the bug of PATH in it, and what was said."""
        sound, said = self.passes(suite, test)
        if not sound:
            return False, said
        fits, said = self.patch(path, "--dry-run")
        if not fits:
            return False, said
        self.patch(path)
        self.compile()
        passes, said = self.passes(suite, test)
        self.patch(path, "-R")
        self.compile()
        return passes is False, said

    def close(self):
        shutil.rmtree(self.dir)


def read(path):
    with open(path) as f:
        bug, found = f.readline(), f.readline()
    suite, _, test = found.removeprefix("Found by: ").strip().partition(": ")
    return bug.removeprefix("Bug: ").strip(), suite, test.split(";")[0].strip()


def main():
    patches = sorted(glob.glob(os.path.join(HERE, os.environ.get("RECORD_ONLY", "") + "*.patch")))
    print("1..%d" % len(patches), flush=True)
    tree, failed = Tree(), 0
    try:
        for number, path in enumerate(patches, 1):
            bug, suite, test = read(path)
            found, said = tree.finds(path, suite, test)
            failed += not found
            print("%s %d - %s: found by %s: %s" % ("ok" if found else "not ok", number, os.path.basename(path)[:-6], suite, test), flush=True)
            if not found:
                print("\n".join("# " + line for line in [bug] + said.splitlines()[-20:]), flush=True)
    finally:
        tree.close()
    return 1 if failed or not patches else 0


if __name__ == "__main__":
    sys.exit(main())
