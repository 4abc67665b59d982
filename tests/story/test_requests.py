"""How commands arrive: repeated, many at once, in parts, only to be checked; and lists for spreadsheets."""
import concurrent.futures
import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import uuid

from bank import Bank, read_orders
from sandbox import LAUREATES, laureate, ref, run_module, Sandbox

SIGN = "/v1/convention/sign?ref=%s&party=%s"


def prepare():
    box = Sandbox()
    box.call_2023("2024-01-15", verify=False)
    return box


def status(box):
    with open("/proc/%d/status" % box.pid()) as f:
        return {k: v.split() for k, v in (line.rstrip("\n").split(":", 1) for line in f)}


def put(box, name, offset, data):
    code, body = box.http("PUT", "/uploads/%s?offset=%d" % (name, offset), data)
    return code, json.loads(body)


def test_a_repeated_command_gets_its_first_answer(box):
    before = box.sql("SELECT count(*) FROM journal")
    path, header = SIGN % (ref(1), "beneficiary"), {"Tranched-Request": "repeat-0001"}
    first = box.http("POST", path, headers=header)
    again = box.http("POST", path, headers=header)
    assert first[0] == again[0] == 200 and json.loads(first[1]) == json.loads(again[1]), (first, again)
    assert int(box.sql("SELECT count(*) FROM journal")) == int(before) + 1
    assert box.sql("SELECT count(*) FROM journal WHERE request_id = 'repeat-0001'") == "1"
    # without the id it is a second command, and is refused as one
    assert box.http("POST", path)[0] == 409


def test_the_same_id_with_another_command_or_person_is_refused(box):
    header = {"Tranched-Request": "reuse-00001"}
    assert box.http("POST", SIGN % (ref(2), "beneficiary"), headers=header)[0] == 200
    for path, more in ((SIGN % (ref(3), "beneficiary"), {}), (SIGN % (ref(2), "authority"), {}),
                       (SIGN % (ref(2), "beneficiary"), {"Tranched-As": "claire2"})):
        before = box.fingerprint()
        code, body = box.http("POST", path, headers={**header, **more})
        assert code in (403, 409), (code, body)
        assert box.fingerprint() == before
    code, body = box.http("POST", SIGN % (ref(2), "authority"), headers=header)
    assert code == 409 and json.loads(body)["error"]["code"] == "request_reused" and "reuse-00001" in body.decode()


def test_a_command_without_an_id_or_with_a_wrong_one_is_refused(box):
    before = box.fingerprint()
    for header, code in ((None, "missing_request_id"), ("short", "bad_request_id"), ("a" * 65, "bad_request_id"), ("with blanks", "bad_request_id")):
        got = box.http("POST", SIGN % (ref(3), "beneficiary"), headers={"Tranched-Request": header})
        assert got[0] == 400 and json.loads(got[1])["error"]["code"] == code, got
    assert box.fingerprint() == before


def test_a_refused_command_keeps_its_id_free(box):
    header = {"Tranched-Request": "corrected-1"}
    assert box.http("POST", SIGN % (ref(3), "mayor"), headers=header)[0] == 422
    assert box.http("POST", SIGN % (ref(3), "beneficiary"), headers=header)[0] == 200


# users-ask section 1, row 1: a double click on Pay; a command carries an id, and fifty of them are one act.
def test_fifty_at_once_are_one_act(box):
    before = int(box.sql("SELECT count(*) FROM journal"))
    header = {"Tranched-Request": uuid.uuid4().hex}
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: box.http("POST", SIGN % (ref(4), "beneficiary"), headers=header), range(50)))
    assert {a[0] for a in answers} == {200} and len({a[1] for a in answers}) == 1, {a[0] for a in answers}
    assert int(box.sql("SELECT count(*) FROM journal")) == before + 1


def test_a_repeated_clock_waits_again(box):
    header = {"Tranched-Request": "clock-00001", "Tranched-As": "admin"}
    for _ in range(2):
        code, body = box.http("POST", "/v1/clock/set?date=2024-01-16", headers=header)
        assert code == 200 and json.loads(body)["clock"]["today_on"] == "2024-01-16", body


def test_check_says_what_would_happen_and_changes_nothing(box):
    before = box.fingerprint()
    a = box.do("convention", "sign", ref(5), "--party", "beneficiary", "--check")
    assert a["checked"] is True and "signed by beneficiary" in a["would"][0]["what"], a.json
    gates = box.do("tranche", "why", ref(5) + "/1")["gates"]
    assert "beneficiary" in [g for g in gates if g["gate"] == "signature"][0]["why"], "still to sign"
    a = box.do("account", "verify", ref(5), "--check", person="paul")
    assert "verified" in a["would"][0]["what"]
    a = box.do("convention", "terminate", ref(5), "--letter", "RAR 9", "--check", person="paul")
    assert {t["state"] for t in a["tranches"]} == {"closed"}, a.json
    assert box.fingerprint() == before
    box.refused("convention", "sign", ref(5), "--party", "mayor", "--check", code="unknown_party", says=["mayor"])
    text = box.run("convention", "sign", ref(5), "--party", "beneficiary", "--check")
    assert text.code == 0 and "nothing was changed" in text.out and ref(5) in text.out, text.out
    assert box.fingerprint() == before
    box.do("clock", "set", "2025-01-01", "--check", person="admin")
    assert box.do("clock", "show")["clock"]["today_on"] == "2024-01-16"
    box.refused("clock", "set", "2023-01-01", "--check", code="clock_backwards", person="admin")


def mutating_verbs(box):
    """NOUN VERB of every command that takes --check, as the tool itself lists them."""
    found = set()
    for line in box.run("--help").out.splitlines():
        words = line.split()
        if line.startswith("  ") and len(words) > 2 and "--check" in box.run(words[0], words[1], "--help").out:
            found.add("%s %s" % (words[0], words[1]))
    return found


def hand_over_answers(box):
    """Two orders; files that a bank answers about them, and two lines that fit nothing yet."""
    for i in (3, 4):
        box.do("account", "verify", ref(i), person="paul")
        box.settle()
    bank, answers, payments = Bank(), {}, []
    for name in box.files():
        with open(os.path.join(box.outbox, name), "rb") as f:
            payments += read_orders(f.read())[1]
    a, b = payments
    for name, data in (("mismatch", bank.report(a.message, transactions=[(a, "RVNM")])),
                       ("refusal", bank.report(b.message, transactions=[(b, "RJCT", "AM04")])),
                       ("nameless", bank.statement([bank.debit(a, "2024-01-15", id="NOTPROVIDED")])), ("stray", bank.report("OTHER", group="RJCT"))):
        answers[name] = os.path.join(box.dir, name + ".xml")
        with open(answers[name], "wb") as f:
            f.write(data)
    for name in ("nameless", "stray"):
        box.do("answer", "import", answers[name])
    lines = [x["line"] for x in box.do("answer", "unmatched")["lines"]]
    assert len(lines) == 2, lines
    return answers, lines, (a.id, b.id)


def test_every_mutating_verb_can_be_checked_and_then_done(_):
    box = Sandbox(mail_port=9)  # mails are written, and nobody takes them
    try:
        box.kill(signal.SIGTERM, "mailer")
        box.call_2023("2024-01-15", verify=False)
        for i in (3, 4):
            box.do("convention", "sign", ref(i), "--party", "beneficiary")
            box.do("convention", "sign", ref(i), "--party", "authority")
        box.do("report", "receive", ref(4), "mid-report")
        box.do("convention", "launch", ref(4))
        box.do("convention", "suspend", ref(5), "--reason", "x")
        box.settle()
        with open(os.path.join(box.dir, "small.conf"), "w") as f:
            f.write(SMALL.replace('"signed"', '"signed", "approval"'))
        with open(os.path.join(box.dir, "one.csv"), "w") as f:
            f.write(LAUREATES + laureate("S", 1, "100.00"))
        answers, lines, (waits, dies) = hand_over_answers(box)
        mail = box.do("mail", "list")["mails"][0]["mail"]
        acts = [("claire", "scheme import " + os.path.join(box.dir, "small.conf")),
                ("claire", "convention import %s --scheme SMALL" % os.path.join(box.dir, "one.csv")),
                ("claire", "scheme decision SMALL --received 2023-12-19 --published 2023-12-19"),
                ("claire", "convention sign %s --party beneficiary" % ref(1)), ("claire", "convention unsign %s --party beneficiary --reason x" % ref(1)),
                ("paul", "account verify " + ref(1)), ("claire", "account propose %s --iban FR1420041010050500013M02606 --holder Autre" % ref(2)),
                ("claire", "convention launch " + ref(3)), ("claire", "convention unlaunch %s --reason x" % ref(3)),
                ("claire", "report receive %s statement" % ref(4)), ("paul", "report accept %s statement" % ref(4)),
                ("claire", "report refuse %s mid-report --reason x" % ref(4)), ("claire", "report waive %s mid-report --reason x" % ref(4)),
                ("claire", "report receive %s mid-report" % ref(3)), ("claire", "report withdraw %s mid-report --reason x" % ref(3)),
                ("claire", "tranche override %s/2 --gate date --reason x" % ref(3)), ("claire", "tranche approve S-1/1 --reason x"),
                ("paul", "convention amend %s --grant 8000.00 --reason x" % ref(2)), ("paul", "convention resume " + ref(5)),
                ("claire", "convention suspend %s --reason x" % ref(2)), ("paul", "convention terminate %s --letter RAR" % ref(2)),
                ("claire", "order cancel %s --reason x" % waits), ("claire", "answer import " + answers["mismatch"]), ("paul",
                                                                                                                       "order release %s --reason x" % waits),
                ("claire", "answer import " + answers["refusal"]), ("paul", "order reissue %s --reason x" % dies),
                ("paul", "answer link %s --order %s --reason x" % (lines[1], waits)), ("claire", "answer dismiss %s --reason x" % lines[0]),
                ("admin", "file reconcile --above TESTCABBALR-2024-L7-1 --reason x"),
                ("admin", "mail retry %s --reason x" % mail), ("admin", "mail cancel %s --reason x" % mail), ("admin", "clock set 2024-01-16")]
        assert {" ".join(words.split()[:2]) for _, words in acts} == mutating_verbs(box)
        for person, words in acts:
            before = box.fingerprint()
            a = box.do(*words.split(), "--check", person=person)
            assert a["checked"] and box.fingerprint() == before, words
            box.do(*words.split(), person=person)
            assert box.fingerprint() != before, words
        box.check_invariants()
    finally:
        box.close()


def test_every_list_as_csv_has_the_rows_and_totals_of_the_table(box):
    for words in (["scheme", "list"], ["convention", "list"], ["account", "list"], ["tranche", "list"], ["order", "list"], ["file", "list"],
                  ["journal", "list"], ["document", "list"], ["proposal", "list"], ["answer", "list"], ["answer", "unmatched"], ["mail", "list"]):
        answer = box.do(*words)
        key = next(k for k in answer.json if isinstance(answer.json[k], list))
        for order in ([*words, "--csv"], ["--csv", *words]):
            rows = list(csv.reader(io.StringIO(box.run(*order).out)))
            head, body, last = rows[0], rows[1:-1], rows[-1]
            assert len(body) == len(answer[key]) and len({len(r) for r in rows}) == 1, (words, rows[:2])
            assert last[0] == "Total (%d)" % len(body), last
            for column, name in enumerate(head):
                cents = answer["totals"][key].get(name + "_cents")
                if cents is not None and column:
                    assert last[column] == "%d.%02d" % (cents // 100, cents % 100), (name, last[column], cents)
                    assert sum(round(float(r[column]) * 100) for r in body) == cents


def test_row_35_a_filtered_list_as_csv_has_the_rows_of_that_filter_and_their_totals(_):
    box = Sandbox()
    try:
        box.call_2023("2024-01-15")
        for i in (1, 2):
            box.sign(i)
        for words in (["tranche", "list", "--held"], ["tranche", "list", "--scheme", "LAB-2023", "--due", "2024-01-15"], ["order", "list", ref(1)],
                      ["journal", "list", ref(2)], ["account", "list", ref(3)], ["convention", "list", "--scheme", "LAB-2023"]):
            answer, whole = box.do(*words), box.do(*words[:2])
            key = next(k for k in answer.json if isinstance(answer.json[k], list))
            rows = list(csv.reader(io.StringIO(box.run(*words, "--csv").out)))
            assert len(rows) - 2 == len(answer[key]) and rows[-1][0] == "Total (%d)" % len(answer[key]), (words, rows[-1])
            assert words[0] == "convention" or len(answer[key]) < len(whole[key]), "the filter takes nothing away: %s" % words
            for column, name in enumerate(rows[0]):
                cents = answer["totals"][key].get(name + "_cents")
                if cents is not None and column:
                    assert sum(round(float(r[column]) * 100) for r in rows[1:-1]) == cents and rows[-1][column] == "%d.%02d" % divmod(cents, 100)
    finally:
        box.close()


def test_a_list_that_does_not_fit_on_the_disk_is_no_list(box):
    env = dict(os.environ, TRANCHED_SOCKET=box.socket, TRANCHED_AS="claire", TRANCHED_LANG="en")
    with open("/dev/full", "w") as full:
        p = subprocess.run([box.place + "/bin/tranchectl", "convention", "list"], env=env, stdout=full, stderr=subprocess.PIPE, text=True)
        assert p.returncode == 1 and "No space left" in p.stderr, p
        for option in ("--print-states", "--help", "--version"):
            p = subprocess.run([box.place + "/bin/tranched", option], stdout=full, stderr=subprocess.PIPE, text=True)
            assert p.returncode == 1 and "No space left" in p.stderr, p


def test_a_check_as_csv_says_beside_the_rows_that_nothing_was_stored(box):
    a = box.run("account", "propose", ref(4), "--iban", "FR1420041010050500013M02606", "--holder", "X", "--check", "--csv")
    assert a.code == 0 and "nothing was changed" in a.err and "nothing was changed" not in a.out, (a.out, a.err)


def test_a_cell_that_looks_like_a_formula_is_text(box):
    box.do("account", "propose", ref(5), "--iban", "FR1420041010050500013M02606", "--holder", "+33 1 conseil")
    rows = list(csv.reader(io.StringIO(box.run("account", "list", ref(5), "--csv").out)))
    assert "'+33 1 conseil" in rows[2], rows


def test_an_upload_with_a_hole_or_another_digest_is_refused(box):
    before = box.fingerprint()
    code, body = put(box, "one", 0, b"a" * 1000)
    assert code == 200 and body["upload"]["size"] == 1000, body
    code, body = put(box, "one", 2000, b"b")
    assert code == 409 and body["error"]["code"] == "upload_hole" and "1000" in body["error"]["message"], body
    code, body = put(box, "one", 1000, b"b" * (1024 * 1024 + 1))
    assert code == 422 and body["error"]["code"] == "upload_too_large", body
    assert put(box, "no/slash", 0, b"x")[0] in (400, 404)
    assert put(box, "no.dot", 0, b"x")[0] == 400
    path = "/v1/scheme/decision?ref=LAB-2023&appeal-until=2024-02-20&upload=%s&sha256=%s"
    good, bad = hashlib.sha256(b"a" * 1000).hexdigest(), hashlib.sha256(b"z").hexdigest()
    for name, digest, error in (("one", bad, "other_digest"), ("one", "beef", "bad_sha256"), ("two", good, "unknown_upload")):
        code, body = box.http("POST", path % (name, digest))
        assert json.loads(body)["error"]["code"] == error and name in body.decode(), body
    code, body = box.http("POST", path % ("one", good), headers={"Tranched-As": "paul"})
    assert code == 403, "another role"
    assert box.fingerprint() == before
    assert box.http("POST", path % ("one", good))[0] == 200
    documents = box.do("document", "list", "--scheme", "LAB-2023")["documents"]
    assert [(d["sha256"], d["byte_count"], d["kind"]) for d in documents] == [(good, 1000, "decision")], documents
    assert os.listdir(box.place + "/state/uploads") == []


def test_a_repeated_command_with_a_file_gets_its_first_answer(box):
    body = b"r" * 10
    put(box, "again", 0, body)
    path = "/v1/convention/sign?ref=%s&party=authority&upload=again&sha256=%s" % (ref(5), hashlib.sha256(body).hexdigest())
    header = {"Tranched-Request": "with-a-file"}
    answers = [box.http("POST", path, headers=header) for _ in range(2)]
    assert answers[0] == answers[1] and answers[0][0] == 200, answers
    large = os.path.join(box.dir, "large.pdf")
    with open(large, "wb") as f:
        f.write(b"l" * (3 << 20))
    for _ in range(2):
        a = box.do("--request", "large-file-1", "account", "propose", ref(4), "--iban", "DE89370400440532013000", "--holder", "Grand", "--file", large)
    assert box.sql("SELECT count(*) FROM account WHERE holder = 'Grand'") == "1", a.json
    empty = os.path.join(box.dir, "empty.pdf")
    open(empty, "w").close()
    box.refused("scheme", "decision", "LAB-2023", "--appeal-until", "2024-02-20", "--file", empty, code="empty_file")


def test_an_upload_belongs_to_who_sent_it(box):
    assert put(box, "mine", 0, b"m" * 10)[0] == 200
    digest = hashlib.sha256(b"m" * 10).hexdigest()
    code, body = box.http("POST", "/v1/convention/suspend?ref=%s&reason=x&upload=mine&sha256=%s" % (ref(1), digest))
    assert code == 400, "a command that takes no file"
    code, body = box.http("PUT", "/v1/uploads/mine?offset=10", b"x", {"Tranched-As": "paul"})
    assert code == 409, "paul has no such upload: offset 10 is a hole in his"
    code, body = box.http("PUT", "/v1/uploads/his?offset=0", b"x", {"Tranched-As": "admin"})
    assert code == 403, body


def test_a_document_of_200_mb_in_flat_memory_comes_back_as_it_was(box):
    for party in ("beneficiary", "authority"):
        a = box.ask("convention", "sign", ref(1), "--party", party)
        assert a.code == 0 or a.error["code"] == "already_signed", a.out
    path = os.path.join(box.dir, "rapport.pdf")
    block = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for i in range(200):
            f.write(i.to_bytes(4, "big") + block[4:])
    before = int(status(box)["VmHWM"][0])
    box.do("report", "receive", ref(1), "mid-report", "--file", path)
    grown = int(status(box)["VmHWM"][0]) - before
    if "asan" not in os.environ.get("BUILD", ""):
        assert grown < 24 * 1024, "%d KiB more" % grown
    document = box.do("document", "list", ref(1))["documents"][-1]
    with open(path, "rb") as f:
        digest = hashlib.file_digest(f, "sha256").hexdigest()
    assert (document["sha256"], document["byte_count"], document["kind"], document["file_name"]) == (digest, 200 << 20, "mid-report", "rapport.pdf")
    back = os.path.join(box.dir, "back.pdf")
    a = box.run("document", "save", digest, "--to", back)
    assert a.code == 0, a.err
    with open(back, "rb") as f:
        assert hashlib.file_digest(f, "sha256").hexdigest() == digest
    assert box.run("document", "save", digest, "--to", back).code == 2, "a file that is there is not overwritten"
    assert box.run("document", "save", "0" * 64, "--to", back + "2").code == 1 and not os.path.exists(back + "2")
    assert box.sql("SELECT count(*) FROM document_part WHERE length(bytes) > 1048576") == "0"


SMALL = """scheme = {
  code = "SMALL"; title = "Petites aides"; decision = { on = "2023-12-12"; };
  envelope = "9000000.00"; grant = { min = "100.00"; max = "100.00"; };
  parties = [ "beneficiary", "authority" ]; duration = "6m";
  tranches = ( { name = "advance"; up_to = "100"; needs = [ "signed" ]; } );
};
"""


def test_a_long_spreadsheet_arrives_in_parts_all_or_none(box):
    path, count = os.path.join(box.dir, "small.csv"), 12000
    with open(os.path.join(box.dir, "small.conf"), "w") as f:
        f.write(SMALL)
    box.do("scheme", "import", os.path.join(box.dir, "small.conf"))
    rows = [laureate("S", i, "100.00") for i in range(1, count + 1)]
    head = "reference,project,beneficiary,siret,grant,iban,account_holder\n"
    with open(path, "w") as f:
        f.write(head + "".join(rows) + rows[0])
    assert os.path.getsize(path) > 1 << 20
    box.refused("convention", "import", path, "--scheme", "SMALL", code="bad_import", says=["S-1", str(count + 2)])
    with open(path, "w") as f:
        f.write(head + "".join(r.replace("100.00", "100.001") for r in rows))
    a = box.refused("convention", "import", path, "--scheme", "SMALL", code="bad_import", says=["%d mistakes" % count])
    assert len(a.error["details"]) == 100, "the first hundred are shown"
    with open(path, "w") as f:
        f.write(head + "".join(rows))
    a = box.do("convention", "import", path, "--scheme", "SMALL")
    assert "%d conventions imported, 1200000.00 EUR" % count in a["message"], a.json
    assert box.sql("SELECT count(*) FROM tranche t JOIN convention c ON c.id = t.convention_id WHERE c.reference LIKE 'S-%'") == str(count)


run_module(sys.modules[__name__], shared=prepare)
