"""A real mail server on loopback (aiosmtpd) that keeps what it gets, and misbehaves as it is told."""
import email
import email.policy
import logging
import socket
import threading
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # what it says of clients that hang up is ours to judge
warnings.filterwarnings("ignore", module="aiosmtpd")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postbox:
    """What it answers to whom stands in `rules`: address -> list of replies to DATA, used up one by one; "cut" drops the
    connection when the mail was read, "lose" keeps the mail and drops it before the answer."""

    def __init__(self, port=None, tls=None, implicit=False, password=None):
        self.port, self.tls, self.implicit, self.password = port or free_port(), tls, implicit, password
        self.mails, self.rules, self.refused, self.controller = [], {}, {}, None
        self.seen, self.lock, self.sender_refused, self.logins = 0, threading.Lock(), None, 0
        self.start()

    def start(self):
        box = self

        class Keeper:
            async def handle_MAIL(self, server, session, envelope, address, options):
                if box.sender_refused:
                    return box.sender_refused
                envelope.mail_from = address
                envelope.mail_options.extend(options)
                return "250 OK"

            async def handle_RCPT(self, server, session, envelope, address, options):
                if address in box.refused:
                    return box.refused[address]
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                with box.lock:
                    box.seen += 1
                    rules = box.rules.get(envelope.rcpt_tos[0], box.rules.get("*", []))
                    reply = rules.pop(0) if rules else "250 2.0.0 kept"
                    if reply[0] == "2" or reply == "lose":
                        box.mails.append(Mail(envelope))
                if reply in ("cut", "lose"):
                    server.transport.close()
                return reply if reply[0].isdigit() else "250 nobody hears this"

        def authenticate(server, session, envelope, mechanism, data):
            box.logins += 1
            return AuthResult(success=data.password == box.password.encode(), handled=False)

        options = {"tls_context": self.tls, "require_starttls": True} if self.tls and not self.implicit else {}
        if self.password:
            options.update(authenticator=authenticate, auth_required=True, auth_require_tls=not self.implicit)

        class Server(Controller):
            def factory(self):
                return SMTP(self.handler, hostname="postbox.example", enable_SMTPUTF8=True, timeout=20, **options)

        self.controller = Server(Keeper(), hostname="127.0.0.1", port=self.port,
                                 ssl_context=self.tls if self.implicit else None)
        self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop()
        self.controller = None

    def to(self, address):
        with self.lock:
            return [m for m in self.mails if m.to == address]


class Mail:
    """One that was kept, read back by Python's own parser."""

    def __init__(self, envelope):
        self.bytes, self.sender, self.to = envelope.content, envelope.mail_from, envelope.rcpt_tos[0]
        self.parsed = email.message_from_bytes(self.bytes, policy=email.policy.default)
        assert not self.parsed.defects, self.parsed.defects

    def __getitem__(self, header):
        return self.parsed[header]

    def text(self, kind="plain"):
        return self.parsed.get_body((kind,)).get_content()
