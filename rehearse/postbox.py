"""A mail server on loopback that keeps each mail as a file. As a program: postbox.py PORT DIR; says "ready" when it listens."""
import email
import email.policy
import os
import socket
import sys
import threading

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, folder):
        self.folder, self.count, self.trouble = folder, 0, None

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        who = "".join(c if c.isalnum() or c in "-_.+" else "_" for c in envelope.rcpt_tos[0].split("@")[0])
        name = "%05d-%s-%s.eml" % (self.count, mail["X-Tranched-Kind"], who)
        path = os.path.join(self.folder, name)
        try:
            with open(path + ".part", "wb") as f:
                f.write(envelope.content)
            os.rename(path + ".part", path)
        except OSError as why:
            self.trouble = self.trouble or why
            return "451 %s" % why.strerror
        return "250 kept as %s" % name


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def listen(port, folder):
    """Mails for PORT become files in FOLDER, until stop() of what is returned; its handler says what went wrong."""
    os.makedirs(folder, exist_ok=True)
    controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    return controller


if __name__ == "__main__":
    listen(int(sys.argv[1]), sys.argv[2])
    print("ready", flush=True)
    threading.Event().wait()
