"""The disk below outbox and archive: full, read-only, without permission, removed. It heals by itself when the cause goes."""
import os
import shutil
import subprocess
import sys

from sandbox import ref, run_module, Skip, wait_for



def sign_only(box, i):
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", ref(i), "--party", party)


def trouble(box):
    return box.do("status")["status"]["trouble"]


def healed(box, *conventions):
    """All of them are paid, each in one file, and nothing is left of the trouble."""
    wait_for(lambda: "not paid: %s" % box.log()[-800:], lambda: all(box.state(i, 1) == "ordered" for i in conventions), 40)
    wait_for("trouble stays", lambda: trouble(box) == "" and box.do("status")["status"]["files_waiting"] == 0, 40)
    assert box.sql("SELECT count(*) FROM payment_order") == str(len(conventions))
    box.check_invariants()


class SmallDisk:
    """Outbox and archive on a tiny file system of their own."""

    def __init__(self, box, size="160k"):
        if os.getuid() != 0:
            raise Skip("a file system of its own needs root")
        self.box, self.state = box, box.place + "/state"
        box.kill(15)
        before = box.place + "/before"
        os.rename(self.state, before)
        os.mkdir(self.state)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s,mode=755" % size, "tmpfs", self.state], check=True)
        subprocess.run(["cp", "-a", before + "/.", self.state], check=True)
        shutil.rmtree(before)
        box.start_daemon()

    def remount(self, how):
        subprocess.run(["mount", "-o", "remount," + how, self.state], check=True)

    def close(self):
        """The sandbox goes on with an ordinary folder."""
        self.box.kill(15)
        keep = self.box.place + "/kept"
        subprocess.run(["cp", "-a", self.state, keep], check=True)
        subprocess.run(["umount", self.state], check=True)
        os.rmdir(self.state)
        os.rename(keep, self.state)
        self.box.start_daemon()


def test_a_full_disk_heals_when_there_is_room_again(box):
    box.call_2023("2024-01-15")
    disk = SmallDisk(box)
    try:
        with open(disk.state + "/ballast", "wb") as f:
            try:
                f.write(b"x" * (1 << 20))
                f.flush()
            except OSError:
                pass
        sign_only(box, 1)
        wait_for("no trouble", lambda: "No space left" in trouble(box))
        assert box.files() == [], "something half is visible"
        sign_only(box, 2)  # facts are taken meanwhile
        os.unlink(disk.state + "/ballast")
        healed(box, 1, 2)
    finally:
        disk.close()


def test_a_read_only_disk_heals_when_it_can_be_written_again(box):
    box.call_2023("2024-01-15")
    disk = SmallDisk(box)
    try:
        disk.remount("ro")
        sign_only(box, 1)
        wait_for("no trouble", lambda: "Read-only" in trouble(box))
        disk.remount("rw")
        healed(box, 1)
    finally:
        disk.close()


def test_a_lost_permission_heals_when_it_is_given_back(box):
    box.call_2023("2024-01-15")
    os.chmod(box.outbox, 0o500)
    sign_only(box, 1)
    wait_for("no trouble", lambda: "Permission denied" in trouble(box))
    os.chmod(box.outbox, 0o755)
    healed(box, 1)


def test_a_removed_outbox_is_made_anew_and_what_was_in_it_waits_for_a_person(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    shutil.rmtree(os.path.realpath(box.outbox))
    sign_only(box, 2)
    wait_for("nobody is asked", lambda: box.do("status")["status"]["files_blocked"] == 1)
    box.do("file", "reconcile", box.sql("SELECT message_id FROM order_file WHERE blocked <> ''"), "--not-taken", "--reason", "dossier effacé", person="paul")
    healed(box, 1, 2)
    assert len(box.files()) == 2


run_module(sys.modules[__name__])
