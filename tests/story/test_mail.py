"""Who hears what, once, and from whom: the outbox in the database, the texts, the rights, and real mail servers on loopback that
defer, refuse, hang, drop and lie. What users of like systems missed is named where it is tested (shared/users-ask.md, section 1).
"""
import contextlib
import difflib
import email
import email.policy
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from bank import Bank, read_orders
from postbox import Postbox, free_port
from sandbox import BUILD, PG, SCHEMES, USER, Nobody, Sandbox, ref, run_module, wait_for

CLAIRE, PAUL, ADMIN = "claire@cabbalr.example", "paul@cabbalr.example", "admin@cabbalr.example"


class Stage:
    """A sandbox with a postbox that its mailer delivers to. QUIET: nobody is told of the import, or reminded of papers."""

    def __init__(self, mailer=True, conf=(), language="fr", postbox=None, quiet=True, **options):
        self.post = postbox or Postbox(**options)
        self.box = Sandbox(mail_port=self.post.port, language=language)
        self.box.kill(signal.SIGTERM, "mailer")
        if quiet:
            self.edit(r'(name = "paul".*)mail = ', r'\1off = [ "convention.imported" ]; mail = ')
            with open(self.box.scheme) as f:
                text = f.read().replace("  duration =", "  reminders = [ 366 ];\n  duration =")
            self.box.scheme = os.path.join(self.box.dir, "quiet.conf")
            with open(self.box.scheme, "w") as f:
                f.write(text)
        for old, new in conf:
            self.edit(old, new)
        self.reload()
        if mailer:
            self.box.script("mailer")

    def edit(self, old, new):
        with open(self.box.conf) as f:
            text = f.read()
        assert re.search(old, text, re.M), old
        with open(self.box.conf, "w") as f:
            f.write(re.sub(old, new, text, flags=re.M))

    def reload(self):
        since = len(self.box.log())
        os.kill(self.box.pid(), signal.SIGHUP)
        self.box.wait_log("configuration reloaded|running one stays|running configuration stays", since)
        return self.box.log()[since:]

    def wait(self, state, count, seconds=30):
        wait_for(lambda: "not %d %s: %s" % (count, state, self.box.sql("SELECT address, kind, state, tries, reply FROM mail")),
                 lambda: int(self.box.sql("SELECT count(*) FROM mail WHERE state = '%s'" % state)) == count, seconds)

    def mails(self, state="all"):
        return self.box.do("mail", "list", "--state", state)["mails"]

    def payment(self, i):
        """The first payment to the I-th laureate, in its own order file."""
        for name in self.box.files():
            with open(os.path.join(self.box.outbox, name), "rb") as f:
                _, payments = read_orders(f.read())
            for p in payments:
                if ref(i) in p.text:
                    return p
        raise AssertionError("no order for %s" % ref(i))

    def answer(self, data):
        path = os.path.join(self.box.dir, "answer.xml")
        with open(path, "wb") as f:
            f.write(data)
        return self.box.do("answer", "import", path)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.post.stop()
        if not failure[0]:
            self.box.check_invariants()
        self.box.close()


def no_iban(text):
    assert not re.search(r"FR\d{2}[ \d]{20,}|FR\d{25}", text), text


def test_an_order_file_is_told_with_its_payments_its_digest_and_never_a_whole_account(_):
    with Stage() as s:
        s.box.call_2023()
        s.box.sign(1)
        s.wait("delivered", 2)
        mail = s.post.to(CLAIRE)[0]
        text, html = mail.text(), mail.text("html")
        file = s.box.do("file", "list")["files"][0]
        for word in (file["message_id"], file["sha256"], ref(1), "Mov'ntec", "FR76 •••• •••• 0152", "6\u202f000,00"):
            assert word in text, (word, text)
        for word in (file["message_id"], ref(1), "FR76 •••• •••• 0152", "<table"):
            assert word in html, (word, html)
        no_iban(text + html)
        assert mail["subject"].startswith("TEST [LAB-2023] ") and "€" in mail["subject"], mail["subject"]
        assert (mail["X-Tranched-Kind"], mail["X-Tranched-Scheme"]) == ("file.written", "LAB-2023")
        assert mail["Auto-Submitted"] == "auto-generated" and "tranched@cabbalr.example" in mail["from"]
        assert {m["address"] for m in s.mails()} == {CLAIRE, PAUL}, "who sets the clock does not pay"


def test_row_30_one_mail_for_an_event_whatever_hats_somebody_wears(_):
    with Stage(mailer=False, conf=[('mail = "paul@', 'mail = "claire@'), ('mail = "admin@', 'mail = "claire@')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        assert [m["address"] for m in s.mails()] == [CLAIRE], s.mails()
        s.box.settle()
        s.box.settle()
        assert len(s.mails()) == 1


def test_row_30_many_rows_of_one_kind_are_one_mail_with_a_list(_):
    with Stage(mailer=False) as s:
        s.box.call_2023(executory=False)
        for i in range(1, 6):
            s.box.sign(i)
        s.box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
        s.box.settle()
        s.answer(Bank().report(s.payment(1).message, group="RJCT", reason="FF01"))
        told = [m for m in s.mails() if m["kind"] == "order.rejected"]
        assert sorted(m["address"] for m in told) == [CLAIRE, PAUL], told
        text = s.box.do("mail", "show", told[0]["mail"])["text"]
        assert all(ref(i) in text for i in range(1, 6)) and "30\u202f000,00" in told[0]["subject"], text


def test_scheme_role_and_what_is_off_decide_who_hears(_):
    with Stage(mailer=False, conf=[(r'(name = "paul".*)mail = ', r'\1schemes = [ "OTHER" ]; mail = '),
                                   (r'(name = "claire".*)mail = ', r'\1off = [ "file.written" ]; mail = ')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        assert s.mails() == [], s.mails()
        s.answer(Bank().report(s.payment(1).message, group="RJCT", reason="AC04"))
        assert [(m["kind"], m["address"]) for m in s.mails()] == [("order.rejected", CLAIRE)], s.mails()


def test_money_alerts_cannot_be_turned_off_and_addresses_are_looked_at(_):
    with Stage(mailer=False) as s:
        good = open(s.box.conf).read()
        for old, new, says in [
                ('mail = "claire@cabbalr.example"', 'mail = "x@y"; off = [ "order.returned" ]', "can neither be turned off nor wait"),
                ('mail = "claire@cabbalr.example"', 'mail = "x@y"; daily = [ "digest" ]', "nor wait"),
                ('mail = "claire@cabbalr.example"', 'mail = "x@y"; off = [ "order.lost" ]', 'no kind of mail "order.lost"'),
                ('mail = "claire@cabbalr.example"', 'mail = "x@y>"', "is no mail address"),
                ('mail = "claire@cabbalr.example"', 'mail = "x"', "is no mail address"),
                ('from = ".*"', 'from = "é@cabbalr.example\\\\nBcc: x@y"', "mail.from"),
                ('host = "127.0.0.1"', 'host = "mail.example"', "only for a server on this machine"),
                ('user = "";', 'user = "x";', "who logs in needs mail.tls"), ('tls = "none"', 'tls = "NONE"', "mail.tls"),
                ('host = "127.0.0.1"', 'host = "127.0.0.1.evil.example"', "only for a server on this machine"),
                ('host = "127.0.0.1"', 'host = "a b"', "mail.host"), ('host = "127.0.0.1"', 'host = "mail.example:587"', "without its port"),
                ('host = "127.0.0.1"', 'host = "[::1]"', "without its port")]:
            s.edit("^(  |.*)" + old, r"\g<1>" + new)
            p = subprocess.run([BUILD + "/daemon/tranched", "--config", s.box.conf, "--check-config"], capture_output=True, text=True)
            assert p.returncode == 78 and says in p.stderr, (new, p.returncode, p.stderr)
            with open(s.box.conf, "w") as f:
                f.write(good)


def test_texts_are_refused_with_file_and_line_and_the_running_ones_stay(_):
    with Stage(mailer=False, language="en") as s:
        path = s.box.place + "/mail/en/file.written.txt"
        good = open(path).read()

        def with_text(text, says):
            with open(path, "w") as f:
                f.write(text)
            said = s.reload()
            assert says in said and "running one stays" in said, said
            assert subprocess.run([BUILD + "/daemon/tranched", "--config", s.box.conf, "--check-config"], capture_output=True).returncode == 78

        line = good.split("\n").index("{list}") + 1
        with_text(good.replace("{list}", "{lists}"), "file.written.txt:%d: no such placeholder: {lists}" % line)
        with_text(good.replace("{list}", "{list"), "file.written.txt:%d: no such placeholder" % line)
        with_text(good.replace("{list}", "x {list}"), "file.written.txt:%d: {list} stands alone" % line)
        with_text(good.replace("{list}", ""), "file.written.txt: {list} is missing")
        with_text(good.replace("[{place}]", "{until}"), "file.written.txt:1: the subject names {place}")
        with_text(good.replace("Subject: ", "Sujet: "), "file.written.txt:1: the first line")
        with_text(good.replace("\n\n", "\nx\n", 1), "file.written.txt:2: the second line is empty")
        with_text("Subject: x\r\n" + good, "file.written.txt:1: it has a control character")
        os.rename(path, path + ".old")
        assert "there is no such kind of mail" in s.reload()
        os.remove(path + ".old")
        assert "file.written.txt: the text of this kind of mail is missing" in s.reload()
        os.mkdir(s.box.place + "/mail/en/LAB-2023")
        with open(s.box.place + "/mail/en/LAB-2023/file.written.txt", "w") as f:
            f.write(good.replace("Hello", "Chère équipe du Lab,"))
        with open(path, "w") as f:
            f.write(good)
        assert "configuration reloaded" in s.reload()
        s.box.call_2023()
        s.box.sign(1)
        assert "Chère équipe du Lab" in s.box.do("mail", "show", s.mails()[0]["mail"])["text"]


def test_row_33_the_beneficiary_hears_of_the_booking_and_not_of_the_order(_):
    with Stage() as s:
        s.box.call_2023()
        s.box.sign(2)
        s.wait("delivered", 2)
        assert s.box.sql("SELECT count(*) FROM mail WHERE person = ''") == "0"
        p = s.payment(2)
        s.answer(Bank().statement([Bank().debit(p, "2024-01-02", ref="R1")]))
        s.wait("delivered", 3)
        mail = s.post.to("contact2@laureat.example")[0]
        assert mail["X-Tranched-Kind"] == "beneficiary.paid" and p.id in mail.text() and ref(2) in mail.text(), mail.text()
        no_iban(mail.text())


def test_a_change_of_account_is_told_to_staff_and_to_the_old_contact(_):
    with Stage() as s:
        s.box.call_2023()
        s.box.do("account", "propose", ref(3), "--iban", "FR7630006000011234567890189", "--holder", "Autre", "--reason", "RIB reçu")
        s.wait("delivered", 3)
        assert {m.to for m in s.post.mails} == {CLAIRE, PAUL, "contact3@laureat.example"}
        for m in s.post.mails:
            no_iban(m.text())
        assert "téléphone" in s.post.to("contact3@laureat.example")[0].text()


def test_whole_accounts_in_reasons_of_people_and_banks_are_hidden(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        p = s.payment(1)
        s.box.do("account", "propose", ref(3), "--iban", "FR7630006000011234567890189", "--holder", "FR7630006000011234567890189",
                 "--reason", "ancien FR76 3000 6000 0112 3456 7890 189")
        s.answer(Bank().report(p.message, group="PART", transactions=[(p, "RJCT", "AC04", "compte FR76 3000 6000 0112 3456 7890 189")]))
        for column in ("subject", "body", "html"):
            no_iban(s.box.sql("SELECT string_agg(%s, ' ') FROM mail" % column))
        assert "FR76 •••• •••• 0189" in s.box.sql("SELECT body FROM mail WHERE kind = 'order.rejected'")


def test_an_import_is_told_to_who_verifies_its_accounts(_):
    with Stage(quiet=False, mailer=False) as s:
        s.box.call_2023(verify=False)
        assert [(m["kind"], m["address"]) for m in s.mails()] == [("convention.imported", PAUL)], s.mails()
        text = s.box.do("mail", "show", s.mails()[0]["mail"])["text"]
        assert all(ref(i) in text for i in range(1, 6)) and "account verify CONVENTION" in text, text


def test_a_shared_mailbox_keeps_its_mail_while_one_of_its_people_hears_it(_):
    with Stage(mailer=False, conf=[('mail = "paul@', 'mail = "claire@')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.edit(r'(name = "claire".*)mail = ', r'\1schemes = [ "OTHER" ]; mail = ')
        s.reload()
        s.box.settle()
        assert [m["state"] for m in s.mails() if m["kind"] == "file.written"] == ["queued"], s.mails()


def test_one_alert_a_day_about_who_acts_as_another(_):
    post = Postbox()
    live = Sandbox("live", mail_port=post.port)
    try:
        for _ in range(5):
            assert live.ask("status", person="paul").code == 1 and live.ask("status", person="admin").code == 1
        assert live.sql("SELECT count(*) FROM mail WHERE kind = 'access.denied'") == "1"
        assert live.sql("SELECT count(*) FROM journal WHERE kind = 'access.denied'") == "10"
    finally:
        live.close()
        post.stop()


def test_row_34_who_loses_a_right_while_a_mail_waits_gets_none(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        assert len(s.mails("queued")) == 2
        s.edit(r'(name = "paul".*)mail = "paul@', r'\1schemes = [ "OTHER" ]; mail = "paul@')
        s.reload()
        s.wait("cancelled", 1)
        s.box.script("mailer")
        s.wait("delivered", 1)
        assert s.post.to(PAUL) == [] and len(s.post.to(CLAIRE)) == 1
        assert s.box.sql("SELECT count(*) FROM journal WHERE kind = 'mail.cancelled'") == "1"


def test_what_waits_for_an_address_that_is_corrected_goes_to_the_new_one(_):
    with Stage(mailer=False, conf=[(r'(name = "claire".*)mail = ', r'\1daily = [ "file.written" ]; mail = ')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.edit('"paul@', '"p.martin@')
        s.edit('"claire@', '"c.durand@')
        s.reload()
        s.wait("cancelled", 2)
        waits = s.box.sql("SELECT state, person, address, gather_on IS NULL FROM mail WHERE state <> 'cancelled' ORDER BY 1")
        assert waits == "gathered|claire|c.durand@cabbalr.example|f\nqueued|paul|p.martin@cabbalr.example|t", waits
        assert s.box.sql("SELECT count(DISTINCT event), count(DISTINCT message_id) FROM mail") == "1|4"
        assert "2" in s.box.sql("SELECT what FROM journal WHERE kind = 'mail.readdressed'")
        s.reload()
        assert len(s.mails()) == 4, "a second look finds nothing to move"
        s.box.script("mailer")
        s.wait("delivered", 1)
        assert [m.to for m in s.post.mails] == ["p.martin@cabbalr.example"]


def test_a_mail_refused_for_a_wrong_address_is_retried_at_the_corrected_one(_):
    with Stage() as s:
        s.post.refused[PAUL] = "550 5.1.1 no such user"
        s.box.call_2023()
        s.box.sign(1)
        s.wait("refused", 1)
        s.edit('"paul@', '"p.martin@')
        s.reload()
        mail = s.mails("refused")[0]["mail"]
        s.box.do("mail", "retry", mail, "--reason", "adresse corrigée", person="admin")
        s.wait("delivered", 2)
        assert {m.to for m in s.post.mails} == {CLAIRE, "p.martin@cabbalr.example"}


def test_a_journal_that_was_changed_is_found_by_the_leader_itself_and_told_once_a_day(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        wait_for(lambda: "rows are not sealed", lambda: s.box.do("status")["status"]["unsealed"] == 0)
        kept = s.box.sql("SELECT id, why FROM journal ORDER BY id LIMIT 1").split("|")
        s.box.as_superuser("UPDATE journal SET why = 'autre' WHERE id = %s" % kept[0])
        s.box.kill(signal.SIGTERM)
        s.box.start_daemon()
        told = "SELECT address FROM mail WHERE kind = 'journal.broken' ORDER BY 1"
        wait_for(lambda: s.box.log()[-2000:], lambda: s.box.sql(told) == "%s\n%s" % (ADMIN, PAUL))
        assert "%s" % kept[0] in s.box.sql("SELECT body FROM mail WHERE kind = 'journal.broken' LIMIT 1")
        assert s.box.do("status")["status"]["journal_faults"] == 1
        assert s.box.ask("journal", "verify").error["code"] == "journal_broken"
        s.box.sign(1)
        s.box.settle()
        assert len(s.box.files()) == 1 and s.box.sql(told).count("\n") == 1, "payments go on, and nobody is told twice"
        s.box.as_superuser("UPDATE journal SET why = '%s' WHERE id = %s" % (kept[1], kept[0]))
        s.box.kill(signal.SIGTERM)
        s.box.start_daemon()
        s.box.settle()
        assert s.box.do("status")["status"]["journal_faults"] == 0 and s.box.run("journal", "verify").code == 0


def test_row_33_a_contact_is_of_one_convention_and_the_same_company_may_name_another(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        with open(s.box.scheme) as f:
            other = f.read().replace("LAB-2023", "OTHER-2024")
        with open(s.box.dir + "/other.conf", "w") as f:
            f.write(other)
        with open(os.path.join(SCHEMES, "laureates-2023.csv")) as f:
            head, row = f.read().splitlines()[:2]
        contact = re.search(r"[^,]+@[^,]+", row).group(0)
        with open(s.box.dir + "/other.csv", "w") as f:
            f.write("%s\n%s\n" % (head, row.replace(ref(1), "OTH-1").replace(contact, "second@laureat.example")))
        s.box.do("scheme", "import", s.box.dir + "/other.conf")
        s.box.do("scheme", "decision", "OTHER-2024", "--received", "2023-12-19", "--published", "2023-12-19")
        s.box.do("convention", "import", s.box.dir + "/other.csv", "--scheme", "OTHER-2024")
        s.box.do("account", "verify", "OTH-1", person="paul")
        for reference in (ref(1), "OTH-1"):
            for party in ("beneficiary", "authority"):
                s.box.do("convention", "sign", reference, "--party", party)
        s.box.settle()
        payments = []
        for name in s.box.files():
            with open(os.path.join(s.box.outbox, name), "rb") as f:
                payments += read_orders(f.read())[1]
        s.answer(Bank().statement([Bank().debit(p, "2024-01-02", "R%d" % n) for n, p in enumerate(payments)]))
        told = {m["convention"]: m["address"] for m in s.mails() if m["kind"] == "beneficiary.paid"}
        assert told == {ref(1): contact, "OTH-1": "second@laureat.example"}, told
        assert s.box.do("convention", "show", "OTH-1")["convention"]["email"] == "second@laureat.example"


def test_row_32_what_is_done_while_its_reminder_waits_is_not_reminded_of(_):
    with Stage(mailer=False, quiet=False, conf=[(r'(name = "claire".*)mail = ', r'\1daily = [ "report.due" ]; mail = ')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.do("report", "receive", ref(1), "budgets")
        s.box.sign(2)
        s.box.clock("2024-03-04")
        waits = "SELECT state, kind, address FROM mail WHERE kind ~ 'report' AND convention_ref = '%s' AND queued_on = '2024-03-03' ORDER BY 2, 3" % ref(1)
        assert "queued|beneficiary.report|contact1@laureat.example" in s.box.sql(waits), s.box.sql(waits)
        s.box.do("report", "receive", ref(1), "mid-report")
        s.box.settle()
        assert "queued" not in s.box.sql(waits) and "gathered" not in s.box.sql(waits), s.box.sql(waits)
        others = s.box.sql("SELECT DISTINCT state FROM mail WHERE kind = 'beneficiary.report' AND convention_ref = '%s'" % ref(2))
        assert others == "queued", "what another convention still owes is asked for: " + others


def test_row_34_who_is_of_another_scheme_gets_no_picture_of_the_week_about_this_one(_):
    with Stage(mailer=False, quiet=False, conf=[(r'(name = "paul".*)mail = ', r'\1schemes = [ "OTHER" ]; mail = '),
                                                (r'(name = "claire".*)mail = ', r'\1weekly = [ "file.written" ]; mail = ')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.edit(r'(name = "claire".*)weekly = ', r'\1schemes = [ "OTHER" ]; weekly = ')
        s.reload()
        s.box.clock("2024-01-16")
        told = s.box.sql("SELECT DISTINCT kind, state FROM mail WHERE person IN ('paul', 'claire') AND body ~ '%s' ORDER BY 1, 2" % ref(1))
        assert "file.written|cancelled" in told and {line.split("|")[1] for line in told.splitlines()} == {"cancelled"}, told


def test_row_4_a_list_that_is_cut_says_so(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        insert = ("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, queued_on) "
                  "SELECT 'e' || i, 'week', 'claire', '%s', '', '', 'n', 'b', 'h', 'm' || i || '@cabbalr.example', now(), '2024-01-02' "
                  "FROM generate_series(%d, %d) i")
        s.box.sql(insert % (CLAIRE, 1, 900))
        assert "message" not in s.box.do("mail", "list", "--state", "all").json
        s.box.sql(insert % (CLAIRE, 901, 1100))
        answer = s.box.do("mail", "list", "--state", "all")
        assert len(answer["mails"]) == 1000 and "1000" in answer["message"], answer.json.get("message")
        assert "1000 " in s.box.run("mail", "list", "--state", "all", "--csv").err


def test_row_22_a_daemon_that_is_killed_every_day_still_tells_each_week_once(_):
    with Stage(mailer=False, quiet=False, conf=[(r'(name = "paul".*)mail = ', r'\1weekly = [ "file.written" ]; mail = ')]) as s:
        s.box.call_2023("2024-01-02")
        s.box.sign(1)
        for day in range(3, 25):
            s.box.kill()
            s.box.sql("UPDATE lease SET until = now()")
            s.box.start_daemon()
            s.box.clock("2024-01-%02d" % day)
        weeks = s.box.sql("SELECT string_agg(queued_on::text, ' ' ORDER BY queued_on) FROM mail WHERE kind = 'week' AND person = 'claire'")
        assert weeks == "2024-01-08 2024-01-15 2024-01-22", weeks
        digests = s.box.sql("SELECT count(*) FROM mail WHERE kind = 'digest' AND person = 'paul'")
        assert digests == "1" and s.box.sql("SELECT count(*) FROM mail WHERE state = 'gathered'") == "0", digests


def test_an_address_that_is_put_right_again_loses_nothing(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        for old, new in (('"paul@', '"pual@'), ('"pual@', '"paul@')):
            s.edit(old, new)
            s.reload()
            s.box.settle()
        told = s.box.sql("SELECT address, state FROM mail WHERE person = 'paul' ORDER BY 1")
        assert told == "paul@cabbalr.example|queued\npual@cabbalr.example|cancelled", told


def test_a_retry_asks_who_may_hear_it_now(_):
    with Stage() as s:
        s.post.refused[PAUL] = "550 5.1.1 no such user"
        s.box.call_2023()
        s.box.sign(1)
        s.wait("refused", 1)
        mail = s.mails("refused")[0]["mail"]
        s.edit(r'(name = "paul".*)mail = ', r'\1schemes = [ "OTHER" ]; mail = ')
        s.reload()
        s.box.refused("mail", "retry", mail, "--reason", "x", code="no_reader", says=[mail, "paul"], person="admin")
        s.box.do("mail", "cancel", mail, "--reason", "x", person="admin")
        s.edit(r'schemes = \[ "OTHER" \]; ', "")
        s.reload()
        s.post.refused.clear()
        s.box.do("mail", "retry", mail, "--reason", "x", person="admin")
        s.wait("delivered", 2)


def test_mails_that_are_turned_off_keep_what_was_gathered(_):
    with Stage(mailer=False, conf=[(r'(name = "claire".*)mail = ', r'\1daily = [ "file.written" ]; mail = ')]) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.edit('from = "tranched@cabbalr.example"', 'from = ""')
        s.reload()
        s.box.clock("2024-01-10")
        assert s.box.sql("SELECT state FROM mail WHERE person = 'claire'") == "gathered"
        s.edit('from = ""', 'from = "tranched@cabbalr.example"')
        s.reload()
        s.box.clock("2024-01-11")
        assert s.box.sql("SELECT count(*) FROM mail WHERE person = 'claire' AND kind = 'digest'") == "1"


def test_a_reminder_that_was_taken_back_comes_again_when_its_reason_does(_):
    with Stage(mailer=False, quiet=False) as s:
        s.box.call_2023("2024-01-15", verify=False)
        s.box.clock("2024-02-10")
        s.box.do("convention", "sign", ref(1), "--party", "beneficiary")
        s.box.clock("2024-04-01")
        waits = "SELECT state FROM mail WHERE kind = 'signature.missing' AND convention_ref = '%s'" % ref(1)
        assert s.box.sql(waits) == "queued", s.box.sql("SELECT kind, convention_ref, state FROM mail")
        s.box.do("convention", "sign", ref(1), "--party", "authority")
        s.box.settle()
        assert s.box.sql(waits) == "cancelled", s.box.sql(waits)
        s.box.do("convention", "unsign", ref(1), "--party", "authority", "--reason", "mistyped")
        s.box.settle()
        assert s.box.sql(waits) == "queued", s.box.sql(waits)


def test_a_convention_that_is_terminated_is_reminded_of_nothing(_):
    with Stage(mailer=False, quiet=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.clock("2024-03-04")
        waits = "SELECT count(*) FROM mail WHERE kind ~ 'report' AND state IN ('queued', 'gathered') AND convention_ref = '%s'" % ref(1)
        assert s.box.sql(waits) != "0"
        s.box.do("convention", "terminate", ref(1), "--letter", "LR", person="paul")
        assert s.box.sql(waits) == "0"


def test_a_termination_that_a_mail_keeps_from_being_stored_is_not_answered_as_done(_):
    with Stage(mailer=False, quiet=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.clock("2024-03-10")
        assert s.box.sql("SELECT count(*) FROM mail WHERE state = 'queued' AND convention_ref = '%s'" % ref(1)) != "0"
        terminate = ("convention", "terminate", ref(1), "--letter", "RK 1")
        with s.box.holding("SELECT id FROM mail FOR UPDATE"):
            s.box.refused(*terminate, code="busy", person="paul")
        s.box.do(*terminate, person="paul")
        assert s.box.do("convention", "show", ref(1))["convention"]["state"] == "terminated"


def test_a_reminder_that_comes_again_comes_as_its_reader_wants_it_now(_):
    """Told at once before, and since then wanted once a day: no payment waits for that."""
    with Stage(mailer=False, quiet=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.do("report", "receive", ref(1), "budgets")
        s.box.clock("2024-03-19")
        wanted = "SELECT state || ' ' || (gather_on IS NOT NULL) FROM mail WHERE event LIKE 'reminder/report.due/%s/1/2024-04-02/-14/report.due/%%'" % ref(1)
        assert s.box.sql(wanted) == "queued false", s.box.sql("SELECT event, state FROM mail")
        s.box.do("report", "receive", ref(1), "mid-report")
        s.box.settle()
        assert s.box.sql(wanted) == "cancelled false", s.box.sql(wanted)
        s.edit(r'(name = "claire".*)mail = ', r'\1daily = [ "report.due" ]; mail = ')
        s.reload()
        s.box.do("report", "withdraw", ref(1), "mid-report", "--reason", "mistyped")
        s.box.sign(3)
        assert s.box.state(3, 1) == "ordered" and not s.box.do("status")["status"]["trouble"]
        assert s.box.sql(wanted) == "gathered true"
        told = "SELECT count(*) FROM mail WHERE state = 'gathered'"
        assert s.box.sql(told) != "0"
        refused = subprocess.run([PG + "psql", "-h", s.box.place + "/run", "-U", "tranched_cabbalr_daemon", "-d", "tranched", "-c",
                                  "UPDATE cabbalr.mail SET subject = 'x' WHERE state = 'gathered'"], capture_output=True, text=True)
        assert "what it says stays" in refused.stderr, refused.stderr


def test_with_the_mailer_stopped_mails_wait_in_sight_and_payments_do_not(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        status = s.box.do("status")["status"]
        assert status["mails_queued"] == 2 and status["mails_refused"] == 0, status
        assert len(s.box.files()) == 1
        s.box.script("mailer")
        s.wait("delivered", 2)
        assert s.box.do("status")["status"]["mails_queued"] == 0


def test_row_32_a_4xx_is_tried_again_under_the_same_message_id(_):
    with Stage(conf=[("retry_seconds = .*", "retry_seconds = 1;")]) as s:
        s.post.rules[CLAIRE] = ["451 4.7.1 greylisted, come back", "421 4.3.2 closing"]
        s.box.call_2023()
        s.box.sign(1)
        s.wait("delivered", 2)
        mine = next(m for m in s.mails() if m["address"] == CLAIRE)
        assert mine["tries"] == 3, mine
        assert len(s.post.to(CLAIRE)) == 1


def test_row_31_a_5xx_waits_for_a_person_and_the_others_go_on(_):
    with Stage() as s:
        s.post.refused[CLAIRE] = "550 5.1.1 no such mailbox"
        s.box.call_2023()
        s.box.sign(1)
        s.wait("delivered", 1)
        s.wait("refused", 1)
        mine = s.mails("refused")[0]
        assert mine["address"] == CLAIRE and "550 5.1.1 no such mailbox" in mine["reply"] and mine["tries"] == 1, mine
        assert s.box.do("status")["status"]["mails_refused"] == 1
        wait_for("not journaled", lambda: s.box.sql("SELECT why FROM journal WHERE kind = 'mail.refused'") == mine["reply"])
        s.box.refused("mail", "retry", mine["mail"], "--reason", "x", code="wrong_role")
        s.post.refused.clear()
        s.box.do("mail", "retry", mine["mail"], "--reason", "boîte rétablie", person="admin")
        s.wait("delivered", 2)
        s.box.refused("mail", "retry", mine["mail"], "--reason", "x", code="wrong_state", person="admin")
        assert s.post.to(CLAIRE)[0]["Message-ID"] == "<%s@cabbalr.example>" % mine["mail"]


def test_what_is_about_us_is_not_final_and_a_retry_begins_anew(_):
    with Stage(conf=[("retry_seconds = .*", "retry_seconds = 1;"), ("tries = .*", "tries = 2;")]) as s:
        s.post.sender_refused = "530 5.7.0 Authentication required"
        s.box.call_2023()
        s.box.sign(1)
        s.wait("refused", 2)
        assert all(m["tries"] == 2 and "530 5.7.0" in m["reply"] for m in s.mails("refused")), s.mails()
        s.post.sender_refused = None
        s.post.rules["*"] = ["451 greylisted"] * 2
        for m in s.mails("refused"):
            s.box.do("mail", "retry", m["mail"], "--reason", "corrigé", person="admin")
        s.wait("delivered", 2)


def test_odd_answers_are_read_whole_and_a_strange_yes_is_a_yes(_):
    with Stage() as s:
        s.post.refused[CLAIRE] = "550-5.1.1 boîte inconnue\r\n550 5.1.1 session 17"
        s.post.rules[PAUL] = ["251 2.0.0 will forward"]
        s.box.call_2023()
        s.box.sign(1)
        s.wait("delivered", 1)
        s.wait("refused", 1)
        assert "inconnue 5.1.1 session 17" in s.mails("refused")[0]["reply"], s.mails()
        assert len(s.post.to(PAUL)) == 1
    with Stage(postbox=Scripted([b"220 x", b"250 x", b"250 x", "550 5.1.1 boîte".encode("latin-1"), b"221 x"])) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.wait("refused", 2)
        assert all(m["reply"] == "550 5.1.1 bo?te" for m in s.mails("refused")), s.mails()


def test_a_reload_of_the_mailer_takes_the_new_server_or_keeps_the_old_one(_):
    with Stage() as s:
        wait_for("the mailer does not start", lambda: "connected" in s.box.log("mailer"))
        s.post.stop()
        other = Postbox()
        try:
            s.edit("^  port = .*", "  port = %d;" % other.port)
            os.kill(s.box.pid("mailer"), signal.SIGHUP)
            wait_for("not reloaded", lambda: "configuration reloaded" in s.box.log("mailer"))
            s.edit("^  port = .*", "  port = 0;")
            os.kill(s.box.pid("mailer"), signal.SIGHUP)
            wait_for("not refused", lambda: "the running one stays" in s.box.log("mailer"))
            s.box.call_2023()
            s.box.sign(1)
            s.wait("delivered", 2)
            assert len(other.mails) == 2
        finally:
            other.stop()


def test_the_last_try_is_the_last_and_a_person_may_give_a_mail_up(_):
    with Stage(conf=[("retry_seconds = .*", "retry_seconds = 1;"), ("tries = .*", "tries = 2;")]) as s:
        s.post.rules["*"] = ["450 not now"] * 9
        s.box.call_2023()
        s.box.sign(1)
        s.wait("refused", 2)
        mails = s.mails("refused")
        assert [m["tries"] for m in mails] == [2, 2] and all("450 not now" in m["reply"] for m in mails), mails
        s.box.do("mail", "cancel", mails[0]["mail"], "--reason", "plus utile", person="admin")
        s.box.refused("mail", "cancel", mails[0]["mail"], "--reason", "x", code="wrong_state", person="admin")
        s.box.refused("mail", "show", "nothing", code="unknown_mail", says=["nothing"])
        assert sorted(m["state"] for m in s.mails()) == ["cancelled", "refused"]


def test_row_29_a_lost_answer_to_the_last_dot_repeats_the_same_bytes(_):
    with Stage(conf=[("retry_seconds = .*", "retry_seconds = 1;")]) as s:
        s.post.rules[CLAIRE] = ["lose", "cut"]
        s.box.call_2023()
        s.box.sign(1)
        s.wait("delivered", 2)
        mine = s.post.to(CLAIRE)
        assert len(mine) == 2 and s.post.seen == 4, (len(mine), s.post.seen)
        assert mine[0].bytes == mine[1].bytes and mine[0]["Message-ID"] == mine[1]["Message-ID"]


class Scripted:
    """Answers each line that comes with the next of ANSWERS, the first at once, anew for each connection."""

    def __init__(self, answers):
        self.answers, self.server = answers, socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with contextlib.suppress(ConnectionError):
                for answer in self.answers:
                    peer.sendall(answer + b"\r\n")
                    if not peer.recv(4096):
                        break
            peer.close()

    def stop(self):
        self.server.close()


class Silent:
    """Says what STAGE allows, then nothing more, and never closes."""
    LINES = {"greeting": [], "EHLO": [b"220 x\r\n"], "MAIL": [b"220 x\r\n", b"250 x\r\n"],
             "DATA": [b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n"],
             "dot": [b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"354 go\r\n"]}

    def __init__(self, stage):
        self.lines, self.server, self.met = self.LINES[stage], socket.create_server(("127.0.0.1", 0)), 0
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            self.met += 1
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with contextlib.suppress(ConnectionError):
            for n, line in enumerate(self.lines, 1):
                peer.sendall(line)
                if n != len(self.lines):
                    peer.recv(4096)
            while peer.recv(65536):
                pass

    def stop(self):
        self.server.close()


def test_a_silent_server_holds_nothing_up_at_any_stage(_):
    for stage in Silent.LINES:
        with Stage(postbox=Silent(stage), conf=[("timeout_seconds = 60", "timeout_seconds = 2"), ("tries = .*", "tries = 1;")]) as s:
            began = time.time()
            s.box.call_2023()
            s.box.sign(1)
            assert len(s.box.files()) == 1, stage
            s.wait("refused", 2)
            assert s.post.met >= 2 and time.time() - began < 30, stage
            assert all(m["reply"] for m in s.mails()), s.mails()


def certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/key.pem", "-out", folder + "/ca.pem",
                    "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:%s,IP:127.0.0.1" % name if name == "localhost"
                    else "subjectAltName=DNS:" + name], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/ca.pem", folder + "/key.pem")
    return context


def secured(tls, name="localhost", known=True, password="s3cret", given="s3cret", seconds=20):
    """How a mail fares with a server that has TLS; the stage is closed."""
    folder = subprocess.run(["mktemp", "-d", "/tmp/tls.XXXXXX"], capture_output=True, text=True, check=True).stdout.strip()
    os.chmod(folder, 0o755)
    context = certificate(folder, name)
    os.mkdir(folder + "/credentials")
    with open(folder + "/credentials/mail-password", "w") as f:
        f.write(given + "\n")
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    conf = [('tls = "none"', 'tls = "%s"' % tls), ('^  user = "";', '  user = "tranched";'), ("retry_seconds = .*", "retry_seconds = 3600;")]
    if known:
        conf.append(('ca_file = ""', 'ca_file = "%s/ca.pem"' % folder))
    try:
        with Stage(tls=context, implicit=tls == "implicit", password=password) as s:
            s.box.kill(signal.SIGTERM, "mailer")
            for old, new in conf:
                s.edit(old, new)
            os.symlink(folder + "/credentials", s.box.place + "/credentials")
            s.box.script("mailer")
            s.box.call_2023()
            s.box.sign(1)
            wait_for(lambda: "no try: " + s.box.log("mailer"), lambda: all(m["reply"] for m in s.mails()), seconds)
            return s.mails(), s.post
    finally:
        subprocess.run(["rm", "-r", folder], check=True)


def test_starttls_and_implicit_tls_with_a_login(_):
    for tls in ("starttls", "implicit"):
        mails, post = secured(tls)
        assert [m["state"] for m in mails] == ["delivered"] * 2, mails
        assert post.logins >= 1


def test_a_wrong_certificate_and_a_wrong_password_deliver_nothing_and_burn_nothing(_):
    for tls in ("starttls", "implicit"):
        for options in ({"known": False}, {"name": "elsewhere.example"}, {"given": "wrong"}):
            mails, post = secured(tls, **options)
            assert [m["state"] for m in mails] == ["queued"] * 2 and not post.mails, (options, mails)
            assert "given" in options or "certificate" in mails[0]["reply"] or "SSL" in mails[0]["reply"], mails


def test_a_server_without_tls_gets_nothing_when_tls_is_asked_for(_):
    with Stage(conf=[('tls = "none"', 'tls = "starttls"'), ("retry_seconds = .*", "retry_seconds = 3600;")]) as s:
        s.box.call_2023()
        s.box.sign(1)
        wait_for("no try", lambda: all(m["reply"] for m in s.mails()))
        assert not s.post.mails and [m["state"] for m in s.mails()] == ["queued"] * 2, s.mails()


def test_the_mailers_role_takes_and_marks_and_can_do_nothing_else(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)

        def as_mailer(query):
            p = subprocess.run(["psql", "-h", s.box.place + "/run", "-U", "tranched_cabbalr_mailer", "-d", "tranched", "-AtqX",
                                "-c", "SET search_path = cabbalr", "-c", query], capture_output=True, text=True)
            return p.returncode == 0, p.stdout.strip(), p.stderr

        assert as_mailer("SELECT count(*) FROM mail")[1] == "2"
        tables = s.box.sql("SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'cabbalr'::regnamespace AND relkind = 'r'").split()
        assert len(tables) > 25
        for table in tables:
            allowed = table in ("mail", "schema_version")
            assert as_mailer("SELECT count(*) FROM %s" % table)[0] == allowed, table
            for query in ("DELETE FROM %s", "INSERT INTO %s DEFAULT VALUES", "TRUNCATE %s", "DROP TABLE %s"):
                ok, _, err = as_mailer(query % table)
                assert not ok and ("permission denied" in err or "must be owner" in err), (query % table, err)
        columns = s.box.sql("SELECT string_agg(column_name, ' ') FROM information_schema.columns WHERE table_name = 'mail' AND column_name NOT IN ('id', "
                            "'state', 'tries', 'next_try_at', 'taken_until', 'reply', 'ended_at')").split()
        assert {"address", "body", "message_id", "calendar", "noted"} < set(columns), columns
        for column in columns:
            ok, _, err = as_mailer("UPDATE mail SET %s = %s" % (column, column))
            assert not ok and "permission denied" in err, (column, err)
        assert as_mailer("UPDATE mail SET state = 'delivered', ended_at = clock_timestamp()")[0]
        ok, _, err = as_mailer("UPDATE mail SET state = 'queued', ended_at = NULL")
        assert not ok and "stays so" in err, err
        s.box.sql("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, "
                  "queued_on) VALUES ('e', 'file.written', 'claire', 'a@b', '', '', 'S', 'B', 'H', 'm@x', now(), now()::date)")
        for state in ("cancelled", "queued"):
            s.box.sql("UPDATE mail SET state = 'refused', ended_at = now() WHERE event = 'e' AND state = 'queued'")
            ok, _, err = as_mailer("UPDATE mail SET state = '%s', ended_at = CASE WHEN '%s' = 'queued' THEN NULL ELSE now() END "
                                   "WHERE event = 'e'" % (state, state))
            assert not ok and "neither gives up nor tries again" in err, (state, err)
        s.box.sql("UPDATE mail SET state = 'queued', ended_at = NULL WHERE event = 'e'")
        ok, _, err = as_mailer("UPDATE mail SET state = 'digested', ended_at = now() WHERE event = 'e'")
        assert not ok and "neither gives up nor tries again" in err, err


def test_nothing_that_people_or_banks_write_makes_a_header(_):
    with Stage() as s:
        s.box.call_2023()
        s.box.sql("UPDATE convention SET project = E'Projet\\r\\nBcc: x@evil.example\\r\\n\\r\\n<b>é</b>\u2028\u0085' WHERE reference = '%s'" % ref(4))
        s.box.sign(4)
        s.wait("delivered", 2)
        p = s.payment(4)
        evil = "Konto zu&#13;&#10;Subject: evil&#13;&#10;&#13;&#10;<script>"
        report = Bank().report(p.message, group="PART", transactions=[(p, "RJCT", "AC04", "@EVIL@")])
        s.answer(report.replace(b"@EVIL@", evil.replace("<script>", "&lt;script&gt;").encode()))
        s.wait("delivered", 4)
        for m in [m for m in s.post.mails if m["X-Tranched-Kind"] == "order.rejected"]:
            assert m["Bcc"] is None and len(m.parsed.get_all("Subject")) == 1 and "<script>" not in m.text("html"), m.bytes
            assert "&lt;b&gt;é&lt;/b&gt;" in m.text("html") and "evil" not in m["subject"], m.text("html")


def reminded(s, kind="report.due", address=CLAIRE):
    """The days on which ADDRESS was reminded of KIND."""
    return s.box.sql("SELECT string_agg(queued_on::text, ' ' ORDER BY queued_on) FROM mail WHERE kind = '%s' AND address = '%s'" % (
        kind, address)).split()


def test_row_29_the_ladder_of_a_paper_to_staff_and_to_the_beneficiary_each_once(_):
    with Stage(quiet=False, mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.clock("2024-12-01")
        asked = ["2024-03-03", "2024-03-19", "2024-03-30", "2024-04-02", "2024-04-03", "2024-04-09", "2024-05-02"]
        mid = s.box.sql("SELECT string_agg(queued_on::text, ' ' ORDER BY queued_on) FROM mail WHERE kind = 'report.due' AND address = '%s' AND "
                        "body LIKE '%%rapport à mi-parcours%%'" % CLAIRE).split()
        assert mid == asked, mid
        theirs = reminded(s, "beneficiary.report", "contact1@laureat.example")
        assert set(asked) <= set(theirs), theirs
        text = s.box.sql("SELECT body FROM mail WHERE kind = 'report.due' AND queued_on = '2024-04-09' AND address = '%s'" % CLAIRE)
        assert "4\u202f000,00" in text and ref(1) in text, text
        for _ in range(3):
            s.box.settle()
        assert s.box.sql("SELECT count(*) FROM mail WHERE kind = 'report.due' AND address = '%s' AND queued_on = '2024-03-03'" % CLAIRE) == "1"


def test_nothing_is_asked_for_after_it_came_and_a_launch_moves_the_days(_):
    with Stage(quiet=False, mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.clock("2024-02-01")
        s.box.do("convention", "launch", ref(1), "--on", "2024-01-20")  # the report is due on 20 April
        s.box.clock("2024-04-01")
        mid = "SELECT string_agg(queued_on::text, ' ' ORDER BY queued_on) FROM mail WHERE kind = 'report.due' AND address = '%s' AND body LIKE " \
              "'%%mi-parcours%%'" % CLAIRE
        assert s.box.sql(mid) == "2024-03-21", s.box.sql(mid)
        s.box.do("report", "receive", ref(1), "mid-report", "--on", "2024-04-01")
        s.box.clock("2024-06-01")
        assert s.box.sql(mid) == "2024-03-21", s.box.sql(mid)


def test_row_28_a_daemon_that_slept_says_what_still_matters_and_once(_):
    with Stage(quiet=False, mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)
        s.box.kill(signal.SIGTERM)
        s.box.sql("UPDATE instance SET rehearsal_on = '2024-04-20', rehearsal_target = '2024-04-20'")
        s.box.start_daemon()
        s.box.settle()
        got = s.box.sql("SELECT body FROM mail WHERE kind = 'report.due' AND address = '%s' AND queued_on = '2024-04-20'" % CLAIRE)
        assert got.count("Bonjour") == 1 and "18 jours de retard" in got, got
        assert "budgets" not in got, "what is long past is not told: %s" % got


def test_a_scheme_has_its_own_days_and_bad_ones_are_refused(_):
    with Stage(mailer=False) as s:
        s.box.clock("2024-01-02")
        with open(os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "config/schemes/lab-2023.conf")) as f:
            good = f.read()
        path = os.path.join(s.box.dir, "own.conf")
        for days, ok in (("[ -400 ]", False), ('[ "a" ]', False), ("[ %s ]" % ", ".join(str(i) for i in range(17)), False), ("[ 5 ]", True)):
            with open(path, "w") as f:
                f.write(good.replace("  duration =", "  reminders = %s;\n  duration =" % days))
            if ok:
                s.box.do("scheme", "import", path)
            else:
                s.box.refused("scheme", "import", path, code="bad_scheme", says=["-366"])
        assert s.box.sql("SELECT reminder_days FROM scheme") == "{5}"


def test_nobody_acts_after_an_import_and_that_is_told(_):
    with Stage(quiet=False, mailer=False) as s:
        s.box.call_2023(verify=False)
        s.box.clock("2024-02-01")
        assert reminded(s, "account.waiting", PAUL) == ["2024-01-04"]
        assert reminded(s, "signature.missing") == ["2024-01-17"]


def test_a_digest_of_thousands_loses_none(_):
    with Stage(mailer=False) as s:
        s.box.call_2023("2024-01-04")
        s.box.sql("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, "
                  "queued_on, gather_on, state) SELECT 'e' || i, 'file.written', 'claire', '%s', '', '', 'S' || i, 'B', 'H', 'm' || i || '@x', "
                  "now(), '2024-01-04', '2024-01-05', 'gathered' FROM generate_series(1, 4100) i" % CLAIRE)
        s.box.clock("2024-01-05")
        bodies = s.box.sql("SELECT body FROM mail WHERE kind = 'digest' ORDER BY id")
        assert s.box.sql("SELECT count(*) FROM mail WHERE state = 'digested'") == "4100"
        assert len(set(re.findall(r"\bm\d+\b", bodies))) == 4100 and bodies.count("Bonjour") == 3


def test_an_account_a_signature_a_held_tranche_and_the_end_are_told_once(_):
    with Stage(quiet=False, mailer=False) as s:
        s.box.call_2023(verify=False)
        s.box.do("account", "verify", ref(1), person="paul")
        s.box.sign(1)
        s.box.do("convention", "sign", ref(2), "--party", "beneficiary")
        s.box.clock("2024-08-01")
        assert reminded(s, "account.waiting", PAUL) == ["2024-01-04"] and reminded(s, "account.waiting") == []
        text = s.box.sql("SELECT body FROM mail WHERE kind = 'account.waiting'")
        assert all(ref(i) in text for i in range(2, 6)) and ref(1) not in text, text
        assert reminded(s, "signature.missing") == ["2024-01-17"], reminded(s, "signature.missing")
        held = s.box.sql("SELECT body FROM mail WHERE kind = 'tranche.held' AND address = '%s'" % CLAIRE)
        assert "rapport à mi-parcours" in held and "tranche why %s/2" % ref(1) in held, held
        assert reminded(s, "convention.ending") == ["2024-06-02"]
        assert reminded(s, "convention.expired") == ["2024-07-03"]


def test_a_preview_shows_a_mail_without_sending_one(_):
    with Stage() as s:
        s.box.call_2023()
        kinds = s.box.do("mail", "preview")["kinds"]
        assert len(kinds) == len(os.listdir(s.box.place + "/mail/fr")) and len(kinds) == len(os.listdir(s.box.place + "/mail/en"))
        for kind in kinds:
            shown = s.box.do("mail", "preview", kind["kind"], ref(2))
            assert ref(2) in shown["mail"]["subject"] and "{" not in shown["text"] and shown["text"], shown
        s.box.refused("mail", "preview", "order.lost", code="unknown_kind", says=["order.lost"])
        s.box.refused("mail", "preview", "order.rejected", "NOBODY", code="unknown_convention")
        out = s.box.run("mail", "preview", "order.returned", ref(2)).out
        assert "Bonjour claire," in out and "tranchectl order reissue" in out, out
        assert s.mails() == []


def test_a_bad_address_is_refused_at_the_import_and_one_stored_before_holds_nothing_up(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        path = os.path.join(s.box.dir, "bad.csv")
        with open(path, "w") as f:
            f.write("reference,project,beneficiary,siret,grant,iban,account_holder,contact_email\n"
                    "X-1,P,B,99000001000019,5000.00,FR7630006000011234567890189,B,claire at example\n")
        s.box.refused("convention", "import", path, "--scheme", "LAB-2023", code="bad_import", says=["claire at example", "X-1"])
        s.box.sql("UPDATE convention SET email = 'a <b> c'")
        s.box.sign(1)
        p = s.payment(1)
        s.answer(Bank().statement([Bank().debit(p, "2024-01-02", ref="R1")]))
        assert s.box.do("order", "show", p.id)["order"]["state"] == "booked"
        assert s.box.sql("SELECT count(*) FROM mail WHERE person = ''") == "0"


def test_that_the_database_is_away_is_told_without_it_and_once(_):
    with Stage(conf=[("after_seconds = 300", "after_seconds = 1"), ("retry_seconds = .*", "retry_seconds = 1;")]) as s:
        s.box.call_2023()
        s.post.rules[PAUL] = ["451 later"]
        s.box.postgres("stop", "-m", "fast")
        wait_for(lambda: "nobody was told: %s" % s.box.log("mailer"), lambda: s.post.to(ADMIN) and s.post.to(PAUL), 60)
        assert s.post.to(ADMIN)[0]["X-Tranched-Kind"] == "database.away"
        assert "injoignable depuis" in s.post.to(ADMIN)[0].text(), s.post.to(ADMIN)[0].text()
        time.sleep(6)
        assert (len(s.post.to(ADMIN)), len(s.post.to(PAUL)), len(s.post.to(CLAIRE))) == (1, 1, 0), s.post.mails
        s.box.postgres("start")
        wait_for("the service never came back", lambda: s.box.log().count("connected: ") == 2, 40)  # its waits grow up to 30 s
        s.box.sign(1)
        s.wait("delivered", 2)


def test_a_schema_of_another_number_is_no_absence(_):
    s = Stage(mailer=False, conf=[("after_seconds = 300", "after_seconds = 1"), ("retry_seconds = .*", "retry_seconds = 1;")])
    try:
        s.box.sql("INSERT INTO schema_version (number, name) VALUES (999, 'later')")
        s.box.script("mailer")
        wait_for("not said", lambda: s.box.log("mailer").count("waiting for the other one") >= 3, 30)
        assert not s.post.mails, [m.text() for m in s.post.mails]
    finally:
        s.post.stop()
        s.box.close()


def test_several_connections_at_a_time_and_as_many_mails_as_it_takes(_):
    with Stage(mailer=False) as s:
        s.box.sql("INSERT INTO mail (event, kind, person, address, scheme_code, convention_ref, subject, body, html, message_id, dated_at, "
                  "queued_on) SELECT 'e' || i, 'file.written', 'claire', 'a' || i || '@cabbalr.example', '', '', 'S', 'B', 'H', "
                  "'m' || i || '@x', now(), now()::date FROM generate_series(1, 500) i")
        s.box.script("mailer")
        s.wait("delivered", 500, 60)
        assert len(s.post.mails) == 500 and len({m["Message-ID"] for m in s.post.mails}) == 500


def test_a_database_that_went_back_in_time_is_told_to_its_keepers(_):
    s = Stage(mailer=False)
    try:
        s.box.call_2023()
        s.box.sign(1)
        s.box.settle()
        s.box.kill(signal.SIGTERM)
        s.box.sql("SET session_replication_role = replica; DELETE FROM journal_seal; DELETE FROM payment_order; DELETE FROM order_file; "
                  "UPDATE tranche SET state = 'held', taken_cents = 0; UPDATE scheme_sum SET ordered_cents = 0; "
                  "DELETE FROM journal WHERE kind IN ('tranche.released', 'file.written', 'file.taken'); DELETE FROM mail")
        s.box.start_daemon()
        wait_for(lambda: "not told: %s" % s.box.log()[-800:],
                 lambda: {m["address"] for m in s.mails() if m["kind"] == "database.doubt"} == {PAUL, ADMIN})
    finally:
        s.post.stop()
        s.box.close()


def test_that_another_daemon_leads_is_told_once_and_a_restart_is_not(_):
    s = Stage(mailer=False)
    try:
        s.box.clock("2024-01-02")
        s.box.kill(signal.SIGTERM)
        s.box.start_daemon()
        s.box.settle()
        assert s.mails() == [], s.mails()
        second = s.box.place + "/second.conf"
        with open(s.box.conf) as f:
            text = f.read().replace("control.sock", "second.sock")
        with open(second, "w") as f:
            f.write(text)
        os.chmod(second, 0o644)
        with open(s.box.place + "/log/second.log", "w") as log:
            p = subprocess.Popen(USER + [s.box.place + "/bin/tranched", "--config", second], stderr=log)
        try:
            wait_for("it does not stand by", lambda: "standing by" in s.box.log("second"))
            s.box.kill(signal.SIGKILL)
            s.box.socket = s.box.place + "/run/second.sock"
            wait_for("nobody was told", lambda: int(s.box.sql("SELECT count(*) FROM mail")) > 0, 40)
            assert [(m["kind"], m["address"]) for m in s.mails()] == [("leader.changed", ADMIN)], s.mails()
        finally:
            p.terminate()
            p.wait()
    finally:
        s.post.stop()
        s.box.close()


def test_digests_gather_what_is_not_urgent_and_none_is_empty(_):
    with Stage(quiet=False, mailer=False, conf=[(r'(name = "claire".*)mail = ', r'\1daily = [ "report.due", "file.written" ]; mail = '),
                                   (r'(name = "paul".*)mail = ', r'\1weekly = [ "file.written" ]; mail = ')]) as s:
        s.box.call_2023("2024-01-05")  # a Friday
        s.box.sign(1)
        s.box.sign(2)
        assert {m["state"] for m in s.mails() if m["kind"] in ("file.written", "report.due")} == {"gathered"}, s.mails()
        s.box.clock("2024-01-07")
        assert [m for m in s.mails() if m["kind"] == "digest"] == []
        s.box.clock("2024-01-08")
        digests = [m for m in s.mails() if m["kind"] == "digest"]
        assert {m["address"] for m in digests} == {CLAIRE, PAUL} and len(digests) == 2, digests
        shown = {m["address"]: s.box.do("mail", "show", m["mail"])["text"] for m in digests}
        assert shown[PAUL].count("fichier d'ordres écrit") == 2 and "budgets" not in shown[PAUL], shown[PAUL]
        assert shown[CLAIRE].count("fichier d'ordres écrit") == 2 and "pièce attendue" in shown[CLAIRE], shown[CLAIRE]
        assert {m["state"] for m in s.mails() if m["kind"] == "file.written"} == {"digested"}
        s.answer(Bank().report(s.payment(1).message, group="RJCT", reason="AC04"))  # money waits for no digest
        assert {m["state"] for m in s.mails() if m["kind"] == "order.rejected"} == {"queued"}
        digests = s.box.sql("SELECT count(*) FROM mail WHERE kind = 'digest' AND address = '%s'" % PAUL)
        s.box.clock("2024-01-22")
        assert s.box.sql("SELECT count(*) FROM mail WHERE kind = 'digest' AND address = '%s'" % PAUL) == digests, "an empty digest"


def test_a_picture_of_the_week_on_mondays(_):
    with Stage(mailer=False) as s:
        s.box.clock("2024-01-02")
        s.box.clock("2024-01-09")
        assert s.box.sql("SELECT count(*) FROM mail") == "0", "there is nothing to show"
        s.box.do("scheme", "import", os.path.join(SCHEMES, "lab-2023.conf"))
        s.box.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023")
        s.box.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
        s.box.do("account", "verify", ref(1), person="paul")
        s.box.sign(1)
        s.answer(Bank().statement([Bank().debit(s.payment(1), "2024-01-09", ref="R1")]))
        s.box.clock("2024-02-06")
        days = s.box.sql("SELECT string_agg(queued_on::text, ' ' ORDER BY queued_on) FROM mail WHERE kind = 'week' AND address = '%s'" % CLAIRE)
        assert days == "2024-01-15 2024-01-22 2024-01-29 2024-02-05", days
        text = s.box.sql("SELECT body FROM mail WHERE kind = 'week' AND address = '%s' AND queued_on = '2024-01-15'" % CLAIRE)
        attached = read_calendar(s.box.sql("SELECT replace(calendar, E'\\r\\n', '|') FROM mail WHERE kind = 'week' AND address = '%s' AND "
                                           "queued_on = '2024-01-15'" % CLAIRE).replace("|", "\r\n"))
        assert "TEST%s.tranche.2@CABBALR.tranched" % ref(1) in attached, attached
        s.box.script("mailer")
        wait_for("not delivered", lambda: not s.mails("queued"), 60)
        week = next(m for m in s.post.to(CLAIRE) if m["X-Tranched-Kind"] == "week")
        part = next(week.parsed.iter_attachments())
        assert (part.get_content_type(), part.get_filename()) == ("text/calendar", "tranched.ics"), part
        assert read_calendar(part.get_content().replace("\r\n", "\n").replace("\n", "\r\n")).keys() <= attached.keys()
        for word in ("attribué", "50\u202f000,00", "payé", "6\u202f000,00", "retenu par : signature", "40\u202f000,00", "semaine du 08/04/2024"):
            assert word in text, (word, text)


def read_calendar(text):
    """The events of an iCalendar file by UID, unfolded as RFC 5545 says; every line ends in CRLF and has at most 75 bytes."""
    lines = text.split("\r\n")
    assert "\n" not in text.replace("\r\n", "") and all(len(line.encode()) <= 75 for line in lines)
    events = {}
    for block in re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text.replace("\r\n ", ""), re.S):
        e = {re.split("[;:]", line)[0]: line.split(":", 1)[1] for line in block.splitlines()}
        assert e["UID"] not in events
        events[e["UID"]] = e
    return events


def test_the_calendar_has_stable_names_so_that_an_update_replaces(_):
    with Stage(mailer=False) as s:
        s.box.call_2023()
        s.box.sign(1)

        def calendar(*words):
            p = subprocess.run([s.box.place + "/bin/tranchectl", "--as", "claire", "calendar", *words], capture_output=True,
                               env=dict(os.environ, TRANCHED_SOCKET=s.box.socket, TRANCHED_LOCALEDIR=s.box.place + "/locale"))
            assert p.returncode == 0, p.stderr
            return p.stdout.decode()

        first = read_calendar(calendar())
        name = "TEST%s.%%s@CABBALR.tranched" % ref(1)
        assert first[name % "paper.mid-report"]["DTSTART"] == "20240402" and first[name % "tranche.2"]["DTSTART"] == "20240402"
        assert first[name % "end"]["DTSTART"] == "20240702" and "4\u202f000\\,00" in first[name % "tranche.2"]["SUMMARY"], first
        assert calendar().startswith("BEGIN:VCALENDAR\r\n") and calendar("--scheme", "LAB-2023").count("VEVENT") == 2 * len(first)
        s.box.do("convention", "launch", ref(1), "--on", "2024-01-02", "--reason", "x")
        s.box.clock("2024-02-01")
        s.box.do("convention", "unlaunch", ref(1), "--reason", "x")
        s.box.do("convention", "launch", ref(1), "--on", "2024-02-01")
        second = read_calendar(calendar())
        assert set(second) == set(first) and second[name % "paper.mid-report"]["DTSTART"] == "20240501", second
        assert all(int(second[u]["SEQUENCE"]) >= int(first[u]["SEQUENCE"]) for u in first)
        s.box.do("report", "receive", ref(1), "mid-report")
        assert name % "paper.mid-report" not in read_calendar(calendar())
        assert len(s.box.do("calendar", "--scheme", "LAB-2023")["days"]) == len(first) - 1


def test_the_whole_year_of_the_2023_call_reads_as_it_was_reviewed(_):
    """What scripts/demo leaves as DIR/mail/*.eml, against mail-2023.txt: the day, the reader and the subject of each."""
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory(prefix="demo.", dir="/tmp") as folder:
        p = subprocess.run([os.path.join(here, "../../scripts/demo"), folder], env=dict(os.environ, BUILD=BUILD), capture_output=True, text=True)
        assert p.returncode == 0, p.stdout[-2000:] + p.stderr[-2000:]
        found = []
        for name in os.listdir(folder + "/mail"):
            with open("%s/mail/%s" % (folder, name), "rb") as f:
                m = email.message_from_binary_file(f, policy=email.policy.default)
            assert not m.defects and m.get_body(("plain",)) and m.get_body(("html",))
            no_iban(m.get_body(("plain",)).get_content() + m.get_body(("html",)).get_content())
            found.append("%s  %-24s  %s" % (m["date"].datetime.strftime("%Y-%m-%d"), m["to"].split("@")[0], m["subject"]))
    with open(os.path.join(here, "mail-2023.txt")) as f:
        wanted = [line.rstrip("\n") for line in f if not line.startswith("#")]
    assert sorted(found) == wanted, "\n".join(difflib.unified_diff(wanted, sorted(found), "reviewed", "sent", lineterm=""))


if __name__ == "__main__":
    run_module(sys.modules[__name__], shared=Nobody)
