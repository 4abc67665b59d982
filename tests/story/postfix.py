"""A Postfix of our own on loopback, in folders of its own: TLS on one port by STARTTLS, on another from the first byte, a mailbox
for each known address, and an access map that greylists."""
import email
import email.policy
import glob
import os
import pwd
import subprocess

from postbox import free_port
from sandbox import wait_for

SUDO = [] if os.geteuid() == 0 else ["sudo", "-n"]
MAIN = """compatibility_level = 3.6
queue_directory = %(dir)s/queue
data_directory = %(dir)s/data
maillog_file = %(dir)s/log
maillog_file_prefixes = %(dir)s
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_mailbox_domains = %(domains)s
virtual_mailbox_maps = texthash:%(dir)s/boxes
virtual_mailbox_base = %(dir)s/mail
virtual_minimum_uid = 1
virtual_uid_maps = static:%(uid)d
virtual_gid_maps = static:%(gid)d
smtpd_recipient_restrictions = check_recipient_access texthash:%(dir)s/access, reject_unauth_destination
smtpd_tls_security_level = encrypt
smtpd_tls_received_header = yes
smtpd_tls_cert_file = %(tls)s/ca.pem
smtpd_tls_key_file = %(tls)s/key.pem
smtpd_client_connection_rate_limit = 0
message_size_limit = 10000000
"""
# name, type, private, unprivileged, chroot, wake-up, processes, command
MASTER = """%(starttls)d inet n - n - - smtpd
%(implicit)d inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def missing():
    """Why no Postfix can be run here; None: one can."""
    if not os.path.exists("/usr/sbin/postfix"):
        return "postfix is not installed: another mail server is"
    if subprocess.run(SUDO + ["true"], capture_output=True).returncode:
        return "postfix begins as root"
    return None


class Postfix:
    def __init__(self, folder, tls, boxes):
        self.dir, self.starttls, self.implicit = folder, free_port(), free_port()
        postfix = pwd.getpwnam("postfix")
        words = {"dir": folder, "tls": tls, "domains": ", ".join(sorted({b.split("@")[1] for b in boxes})), "uid": postfix.pw_uid,
                 "gid": postfix.pw_gid, "starttls": self.starttls, "implicit": self.implicit}
        os.chmod(folder, 0o755)
        for name in ("queue", "data", "mail"):
            os.mkdir(os.path.join(folder, name))
        self.write("main.cf", MAIN % words)
        self.write("master.cf", MASTER % words)
        self.write("boxes", "".join("%s %s/\n" % (b, b) for b in boxes))
        self.write("access", "")
        self.write("log", "")  # postsuper, which is not root, writes there too when it finds something odd
        subprocess.run(SUDO + ["chown", "postfix:", folder + "/data", folder + "/mail", folder + "/log"], check=True)
        subprocess.run(SUDO + ["chown", "root:", folder, folder + "/queue", folder + "/main.cf", folder + "/master.cf"], check=True)
        self.postfix("start")
        wait_for(lambda: "postfix does not start: " + self.log(), lambda: "daemon started" in self.log())

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def postfix(self, verb):
        p = subprocess.run(SUDO + ["postfix", "-c", self.dir, verb], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True)
        assert p.returncode == 0, p.stderr

    def log(self):
        p = subprocess.run(SUDO + ["cat", self.dir + "/log"], capture_output=True, text=True)
        return p.stdout

    def answer(self, access):
        """What recipients are answered from now on: a line for each, as access(5) has it."""
        self.write("access", access)
        self.postfix("reload")

    def to(self, address):
        """The mails in that mailbox, read by Python's parser."""
        pattern = "%s/mail/%s/new/*" % (self.dir, address)
        paths = glob.glob(pattern) if not SUDO else subprocess.run(
            SUDO + ["sh", "-c", "ls -d " + pattern], capture_output=True, text=True).stdout.split()
        mails = []
        for path in sorted(paths):
            data = subprocess.run(SUDO + ["cat", path], capture_output=True, check=True).stdout
            mails.append(email.message_from_bytes(data, policy=email.policy.default))
        return mails

    def arrived(self, address, count=1):
        """The mails of that mailbox, once Postfix has handed COUNT of them on from its queue."""
        wait_for(lambda: "%s has %d mails: %s" % (address, len(self.to(address)), self.log()[-1500:]), lambda: len(self.to(address)) >= count)
        return self.to(address)

    def stop(self):
        self.postfix("stop")
        subprocess.run(SUDO + ["rm", "-r", self.dir], check=True)
