"""What is refused, command by command, with the reason that names the record and the remedy; nothing changes by it. Each test has
conventions of its own in one sandbox."""
import os
import sys

from sandbox import LAUREATES, Sandbox, SCHEMES, laureate, run_module, wait_for

FRENCH, OTHER_FRENCH = "FR7699999000011234567890152", "FR7630006000011234567890189"
NONE = "0" * 64
made = []


def convention(box, rules=lambda text: text, grant="10000.00", count=1):
    """The first of COUNT conventions of a scheme of their own, which is executory; RULES changes the scheme's file."""
    code = "R%d" % (len(made) + 1)
    made.append(code)
    box.clock("2024-01-02")
    with open(os.path.join(SCHEMES, "lab-2023.conf")) as f:
        text = rules(f.read().replace("LAB-2023", code))
    with open(os.path.join(box.dir, code + ".conf"), "w") as f:
        f.write(text)
    with open(os.path.join(box.dir, code + ".csv"), "w") as f:
        f.write(LAUREATES + "".join(laureate(code, i, grant, len(made)) for i in range(1, count + 1)))
    box.do("scheme", "import", os.path.join(box.dir, code + ".conf"))
    box.do("convention", "import", os.path.join(box.dir, code + ".csv"), "--scheme", code)
    box.do("scheme", "decision", code, "--received", "2023-12-19", "--published", "2023-12-19")
    return code + "-1"


def signed(box, reference):
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", reference, "--party", party)
    return reference


def test_without_a_day_nothing_is_recorded(box):
    box.refused("scheme", "import", box.scheme, code="no_day", says=["clock set"])


def test_accounts(box):
    one = convention(box)

    def propose(iban, *more, code, says):
        box.refused("account", "propose", one, "--iban", iban, "--holder", "Lab", *more, code=code, says=[one, *says])
    propose("CH93 0076 2011 6238 5295 7", code="iban_outside_eea", says=["CH"])
    propose("FR76 9999 9000 0112 3456 7890 153", code="bad_iban", says=["checksum"])
    propose(FRENCH, "--bic", "COBADEFFXXX", code="bad_bic", says=["COBADEFFXXX", "country"])
    propose(FRENCH, "--bic", "COBA", code="bad_bic", says=["COBA"])
    box.do("account", "propose", one, "--iban", FRENCH, "--holder", "Lab", "--bic", "BDFEFRPPCCT")
    propose(FRENCH, "--bic", "BDFEFRPPCCT", code="same_account", says=["already"])
    box.do("account", "propose", one, "--iban", FRENCH, "--holder", "Lab")  # without the BIC it is another
    propose(FRENCH, code="same_account", says=["already"])
    box.do("account", "propose", one, "--iban", FRENCH, "--holder", "Laboratoire")
    for typed in (OTHER_FRENCH, "no iban"):
        box.refused("account", "verify", one, "--iban", typed, code="other_account", says=[one, "0152", "Laboratoire"], person="paul")
    box.do("account", "verify", one, "--iban", "FR76 9999 9000 0112 3456 7890 152", person="paul")
    box.refused("account", "verify", one, code="already_verified", says=[one, "paul", "2024-01-02"], person="paul")
    box.do("convention", "terminate", one, "--letter", "RK 1", "--reason", "letter of today", person="paul")
    propose(OTHER_FRENCH, code="wrong_state", says=["terminated"])
    box.sql("DELETE FROM account WHERE convention_id = (SELECT id FROM convention WHERE reference = '%s')" % convention(box))
    box.refused("account", "verify", made[-1] + "-1", code="no_account", says=[made[-1], "account propose"], person="paul")


def test_grants(box):
    def amend(reference, grant, code, says=()):
        box.refused("convention", "amend", reference, "--grant", grant, "--reason", "x", code=code, says=[reference, *says], person="paul")
    one = convention(box, lambda text: text.replace('envelope = "50000.00"', 'envelope = "12000.00"'), "6000.00", 2)
    for grant, code in (("eight", "bad_amount"), ("8000.001", "bad_amount"), ("4999.99", "out_of_bounds"), ("10000.01", "out_of_bounds"),
                        ("6000.00", "same_grant"), ("6000.01", "over_envelope")):
        amend(one, grant, code, [] if code == "over_envelope" else [grant] if code != "same_grant" else ["6000.00"])
    box.do("convention", "amend", one, "--grant", "5000.00", "--reason", "less", person="paul")
    box.do("convention", "terminate", one, "--letter", "RK 1", "--reason", "letter", person="paul")
    amend(one, "5500.00", "wrong_state", ["terminated"])


def test_signatures_and_launches(box):
    one = convention(box)
    box.refused("convention", "unsign", one, "--party", "authority", "--reason", "x", code="not_signed", says=[one])
    box.refused("convention", "sign", one, "--party", "authority", "--by", "stranger", code="unknown_signatory", says=["president"])
    box.refused("convention", "unlaunch", one, "--reason", "x", code="not_recorded", says=[one])
    box.refused("convention", "launch", one, code="not_in_force", says=[one])
    box.do("convention", "sign", one, "--party", "authority", "--by", "president")
    box.do("convention", "sign", one, "--party", "beneficiary", "--by", "Claire, director")
    box.refused("convention", "launch", one, "--on", "2024-01-01", code="before_signature", says=[one, "2024-01-01"])
    box.do("convention", "launch", one)
    box.refused("convention", "launch", one, code="already_recorded", says=[one, "2024-01-02"])
    box.do("convention", "suspend", one, "--reason", "an inquiry")
    box.refused("convention", "suspend", one, "--reason", "again", code="already_suspended", says=[one, "an inquiry"])
    box.do("convention", "resume", one, person="paul")
    box.refused("convention", "resume", one, code="not_suspended", says=[one], person="paul")
    box.do("convention", "terminate", one, "--letter", "RK 1", "--reason", "letter", person="paul")
    for words in (("unlaunch", one, "--reason", "x"), ("suspend", one, "--reason", "x"), ("unsign", one, "--party", "authority", "--reason", "x")):
        box.refused("convention", *words, code="wrong_state", says=[one])
    box.refused("convention", "sign", one, "--party", "authority", code="already_signed", says=[one])
    plain = convention(box, lambda text: text.replace('  facts = ( { name = "launch"; by = "beneficiary"; } );\n', "").replace(
        'from = "launch"; or = "effect"', 'from = "effect"'))
    box.refused("convention", "launch", plain, code="no_such_fact", says=[made[-1]])


def test_imports(box):
    one = convention(box)
    box.do("account", "verify", one, person="paul")
    code, (head, row) = made[-1], (LAUREATES, laureate(made[-1], 7, "5000.00", len(made)))
    theirs = laureate(code, 1, "5000.00", len(made)).split(",")[5]
    for change, says in (((code + "-7", "-" + code), "letters, digits"), ((code + "-7", code + "-" + "7" * 40), "at most 35"),
                         ((code + "-7", code + "_7"), "letters, digits"), (("Projet", ""), "project is empty"),
                         (("Projet", "P" * 501), "at most 500 bytes"), ((row.split(",")[5], theirs), "of another beneficiary"),
                         ((code + "-7", one), one)):
        path = os.path.join(box.dir, "bad.csv")
        with open(path, "w") as f:
            f.write(head + row.replace(*change, 1))
        box.refused("convention", "import", path, "--scheme", code, code="bad_import", says=[says])


def test_tranches_and_proposals(box):
    one = signed(box, convention(box))
    for bad in (one, one + "/", "/1", one + "/one", one + "/0"):
        box.refused("tranche", "why", bad, code="bad_reference", says=["LAB2-2023-01/1"], exit_code=2)
    box.refused("tranche", "why", one + "/3", code="unknown_tranche", says=[one, "2 tranches"])
    box.refused("tranche", "approve", one + "/1", "--reason", "x", code="no_approval_asked", says=[one], person="paul")
    box.refused("proposal", "list", "NOBODY-1", code="unknown_convention", says=["NOBODY-1"])
    assert box.do("proposal", "list", one)["proposals"] == []
    assert box.do("status", "show", "--held")["held"]
    box.refused("scheme", "decision", made[-1], code="missing_argument", says=["--received"], exit_code=2)
    box.refused("scheme", "decision", made[-1], "--received", "2023-12-20", code="already_recorded", says=[made[-1], "2023-12-19"])
    box.refused("scheme", "decision", made[-1], "--appeal-until", "2023-12-01", code="before_decision", says=[made[-1]])
    box.refused("clock", "set", "2024-01-01", code="clock_backwards", says=["2024-01-02"], person="admin")
    box.do("convention", "terminate", one, "--letter", "RK 1", person="paul")
    assert not [d for d in box.do("calendar", "show", "--scheme", made[-1])["days"]], "nothing comes of what is over"


def test_papers(box):
    one = signed(box, convention(box))
    box.refused("report", "receive", one, "mid-rapport", code="unknown_paper", says=["mid-report"])
    box.do("report", "receive", one, "mid-report")
    box.refused("report", "receive", one, "mid-report", code="already_received", says=[one, "report refuse"])
    box.do("convention", "terminate", one, "--letter", "RK 1", "--reason", "letter", person="paul")
    box.refused("report", "receive", one, "budgets", code="wrong_state", says=[one])


def test_lines_and_documents(box):
    box.clock("2024-01-02")

    def bad(*words, code, says):
        box.refused(*words, code=code, says=says, exit_code=2)
    for line in ("", "abc", "0123456789abcdef", "0123456789abcdef.", "0123456789abcdef;1", "0123456789abcdef.one", "0123456789abcdef0.1"):
        bad("answer", "unmatched", line, code="bad_line", says=["answer unmatched"])
    bad("answer", "show", "abc", code="bad_sha256", says=["abc"])
    box.refused("answer", "show", NONE, code="unknown_answer", says=[NONE])
    box.refused("answer", "dismiss", "0123456789abcdef.1", "--reason", "x", code="unknown_line", says=["0123456789abcdef.1"])
    box.refused("document", "save", NONE, "--to", os.path.join(box.dir, "out"), code="unknown_document", says=[NONE])
    bad("document", "save", "abc", "--to", os.path.join(box.dir, "out"), code="bad_argument", says=["64"])
    box.refused("order", "show", "2024-L1-1-9", code="unknown_order", says=["2024-L1-1-9"])
    box.refused("file", "show", "NOBODY-2024-L1-1", code="unknown_file", says=["NOBODY-2024-L1-1"])
    box.refused("mail", "list", "--state", "lost", code="bad_state", says=["lost"])
    box.refused("mail", "show", NONE, code="unknown_mail", says=[NONE])
    box.refused("mail", "preview", "gossip", code="unknown_kind", says=["gossip"])
    box.refused("mail", "preview", "week", code="no_mail", says=["mail.from"])
    for words, code in ((("--above", "no MsgId"), "bad_message_id"), ((), "no_doubt")):
        box.refused("file", "reconcile", *words, "--reason", "x", code=code, person="paul")


def test_damaged_rows(box):
    one = convention(box)
    box.sql("DELETE FROM tranche WHERE position = 1 AND convention_id = (SELECT id FROM convention WHERE reference = '%s')" % one)
    box.refused("convention", "sign", one, "--party", "authority", code="damaged", says=[one])


def test_requests_without_our_tool(box):
    for method, path, code in (("GET", "/status/shown", "unknown_command"), ("GET", "/", "unknown_command"),
                               ("GET", "/v1/order/list?ref=a&ref=b", "bad_query"),
                               ("GET", "/v1/order/list?=&=%zz", "bad_query"), ("GET", "/v1/convention/sign?ref=x", "bad_method")):
        status, data = box.http(method, path)
        assert status // 100 == 4 and code.encode() in data, (path, status, data)


def test_uploads(box):
    for path, code in (("/uploads/some-upload?offset=first", "bad_offset"), ("/uploads/some-upload?offset=-1", "bad_offset"),
                       ("/uploads/no%20name?offset=0", "bad_upload_id"), ("/uploads/n.n?offset=0", "bad_upload_id")):
        status, data = box.http("PUT", path, b"x", {"Tranched-Request": None, "Tranched-As": "claire"})
        assert status // 100 == 4 and code.encode() in data, (path, status, data)
    box.clock("2024-01-02")
    path = os.path.join(box.dir, "large.conf")
    with open(path, "w") as f:
        f.write("# nothing of note\n" * 60000)
    box.refused("scheme", "import", path, code="file_too_large", says=["1 MiB"])


def test_orders_that_are_out_or_somewhere_else(box):
    one = convention(box)
    box.do("account", "verify", one, person="paul")
    with box.shut_outbox():
        signed(box, one)
        wait_for("nothing is ordered", lambda: box.do("order", "list", one)["orders"])
        order = box.do("order", "list", one)["orders"][0]["end_to_end_id"]
        move = "ALTER TABLE order_file DISABLE TRIGGER USER; UPDATE order_file SET host = %s WHERE id = (SELECT order_file_id FROM payment_order " \
               "WHERE end_to_end_id = '" + order + "'); ALTER TABLE order_file ENABLE TRIGGER USER"
        host = box.sql("SELECT DISTINCT host FROM order_file")
        box.sql(move % "'another'")
        box.refused("order", "cancel", order, "--reason", "x", code="not_here", says=[order, "another"], person="paul")
        box.sql(move % ("'%s'" % host))
    box.settle()
    box.refused("order", "release", order, "--reason", "x", code="wrong_state", says=[order], person="paul")
    box.refused("answer", "link", "0123456789abcdef.1", "--order", order, "--reason", "x", code="unknown_line", says=["0123456789abcdef.1"], person="paul")
    box.refused("order", "reissue", order, "--reason", "x", code="not_proven_dead", says=[order], person="paul")


def test_a_launch_because_of_which_an_order_left_is_not_taken_back(box):
    one = signed(box, convention(box, lambda text: text.replace(
        '[ "signed", "mid-report" ]; after = { from = "effect"; plus = "3m"; }', '[ "signed" ]; after = { from = "launch"; plus = "0d"; }')))
    box.do("account", "verify", one, person="paul")
    box.settle()
    box.do("convention", "launch", one)
    box.settle()
    assert [t["state"] for t in box.do("convention", "show", one)["tranches"]] == ["ordered", "ordered"]
    box.refused("convention", "unlaunch", one, "--reason", "x", code="order_depends", says=[one, "tranche 2", "launch"])


if __name__ == "__main__":
    run_module(sys.modules[__name__], Sandbox)
