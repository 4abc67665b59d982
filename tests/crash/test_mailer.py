"""Killed at every step of the mail path, the daemon that words a mail and the mailer that delivers it: no mail is lost, none is worded
twice, and a repeat has the same bytes under the same Message-ID.
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../story"))
from postbox import Postbox  # noqa: E402
from sandbox import Nobody, Sandbox, run_module, wait_for  # noqa: E402
from stage import failpoints  # noqa: E402

OURS = ("command_carried_out", "command_stored", "release_noted", "release_stored", "published_durable", "mark_stored")


class Play:
    """The first payment, with the mails about it; whoever dies is started again."""

    def __init__(self, place, nth=1):
        self.tests = tempfile.mkdtemp(prefix="mailer.", dir="/tmp")
        os.chmod(self.tests, 0o777)
        os.environ["TRANCHED_TEST_DIR"] = self.tests
        self.place, self.nth, self.post, self.deaths = place, nth, Postbox(), 0
        self.box = Sandbox(mail_port=self.post.port)

    def armed(self):
        return os.path.exists(self.tests + "/armed")

    def arm(self):
        with open(self.tests + "/armed.new", "w") as f:
            f.write("%s %d kill\n" % (self.place, self.nth))
        os.chmod(self.tests + "/armed.new", 0o666)
        os.rename(self.tests + "/armed.new", self.tests + "/armed")

    def alive(self, name):
        try:
            with open("/proc/%d/stat" % self.box.pid(name)) as f:
                return f.read().rsplit(")", 1)[1].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def revive(self):
        if not self.alive("tranched"):
            self.deaths += 1
            self.box.start_daemon()
        if not self.alive("mailer"):
            self.deaths += 1  # what it had taken would be free again after two and a half minutes
            self.box.sql("UPDATE mail SET taken_until = clock_timestamp() WHERE taken_until IS NOT NULL")
            self.box.script("mailer")
        return True

    def try_until_done(self, *words, person="claire"):
        """A command whose answer may be lost with the daemon, under one request id."""
        request = "r-%d" % abs(hash((words, person, self.place)))
        wait_for("never done: %s" % (words,), lambda: self.revive() and
                 self.box.ask("--request", request.ljust(12, "x"), *words, person=person).code == 0, 60)

    def run(self):
        self.box.call_2023()
        self.arm()
        for party in ("beneficiary", "authority"):
            self.try_until_done("convention", "sign", "LAB2-2023-01", "--party", party)
        wait_for(lambda: "not delivered: %s" % self.box.sql("SELECT address, state, tries, reply FROM mail"), lambda: self.revive() and
                 self.box.sql("SELECT count(*) FROM mail WHERE state = 'delivered' AND kind = 'file.written'") == "2", 60)
        wait_for("%s was never reached" % self.place, lambda: self.revive() and self.deaths)

    def check(self):
        assert self.deaths == 1 and not self.armed(), "%d deaths" % self.deaths
        assert self.box.sql("SELECT count(*) FROM mail WHERE kind = 'file.written'") == "2", self.box.sql("SELECT event, address FROM mail")
        assert self.box.sql("SELECT count(*) - count(DISTINCT (kind, address, scheme_code, convention_ref)) FROM mail") == "0"
        assert self.box.sql("SELECT count(*) FROM journal WHERE kind = 'file.written'") == "1"
        by_address = {}
        for m in self.post.mails:
            if m["X-Tranched-Kind"] == "file.written":
                by_address.setdefault(m.to, set()).add(m.bytes)
        assert sorted(by_address) == ["claire@cabbalr.example", "paul@cabbalr.example"], by_address
        assert all(len(copies) == 1 for copies in by_address.values()), "a repeat has other bytes"
        self.box.check_invariants()

    def close(self):
        self.post.stop()
        self.box.close()
        del os.environ["TRANCHED_TEST_DIR"]


def killed_at(place, nth=1):
    play = Play(place, nth)
    try:
        play.run()
        play.check()
    finally:
        play.close()


def make(place):
    return lambda _: killed_at(place)


PLACES = [name for name in failpoints() if name.startswith("mail_")] + list(OURS)
assert len(PLACES) >= 9
for name in PLACES:
    globals()["test_killed_at_%s" % name] = make(name)


if __name__ == "__main__":
    run_module(sys.modules[__name__], shared=Nobody)
