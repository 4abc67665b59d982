"""A machine of its own for each play: PGDATA, outbox and archive on disks whose power is cut, and a treasury elsewhere."""
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import threading

from disk import Disk
from stage import Play, http_call, kill_postgres, postmaster_of, start_killed_postgres


class Template:
    """The disks of one setting with the 2023 call on them, to be copied for each play."""

    def __init__(self, stage, kind, disks, fsync="on"):
        self.kind, self.count, self.fsync = kind, disks, fsync
        folder = "%s/template-%s-%d-%s" % (stage.place, kind, disks, fsync)
        os.mkdir(folder)
        self.disks = [Disk(kind, "%s/%d.img" % (folder, i), "%s/%d" % (folder, i)) for i in range(disks)]
        owner = os.stat(stage.place + "/pg")
        for disk in self.disks:
            disk.make((owner.st_uid, owner.st_gid))
        pg = self.disks[0].mount + "/pg"
        subprocess.run(["cp", "-a", stage.place + "/pg", pg], check=True)
        with open(pg + "/postgresql.conf", "a") as f:
            f.write("fsync = %s\nrecovery_init_sync_method = syncfs\nwal_recycle = off\nmax_wal_size = 64MB\nautovacuum = off\n" % fsync)
        state = self.disks[-1].mount + "/state"
        for part in ("", "/outbox", "/archive"):
            os.mkdir(state + part)
            os.chown(state + part, owner.st_uid, owner.st_gid)
        stage.hand_over(state)
        for disk in self.disks:
            disk.detach()


class Machine(Play):
    """A play on disks of its own, whose power can be cut."""

    boots = itertools.count(1)

    def __init__(self, stage, template, seed, sync, preload=None, skip=None):
        self.template, self.sync = template, sync
        self.power, self.off = threading.RLock(), False
        super().__init__(stage, seed, preload)
        if skip:
            self.first.preload.update(FAULTS_DIR=self.first.test_dir, FAULTS_STATE=os.path.realpath(self.dir + "/state"), FAULTS_SKIP=skip)
        self.boot()

    def make_database(self):
        os.mkdir(self.dir)
        os.chmod(self.dir, 0o777)
        open(self.dir + "/power", "w").close()
        self.disks = [d.copy("%s/%d.img" % (self.dir, i), "%s/disk%d" % (self.dir, i)) for i, d in enumerate(self.template.disks)]
        os.symlink(self.disks[-1].mount + "/state", self.dir + "/state")
        self.pg = self.disks[0].mount + "/pg"
        self.host, self.database = self.dir, "tranched"
        self.start_postgres()

    def start_postgres(self):
        start_killed_postgres(self.pg, "%s/log/%s.log" % (self.stage.place, os.path.basename(self.dir)), "-o", "-k " + self.dir)
        self.postmaster = postmaster_of(self.pg)

    def drop_database(self):
        kill_postgres(self.postmaster)
        for disk in self.disks:
            disk.remove()

    def treasury_words(self):
        return [self.dir + "/power", *(["--sync"] if self.sync else [])]

    def boot(self):
        with open(self.first.test_dir + "/boot_id", "w") as f:
            f.write("boot-%d\n" % next(self.boots))
        os.chmod(self.dir + "/state", 0o700)  # as systemd-tmpfiles does

    def revive(self):
        with self.power:  # nothing is started while the power is off
            super().revive()

    def cut_power(self):
        """Everything that is not on disk is forgotten, every process dies, and the machine starts again."""
        with self.power, open(self.dir + "/power") as off:
            fcntl.flock(off, fcntl.LOCK_EX)
            for disk in self.disks:
                disk.cut()
            self.first.end(signal.SIGKILL)
            kill_postgres(self.postmaster)
            for disk in self.disks:
                disk.detach()
            for disk in self.disks:
                disk.attach()
            self.boot()
            fcntl.flock(off, fcntl.LOCK_UN)
            self.start_postgres()

    def attend(self):
        """A person decides about each file that is held, knowing what the treasury has."""
        if not self.first.alive():
            return
        try:
            held = self.sql("SELECT message_id FROM order_file WHERE blocked <> '' AND taken_at IS NULL").split()
        except RuntimeError:
            return
        for message_id in held:
            has = os.path.exists("%s/%s.xml" % (self.taken, message_id))
            try:
                status, answer = http_call(self.first.socket, "paul", "file/reconcile",
                                           {"ref": message_id, "reason": "vu avec la trésorerie", "taken" if has else "not-taken": True},
                                           "held-%s-%d" % (message_id, self.held))
            except (OSError, ValueError):
                continue
            if status == 200:
                self.held += 1
            elif status not in (409, 503):
                raise AssertionError("%s: %r" % (message_id, answer))

    def close(self, keep=False):
        with self.power:
            super().close(keep)
        shutil.rmtree(self.dir, ignore_errors=True)
