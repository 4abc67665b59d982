"""What a newcomer will try first: a clear error that names the record and what to do, and nothing changed."""
import os
import sys

from sandbox import Sandbox, ref, run_module, SCHEMES, BUILD
import subprocess

HEADER = "reference,project,beneficiary,siret,grant,iban,account_holder\n"
GOOD = "NEW-1,Projet,Nouveau,99000006900015,5000.00,DE89370400440532013000,Nouveau\n"


def prepare():
    box = Sandbox()
    box.call_2023("2024-01-15", verify=False)
    box.do("convention", "terminate", ref(5), "--letter", "RAR 1", person="paul")  # frees 10 000 of the envelope
    return box


def csv(box, text, encoding="utf-8"):
    path = os.path.join(box.dir, "input.csv")
    with open(path, "wb") as f:
        f.write(text.encode(encoding))
    return path


def refused_csv(box, text, says, encoding="utf-8"):
    return box.refused("convention", "import", csv(box, text, encoding), "--scheme", "LAB-2023", code="bad_import", says=says)


def edited(**fields):
    names = HEADER.strip().split(",")
    values = dict(zip(names, GOOD.strip().split(",")))
    values.update(fields)
    return HEADER + ",".join(values[n] for n in names) + "\n"


def test_the_good_line_would_pass(box):
    other = Sandbox()
    try:
        other.call_2023("2024-01-15", verify=False)
        other.do("convention", "terminate", ref(5), "--letter", "RAR 1", person="paul")
        other.do("convention", "import", csv(other, HEADER + GOOD), "--scheme", "LAB-2023")
    finally:
        other.close()


def test_ibans(box):
    for bad, word in [("DE89370400440532013001", "checksum"), ("DE8937040044053201300", "length"), ("XX89370400440532013000", "country"),
                      ("FR7630006000011234567890188", "checksum"), ("DE8937040044053201300A", "wrong places"), ("US12", "length"),
                      ("IBAN:DE89370400440532013000", "character"), ("CH9300762011623852957", "address")]:
        refused_csv(box, edited(iban=bad), ["NEW-1", word, '"line": 2', '"column": 6'])
    box.refused("account", "propose", ref(1), "--iban", "FR7630006000011234567890188", "--holder", "X", code="bad_iban", says=[ref(1), "RIB"])


def test_a_wrong_rib_key_behind_a_right_checksum(box):
    bban = "30006000011234567890188"
    check = 98 - int("".join(str(int(c, 36)) for c in bban + "FR00")) % 97
    box.refused("account", "propose", ref(1), "--iban", "FR%02d%s" % (check, bban), "--holder", "X", code="bad_iban", says=["RIB key"])


def test_sirets(box):
    refused_csv(box, edited(siret="99000006900016"), ["NEW-1", "checksum"])
    refused_csv(box, edited(siret="9900000690001"), ["NEW-1", "14 digits"])
    refused_csv(box, edited(siret="99000001000019"), ["NEW-1", ref(1)])


def test_bics(box):
    good = ["--iban", "DE89370400440532013000", "--holder", "X"]
    box.refused("account", "propose", ref(1), *good, "--bic", "COBADE", code="bad_bic", says=[ref(1), "COBADE"])
    box.refused("account", "propose", ref(1), *good, "--bic", "BDFEFRPPCCT", code="bad_bic", says=[ref(1), "country"])


def test_amounts(box):
    for bad, word in [("5000.001", "two decimals"), ("0", "zero"), ("0.00", "zero"), ("-5000", "amount"), ("4999.99", "bounds"),
                      ("10000.01", "bounds"), ("5 000", "amount"), ('"5000,00"', "amount"), ("5e3", "amount"), ("99999999999999999999", "amount")]:
        refused_csv(box, edited(grant=bad), ["NEW-1", word, '"line": 2', '"column": 5'])


def test_the_envelope_exceeded_by_a_cent(box):
    more = GOOD.replace("NEW-1", "NEW-2").replace("99000006900015", "99000007700018").replace("DE89370400440532013000", "NL91ABNA0417164300")
    refused_csv(box, HEADER + GOOD + more.replace("5000.00", "5000.01"), ["envelope", "50000.00"])


def test_dates_that_do_not_exist_or_lie_in_the_future(box):
    for bad in ("2024-02-30", "2024-13-01", "15/01/2024", "2024-1-1", "tomorrow"):
        box.refused("convention", "sign", ref(1), "--party", "beneficiary", "--on", bad, code="bad_date", says=[bad, "YYYY-MM-DD"])
    box.refused("convention", "sign", ref(1), "--party", "beneficiary", "--on", "2024-01-16", code="future_date", says=["2024-01-16", "2024-01-15"])
    box.refused("scheme", "decision", "LAB-2023", "--published", "2024-02-01", code="future_date", says=["LAB-2023"])
    box.refused("scheme", "decision", "LAB-2023", "--received", "2023-12-11", code="before_decision", says=["LAB-2023"])
    box.refused("scheme", "decision", "LAB-2023", "--received", "2023-12-20", code="already_recorded", says=["LAB-2023"])
    box.refused("convention", "sign", ref(1), "--party", "beneficiary", "--on", "2023-12-01", code="before_decision", says=[ref(1)])


def test_unknown_scheme_convention_party_paper_order_and_file(box):
    box.refused("scheme", "show", "LAB-2099", code="unknown_scheme", says=["LAB-2099", "scheme list"])
    box.refused("convention", "import", csv(box, HEADER + GOOD), "--scheme", "NONE", code="unknown_scheme", says=["NONE"])
    box.refused("convention", "show", "LAB2-2023-99", code="unknown_convention", says=["LAB2-2023-99", "convention list"])
    box.refused("convention", "sign", ref(1), "--party", "mayor", code="unknown_party", says=[ref(1), "mayor", "beneficiary, authority"])
    box.refused("convention", "sign", ref(1), "--party", "authority", "--by", "janitor", code="unknown_signatory", says=["janitor", "president"])
    box.refused("tranche", "show", ref(1) + "/3", code="unknown_tranche", says=[ref(1), "2 tranches"])
    box.refused("tranche", "why", ref(1), code="bad_reference", exit_code=2)
    box.refused("order", "show", "X", code="unknown_order", says=["X"])
    box.refused("file", "show", "X", code="unknown_file", says=["X"])


def test_a_report_before_the_signature(box):
    box.refused("report", "receive", ref(1), "mid-report", code="not_signed", says=[ref(1), "signature"])
    box.refused("report", "accept", ref(1), "mid-report", person="paul", code="not_received", says=[ref(1)])
    box.refused("report", "receive", ref(1), "poem", code="unknown_paper", says=["poem", "mid-report"])


def test_an_account_other_than_the_one_on_the_slip(box):
    box.refused("account", "verify", ref(3), "--iban", "DE89370400440532013000", person="paul", code="other_account", says=[ref(3), "0316"])


def test_a_party_that_signs_twice(box):
    box.do("convention", "sign", ref(2), "--party", "beneficiary")
    box.refused("convention", "sign", ref(2), "--party", "beneficiary", code="already_signed", says=[ref(2), "2024-01-15"])


def test_acts_out_of_turn(box):
    box.refused("convention", "resume", ref(1), person="paul", code="not_suspended", says=[ref(1)])
    box.refused("convention", "launch", ref(1), code="not_in_force", says=[ref(1)])
    box.refused("convention", "terminate", ref(5), "--letter", "x", person="paul", code="wrong_state", says=[ref(5)])
    box.refused("convention", "terminate", ref(1), "--letter", "x", "--on", "1990-01-01", person="paul", code="before_decision", says=[ref(1)])
    box.refused("convention", "sign", ref(5), "--party", "beneficiary", code="wrong_state", says=[ref(5)])
    box.refused("account", "propose", ref(2), "--iban", "FR7699999000011234567890152", "--holder", "R3D", code="iban_shared", says=[ref(2), ref(1)])
    box.refused("account", "propose", ref(1), "--iban", "FR7699999000011234567890152", "--holder", "Mov'ntec", code="same_account", says=[ref(1)])
    box.refused("account", "propose", ref(1), "--iban", "DE89370400440532013000", "--holder", "Общество", code="bad_holder", says=[ref(1)])


def test_spreadsheets_of_the_wrong_kind(box):
    refused_csv(box, edited(beneficiary="Société"), ["UTF-8", '"line": 2'], encoding="latin-1")
    refused_csv(box, HEADER.replace("siret", "siren") + GOOD, ["siren", "siret"])
    refused_csv(box, HEADER.replace(",", ";") + GOOD, ["semicolons"])
    refused_csv(box, HEADER, ["no convention"])
    refused_csv(box, HEADER + GOOD.replace("Projet,", ""), ["6 fields instead of 7"])
    refused_csv(box, HEADER + GOOD.replace("Projet", '"Projet'), ["quotation mark"])
    refused_csv(box, edited(project=""), ["project is empty"])
    refused_csv(box, edited(account_holder="x" * 71), ["70"])
    refused_csv(box, edited(reference="A/1"), ["A/1"])
    refused_csv(box, edited(beneficiary="a\u202eb"), ["beneficiary"])
    box.refused("convention", "import", csv(box, ""), "--scheme", "LAB-2023", code="empty_file")


def test_all_mistakes_of_a_file_come_at_once(box):
    a = refused_csv(box, edited(iban="X", siret="1", grant="x") + "short,line\n", ["NEW-1"])
    assert [(d["line"], d["column"]) for d in a.error["details"]] == [(2, 4), (2, 5), (2, 6), (3, 0)], a.error


def test_the_same_file_twice_is_refused_record_by_record(box):
    a = box.refused("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023", code="bad_import")
    text = [d["message"] for d in a.error["details"]]
    for i in range(1, 6):
        assert any(ref(i) in t and "exists already" in t for t in text), text
    refused_csv(box, HEADER + GOOD + GOOD, ["NEW-1", "as in line 2"])
    box.refused("scheme", "import", os.path.join(SCHEMES, "lab-2023.conf"), code="scheme_exists", says=["LAB-2023"])


def test_schemes_with_mistakes(box):
    path = os.path.join(box.dir, "bad.conf")
    with open(os.path.join(SCHEMES, "lab-2023.conf")) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace('"LAB-2023"', '"LAB-2024"').replace('duration = "6m"', 'advance = "float"; duration = 6').replace('"60"', "60"))
    a = box.refused("scheme", "import", path, code="bad_scheme", says=["advance", "duration", "up_to"])
    assert all(d["line"] for d in a.error["details"]), a.error


def test_roles(box):
    for person, words in [("paul", ("convention", "sign", ref(1), "--party", "beneficiary")), ("claire", ("account", "verify", ref(1))),
                          ("admin", ("account", "verify", ref(1))), ("claire", ("clock", "set", "2024-02-01")),
                          ("claire", ("convention", "terminate", ref(1), "--letter", "x")), ("admin", ("convention", "suspend", ref(1), "--reason", "x"))]:
        box.refused(*words, person=person, code="wrong_role", says=[person])
    box.refused("status", person="nobody-here", code="unknown_person", says=["nobody-here"])


def test_usage(box):
    for words in [(), ("convention",), ("convention", "dance"), ("poem", "list"), ("convention", "sign", ref(1)), ("convention", "show"),
                  ("convention", "list", "--colour", "red"), ("convention", "show", "a", "b"), ("scheme", "import", "/nonexistent")]:
        a = box.run(*words)
        assert a.code == 2 and a.err, (words, a.code, a.out, a.err)
    for words in [("--help",), ("convention", "--help"), ("convention", "sign", "--help")]:
        a = box.run(*words)
        assert a.code in (0, 2) and "convention" in a.out + a.err, (words, a.code)
    assert box.run("convention", "sign", "--help").code == 0
    p = subprocess.run([BUILD + "/daemon/tranchectl", "--socket", "/nonexistent", "status"], capture_output=True, text=True)
    assert p.returncode == 3 and "/nonexistent" in p.stderr, p.stderr


def test_the_clock_never_goes_back(box):
    box.refused("clock", "set", "2024-01-14", person="admin", code="clock_backwards", says=["2024-01-15", "2024-01-14"])
    box.refused("clock", "set", "2024-02-31", person="admin", code="bad_date", says=["2024-02-31"])


def test_http_without_the_tool(box):
    before = box.fingerprint()
    assert box.http("GET", "/v1/status/show")[0] == 200
    assert box.http("GET", "/v1/poem/show")[0] == 404
    assert box.http("GET", "/v1/convention/sign?ref=%s&party=beneficiary" % ref(1))[0] == 400
    assert box.http("POST", "/v1/convention/sign", "{\"ref\": \"LAB2")[0] == 400
    assert box.http("POST", "/v1/convention/sign", "[1]")[0] == 400
    assert box.http("POST", "/v1/convention/sign", '{"ref": 7, "party": "beneficiary"}')[0] == 400
    assert box.http("POST", "/v1/convention/sign", '{"ref": "%s", "party": "beneficiary", "colour": "red"}' % ref(1))[0] == 400
    assert box.http("POST", "/v1/convention/sign?ref=%FF%FE&party=beneficiary")[0] in (400, 404)
    assert box.http("GET", "/v1/tranche/list?held&scheme=NOPE")[0] == 400
    assert box.http("DELETE", "/v1/convention/sign")[0] in (405, 501)
    assert box.fingerprint() == before
    assert box.http("POST", "/v1/convention/sign", '{"ref": "%s", "party": "beneficiary"}' % ref(3))[0] == 200


def test_a_body_above_the_limit(box):
    before = box.fingerprint()
    try:
        status = box.http("POST", "/v1/convention/import?scheme=LAB-2023", b"x" * (3 * 1024 * 1024))[0]
    except OSError:
        status = 413  # the daemon hung up while we still sent
    assert status == 413, status
    assert box.fingerprint() == before


def test_configurations_with_mistakes(box):
    path = os.path.join(box.dir, "bad.conf")
    with open(box.conf) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace('cutoff = "15:00"', 'cutoff = "late"').replace("wait_days = 2", "wait_day = 2"))
    p = subprocess.run([BUILD + "/daemon/tranched", "--config", path, "--check-config"], capture_output=True, text=True)
    assert p.returncode == 78 and "order.cutoff" in p.stderr and "account.wait_day" in p.stderr, p.stderr
    assert all(":%d:" % (text[:text.index(w)].count("\n") + 1) in p.stderr for w in ('cutoff = "15:00"', "wait_days = 2")), p.stderr
    p = subprocess.run([BUILD + "/daemon/tranched", "--config", box.conf, "--check-config"], capture_output=True, text=True)
    assert p.returncode == 0, p.stderr


run_module(sys.modules[__name__], shared=prepare)
