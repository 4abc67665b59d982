"""A host of our own whose first process is systemd: this machine's files under an overlay, in namespaces, gone when it is closed."""
import os
import shutil
import subprocess
import tempfile
import time

CGROUPS = ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
# What the first process finds; no device, no network, nothing of /sys or /proc/sys that it could change for all.
INNER = """set -eu
mount --make-rprivate /
mkdir -p "$1/old"
cd "$1"
pivot_root . old
cd /
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
mount -t sysfs -o ro sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for d in /run /tmp /dev; do mount -t tmpfs -o mode=755 tmpfs $d; done
chmod 1777 /tmp
mkdir -p /dev/shm /dev/pts
mount -t devpts -o newinstance,mode=620,ptmxmode=666 devpts /dev/pts
ln -s pts/ptmx /dev/ptmx
for n in null zero full random urandom tty; do touch /dev/$n; mount --bind /old/dev/$n /dev/$n; done
ln -s /proc/self/fd /dev/fd
umount -l /old
mount --make-rshared /
export container=host
exec /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=false
"""


def run(*command, **more):
    p = subprocess.run(command, capture_output=True, text=True, **more)
    if p.returncode != 0:
        raise AssertionError("%s: %d %s%s" % (" ".join(command), p.returncode, p.stdout, p.stderr))
    return p.stdout


def refusal():
    """Why this machine cannot have such a host; empty: it can."""
    if os.getuid() != 0:
        return "namespaces with a systemd of their own need root"
    if not any(os.path.exists(c + "/cgroup.subtree_control") for c in CGROUPS):
        return "no cgroup2 is mounted"
    with open("/proc/filesystems") as f:
        return "" if "overlay" in f.read() else "the kernel has no overlay file system"


class Host:
    """Its files can be changed under root before boot(); commands run in it after."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="tranched-host.", dir="/tmp")
        run("mount", "-t", "tmpfs", "tmpfs", self.folder)
        self.root = self.folder + "/root"
        for d in ("upper", "work", "root"):
            os.mkdir(self.folder + "/" + d)
        run("mount", "-t", "overlay", "overlay", "-o", "lowerdir=/,upperdir=%s/upper,workdir=%s/work" % (self.folder, self.folder), self.root)
        for units in ("/etc/systemd/system", "/lib/systemd/system"):
            for wants in ("multi-user.target.wants", "timers.target.wants", "sysinit.target.wants/systemd-udev-trigger.service"):
                shutil.rmtree(self.root + units + "/" + wants, ignore_errors=True)  # of this machine, not of ours
        with open(self.root + "/etc/fstab", "w"):
            pass
        self.group = next(c for c in CGROUPS if os.path.exists(c + "/cgroup.subtree_control")) + "/" + os.path.basename(self.folder)
        self.first = self.parent = None

    def file(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
        with open(self.root + path, "w") as f:
            f.write(text)
        os.chmod(self.root + path, mode)

    def chroot(self, *command):
        """A command on its files, before anything runs."""
        return run("chroot", self.root, *command)

    def boot(self):
        os.makedirs(self.group, exist_ok=True)
        self.parent = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$1/cgroup.procs" && exec unshare --cgroup --fork --pid --kill-child --mount --uts --ipc --net sh -c "$2" - "$3"',
             "-", self.group, INNER, self.root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.time() + 60
        while time.time() < end:
            children = subprocess.run(["pgrep", "-P", str(self.parent.pid)], capture_output=True, text=True).stdout.split()
            self.first = int(children[0]) if children else None
            if self.first and self.ask("systemctl", "is-active", "multi-user.target").stdout.strip() == "active":
                return
            assert self.parent.poll() is None, "the host's first process ended"
            time.sleep(0.1)
        raise AssertionError("the host does not come up: %s" % self.ask("systemctl", "list-jobs").stdout)

    def ask(self, *command, user="root", stdin=""):
        """A command in it, with any end."""
        who = ["runuser", "-u", user, "--"] if user != "root" else []
        inside = ["nsenter", "-t", str(self.first), "-m", "-u", "-i", "-n", "-p", "-C"]
        return subprocess.run([*inside, *who, *command], capture_output=True, text=True, input=stdin, cwd="/")

    def do(self, *command, user="root"):
        p = self.ask(*command, user=user)
        assert p.returncode == 0, "%s: %d %s%s" % (" ".join(command), p.returncode, p.stdout, p.stderr)
        return p.stdout.strip()

    def file_in(self, path, text, mode="644"):
        self.do("mkdir", "-p", os.path.dirname(path))
        p = self.ask("sh", "-c", 'cat >"$1" && chmod "$2" "$1"', "-", path, mode, stdin=text)
        assert p.returncode == 0, p.stderr

    def log(self):
        return self.ask("journalctl", "--no-pager", "-n", "20").stdout

    def shown(self, unit, what):
        return self.do("systemctl", "show", "-P", what, unit)

    def journal(self, unit):
        return self.do("journalctl", "--no-pager", "-o", "cat", "-u", unit)

    def off(self):
        if self.parent:
            self.parent.kill()  # and with it, the first process and all others
            self.parent.wait()
            self.parent = self.first = None

    def close(self):
        self.off()
        for mount in (self.root, self.folder):
            subprocess.run(["umount", "-l", mount], check=True)
        os.rmdir(self.folder)
        for folder, _, _ in os.walk(self.group, topdown=False):
            for _ in range(100):
                try:
                    os.rmdir(folder)
                    break
                except OSError:
                    time.sleep(0.05)
