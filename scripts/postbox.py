"""A mail server on loopback that keeps each mail as a file: usage: postbox.py PORT DIR. Says "ready" when it listens."""
import email
import email.policy
import os
import sys
import threading

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, folder):
        self.folder, self.count = folder, 0

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        name = "%04d-%s-%s.eml" % (self.count, mail["X-Tranched-Kind"], envelope.rcpt_tos[0].split("@")[0])
        with open(os.path.join(self.folder, name), "wb") as f:
            f.write(envelope.content)
        return "250 kept as %s" % name


os.makedirs(sys.argv[2], exist_ok=True)
Controller(Keeper(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
threading.Event().wait()
