"""Through the mail server that most authorities run: a real Postfix takes the mails, greylists, knows nobody of a name, and is away."""
import contextlib
import os
import re
import subprocess
import sys
import tempfile

from postfix import Postfix, missing
from sandbox import Nobody, Skip, ref, run_module
from test_mail import CLAIRE, PAUL, Stage, certificate, no_iban


class Away:
    """In the place of a postbox: the port on which Postfix listens, which the stage does not stop."""

    def __init__(self, port):
        self.port = port

    def stop(self):
        pass


@contextlib.contextmanager
def delivered_by(tls, boxes=(CLAIRE, PAUL)):
    """A stage whose mails go to a Postfix, by TLS on the port that speaks it."""
    if missing():
        raise Skip(missing())
    folder = tempfile.mkdtemp(prefix="tranched.", dir="/tmp")
    keys = tempfile.mkdtemp(prefix="tls.", dir="/tmp")
    os.chmod(keys, 0o755)
    certificate(keys, "localhost")
    subprocess.run(["chmod", "-R", "a+rX", keys], check=True)
    server = Postfix(folder, keys, boxes)
    conf = [('tls = "none"', 'tls = "%s"' % tls), ('ca_file = ""', 'ca_file = "%s/ca.pem"' % keys), ("retry_seconds = .*", "retry_seconds = 1;")]
    try:
        with Stage(postbox=Away(server.starttls if tls == "starttls" else server.implicit), conf=conf) as s:
            yield s, server
    finally:
        server.stop()
        subprocess.run(["rm", "-r", keys], check=True)


def test_postfix_takes_what_it_is_handed_by_either_kind_of_tls(_):
    for tls in ("starttls", "implicit"):
        with delivered_by(tls) as (s, server):
            s.box.call_2023()
            s.box.sign(1)
            s.wait("delivered", 2)
            mail = server.arrived(CLAIRE)[0]
            assert not mail.defects and ref(1) in mail.get_body(("plain",)).get_content(), mail
            assert mail["subject"].startswith("TEST [LAB-2023] ") and "€" in mail["subject"], mail["subject"]
            assert "TLSv1.3" in mail["Received"] and mail["X-Original-To"] == CLAIRE, mail["Received"]
            assert mail["message-id"] == "<%s>" % s.box.sql("SELECT message_id FROM mail WHERE address = '%s'" % CLAIRE)
            assert all(re.search("250 2.0.0 Ok: queued as ", m["reply"]) for m in s.mails()), s.mails()
            no_iban(mail.as_string())


def test_postfix_greylists_and_then_has_the_mail_once(_):
    with delivered_by("starttls") as (s, server):
        server.answer("%s 450 4.2.0 greylisted, come again\n" % PAUL)
        s.box.call_2023()
        s.box.sign(1)
        s.wait("delivered", 1)
        waits = [m for m in s.mails() if m["address"] == PAUL][0]
        assert waits["state"] == "queued" and not server.to(PAUL), waits
        server.answer("")
        s.wait("delivered", 2)
        assert len(server.arrived(PAUL)) == len(server.arrived(CLAIRE)) == 1


def test_somebody_whom_postfix_does_not_know_is_left_to_a_person(_):
    with delivered_by("starttls", boxes=(CLAIRE,)) as (s, server):
        s.box.call_2023()
        s.box.sign(1)
        s.wait("refused", 1)
        s.wait("delivered", 1)
        mail = s.mails("refused")[0]
        assert mail["address"] == PAUL and "5.1.1" in mail["reply"] and mail["tries"] == 1, mail


def test_postfix_restarts_while_a_hundred_mails_go_and_each_arrives_once(_):
    with delivered_by("starttls") as (s, server):
        s.box.call_2023()
        s.box.sql("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, "
                  "queued_on) SELECT 'e' || i, 'week', 'claire', '%s', '', '', 'n' || i, 'b', '<p>b</p>', 'm' || i || '@cabbalr.example', now(), "
                  "'2024-01-02' FROM generate_series(1, 100) i" % CLAIRE)
        s.box.sign(1)
        server.postfix("stop")
        server.postfix("start")
        s.wait("delivered", 102, 60)
        ids = [m["message-id"] for m in server.arrived(CLAIRE, 101)]
        assert len(set(ids)) == 101, "none is lost"
        assert len(ids) - len(set(ids)) <= 8, "only what was under way may come twice"


run_module(sys.modules[__name__], shared=Nobody)
