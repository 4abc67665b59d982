"""File systems of our own on loop devices, and the power cut: FS_IOC_SHUTDOWN forgets what was not synced."""
import fcntl
import os
import shutil
import struct
import subprocess
import time

FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
SIZES = {"ext4": 240, "xfs": 400}  # MiB; mkfs.xfs makes none below 300


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def refusal():
    """Why this machine cannot cut the power; empty: it can."""
    if os.getuid() != 0:
        return "loop mounts need root"
    for tool in ("mkfs.ext4", "mkfs.xfs"):
        if not shutil.which(tool):
            return tool + " is not installed"
    return ""


class Disk:
    """One file system in an image, mounted at a folder of its own."""

    def __init__(self, kind, image, mount):
        self.kind, self.image, self.mount = kind, image, mount

    def make(self, owner):
        with open(self.image, "wb") as f:
            f.truncate(SIZES[self.kind] << 20)
        run("mkfs." + self.kind, "-q", *(["-F"] if self.kind == "ext4" else ["-f"]), self.image)
        self.attach()
        os.chown(self.mount, *owner)

    def copy(self, image, mount):
        run("cp", "--sparse=always", self.image, image)
        other = Disk(self.kind, image, mount)
        other.attach()
        return other

    def attach(self):
        os.makedirs(self.mount, exist_ok=True)
        run("mount", "-t", self.kind, "-o", "loop" + (",nouuid" if self.kind == "xfs" else ""), self.image, self.mount)

    def mounted(self):
        """Asked of the kernel: a disk whose power was cut cannot be looked at."""
        with open("/proc/self/mounts") as f:
            return any(line.split()[1] == self.mount for line in f)

    def detach(self):
        for _ in range(400):
            subprocess.run(["umount", self.mount], capture_output=True)
            if not self.mounted():
                return
            time.sleep(0.05)
        raise AssertionError("%s cannot be unmounted" % self.mount)

    def cut(self):
        fd = os.open(self.mount, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(fd)

    def remove(self):
        if self.mounted():
            self.detach()
        os.unlink(self.image)
