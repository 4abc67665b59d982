"""More bad input: each gets an error that names the record and what to do, and changes nothing; then places and rows that are broken."""
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

from sandbox import BUILD, Sandbox, ref, run_module, SCHEMES

HEADER = "reference,project,beneficiary,siret,grant,iban,account_holder\n"
GOOD = "NEW-1,Projet,Nouveau,99000006900015,5000.00,DE89370400440532013000,Nouveau\n"
OTHER = "NEW-2,Projet,Autre,99000007700018,5000.00,NL91ABNA0417164300,Autre\n"
NO_REMEDY = set()  # refusals met on the way that do not say what to do


def prepare():
    box = Sandbox()
    box.call_2023("2024-01-15", verify=False)
    box.do("convention", "terminate", ref(5), "--letter", "RAR 1", person="paul")  # frees 10 000 of the envelope
    return box


def file_of(box, content, name="input.csv"):
    path = os.path.join(box.dir, name)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def edited(**fields):
    names = HEADER.strip().split(",")
    values = dict(zip(names, GOOD.strip().split(",")))
    values.update(fields)
    return HEADER + ",".join(values[n] for n in names) + "\n"


def complaint(box, words, code, says=(), person="claire", exit_code=1):
    """What is wrong with the refusal of a command; None when nothing."""
    a = box.ask(*words, person=person)
    text = json.dumps(a.error, ensure_ascii=False)
    told = " ".join(w if len(w) < 60 else w[:60] + "…" for w in words)
    if a.code != exit_code or a.error.get("code") != code:
        return "%s: exit %d instead of %d: %s%s" % (told, a.code, exit_code, a.out[:300], a.err[:300])
    if not a.error.get("hint"):
        NO_REMEDY.add("%s %s: %s (%s)" % (words[0], words[1], code, a.error["message"][:80]))
    absent = [w for w in says if w not in text]
    return "%s: %s not in %s" % (told, absent, text[:400]) if absent else None


def all_refused(box, cases):
    """CASES of (words, code, what it says[, person or exit code]); each is refused, and together they change nothing."""
    before = box.fingerprint()
    wrong = []
    for words, code, says, *rest in cases:
        person = next((r for r in rest if isinstance(r, str)), "claire")
        wrong.append(complaint(box, words, code, says, person, next((r for r in rest if isinstance(r, int)), 1)))
    wrong = [w for w in wrong if w]
    assert not wrong, "\n".join(wrong)
    assert box.fingerprint() == before, "a refusal changed something"


def all_csv_refused(box, cases):
    """CASES of (content, what it says)."""
    paths = [(file_of(box, content, "input%d.csv" % i), says) for i, (content, says) in enumerate(cases)]
    all_refused(box, [(("convention", "import", path, "--scheme", "LAB-2023"), "bad_import", says) for path, says in paths])


def scheme_file(box, *edits, code=None):
    """The 2023 scheme under another code, each (FROM, TO) of EDITS done once; its path, its text, the line of the first edit."""
    scheme_file.made += 1
    with open(os.path.join(SCHEMES, "lab-2023.conf")) as f:
        text = f.read().replace('"LAB-2023"', '"%s"' % (code or "BAD-%d" % scheme_file.made))
    line = text[:text.index(edits[0][0])].count("\n") + 1 if edits else 0
    for old, new in edits:
        assert old in text, "the example has no %r" % old
        text = text.replace(old, new, 1)
    return file_of(box, text, "bad%d.conf" % scheme_file.made), text, line


scheme_file.made = 0


def all_schemes_refused(box, cases):
    """CASES of (edits, what it says); "line" there stands for the line of the first edit."""
    made = [(*scheme_file(box, *edits), says) for edits, says in cases]
    all_refused(box, [(("scheme", "import", path), "bad_scheme", ['"line": %d,' % line if w == "line" else w for w in says])
                      for path, _, line, says in made])


def memory(box):
    """Resident now and at most, in MiB."""
    with open("/proc/%d/status" % box.pid()) as f:
        text = f.read()
    return [int(re.search(name + r":\s+(\d+)", text).group(1)) / 1024 for name in ("VmRSS", "VmHWM")]


def lives_on(box, pid, before, more):
    """The daemon is the same, answers, and its memory never grew by MORE MiB (AddressSanitizer gives none back at once)."""
    assert box.pid() == pid and box.do("status")["status"]["part"] == "leader"
    now = memory(box)
    if "asan" in BUILD:
        return
    assert now[0] - before[0] < more and now[1] - before[1] < more, "memory (now, peak) went from %s to %s MiB" % (before, now)


# --- accounts, numbers, sums ------------------------------------------------------------------------

def test_ibans_that_are_empty_too_long_or_a_bare_rib(box):
    cases = [("", "iban is empty"), ("DE89370400440532013000" + "0" * 20, "length"), ("30006000011234567890189", "country"),
             ("ＤＥ89370400440532013000", "character"), ("de89370400440532013001", "checksum")]
    all_csv_refused(box, [(edited(iban=bad), ["NEW-1", word, '"line": 2', '"column": 6']) for bad, word in cases])
    all_refused(box, [(("account", "propose", ref(1), "--iban", bad, "--holder", "X"), "bad_iban", [ref(1), word]) for bad, word in cases[1:]] +
                [(("account", "propose", ref(1), "--iban", "", "--holder", "X"), "missing_argument", ["--iban"], 2)])


def test_a_field_that_is_no_line_of_text_names_its_record(box):
    all_csv_refused(box, [(edited(**{name: bad}), ["NEW-1", name, '"line": 2']) for name, bad in
                          [("iban", "DE89\u200b370400440532013000"), ("project", "x" * 501), ("beneficiary", '"a\nb"')]])


def test_sirets_with_letters_too_long_or_of_zeros(box):
    all_csv_refused(box, [(edited(siret=bad), ["NEW-1", word, '"line": 2', '"column": 4']) for bad, word in [
        ("9900000690001A", "14 digits"), ("990000069000150", "14 digits"), ("", "siret is empty"), ("٩٩٠٠٠٠٠٦٩٠٠٠١٥", "14 digits"), ("0" * 14, "SIRET")]])


def test_bics_of_a_wrong_length_case_or_country(box):
    good = ("account", "propose", ref(1), "--iban", "DE89370400440532013000", "--holder", "X", "--bic")
    all_refused(box, [(good + (bad,), "bad_bic", [ref(1), bad]) for bad in
                      ("COBADEF", "COBADEFFX", "COBADEFFXX", "COBADEFFXXXX", "cobadeff", "COBA1EFF", "COBAXXFF", "COBA DEFF", "")])


def test_grants_that_are_no_sums(box):
    all_csv_refused(box, [(edited(grant=bad), ["NEW-1", word, '"line": 2', '"column": 5']) for bad, word in [
        ("+5000", "amount"), ("5000.", "amount"), (".50", "amount"), ("5000.00€", "amount"), ("５０００", "amount"), ("5000.00 ", "amount"),
        ("5.000.00", "amount"), ("0x1388", "amount"), ("NaN", "amount"), ("5000.000", "two decimals"), ("-0.01", "amount"), ("", "grant is empty"),
        ("0.01", "bounds"), ("9223372036854775808", "amount"), ("92233720368547758.08", "amount")]])


def test_sums_of_schemes_with_three_decimals_zero_or_negative(box):
    all_schemes_refused(box, [([('"%s"' % old, '"%s"' % bad)], [word]) for old, word in [("50000.00", "envelope"), ("5000.00", "min"), ("10000.00", "max")]
                              for bad in ("5000.001", "-5000.00", "", "5 000", "5000,00", "99999999999999999999")] +
                        [([('"50000.00"', '"0"')], ["envelope"]), ([('"5000.00"', '"0.00"')], ["min"]), ([('"10000.00"', '"4999.99"')], ["min", "max"]),
                         ([('"50000.00"', '"4999.99"')], ["envelope", "smallest grant"])])


def test_a_bound_that_no_order_can_carry_says_so(box):
    """An order carries 999 999 999.99 at most: "min must not be above max" would send people looking at the wrong word."""
    all_schemes_refused(box, [([('"10000.00"', '"1000000000.00"'), ('"50000.00"', '"2000000000.00"')], ["max", "999"])])


def test_a_second_file_over_the_envelope(box):
    path, *_ = scheme_file(box, ('"50000.00"', '"10000.00"'), ('"5000.00"', '"1000.00"'), code="SMALL-1")
    box.do("scheme", "import", path)
    box.do("convention", "import", file_of(box, HEADER + GOOD.replace("NEW", "SMALL").replace("5000.00", "6000.00")), "--scheme", "SMALL-1")
    more = HEADER + OTHER.replace("NEW", "SMALL")
    box.refused("convention", "import", file_of(box, more.replace("5000.00", "4000.01")), "--scheme", "SMALL-1", code="bad_import",
                says=["envelope", "4000.01", "6000.00", "10000.00"])
    box.do("convention", "import", file_of(box, more.replace("5000.00", "4000.00")), "--scheme", "SMALL-1")
    box.refused("convention", "import", file_of(box, HEADER + "SMALL-3,P,T,99000005100013,1000.00,FR7699999000051234567890577,T\n"), "--scheme", "SMALL-1",
                code="bad_import", says=["envelope"])


# --- scheme files -----------------------------------------------------------------------------------

def test_ladders_that_fall_stand_still_or_do_not_end_at_100(box):
    all_schemes_refused(box, [
        ([('"60"', '"100"'), ('up_to = "100"; needs = [ "signed", ', 'up_to = "80"; needs = [ "signed", ')], ["2", "not above"]),
        ([('"60"', '"100"')], ["2", "not above"]), ([('"60"', '"0"')], ["1", "not above"]),
        ([('"100"', '"99.9999"')], ["2", "does not reach", "100"]), ([('"100"', '"100.0001"')], ["up_to", "line"]), ([('"100"', '"120"')], ["up_to", "line"]),
        ([('"60"', '"60.00001"')], ["up_to", "line"]), ([('"60"', '"-60"')], ["up_to", "line"]), ([('"60"', '"60 %"')], ["up_to", "line"]),
        ([("tranches = (", "tranches = ( ); x = (")], ["x"])])


def test_a_ladder_of_no_rung_or_none_at_all(box):
    _, text, _ = scheme_file(box)
    for instead, says in [("tranches = ( );", ["tranches", "none"]), ("", ["tranches"]), ('tranches = "100";', ["tranches", "list"]),
                          ("tranches = [ ];", ["tranches"])]:
        bad = re.sub(r"tranches = \(.*\n  \);", instead, text, flags=re.S)
        assert bad != text
        box.refused("scheme", "import", file_of(box, bad, "bad.conf"), code="bad_scheme", says=says)


def test_a_fault_of_the_ladder_names_the_line_of_its_rung(box):
    path, _, line = scheme_file(box, ('"100"', '"99"'))
    a = box.refused("scheme", "import", path, code="bad_scheme", says=["does not reach"])
    assert [d["line"] for d in a.error["details"]] == [line], "line %s instead of %d" % (a.error["details"], line)


def test_an_include_is_refused_wherever_it_stands(box):
    all_schemes_refused(box, [([(old, new)], ["@include", "line"]) for old, new in [
        ("scheme = {", '@include "/etc/passwd"\nscheme = {'), ('  parties', '@include "lab-2023.conf"\n  parties'), ("# Art. 3", '# @include "x"'),
        ('"#Lab Cluster Territoire Intelligent, 2e appel à projets"', r'"@include \"/etc/passwd\""'), ('"6m"', '"@include 6m"')]])
    _, text, _ = scheme_file(box)
    box.refused("scheme", "import", file_of(box, text + '@include "/etc/passwd"', "bad.conf"), code="bad_scheme", says=["@include"])


def test_numbers_that_libconfig_would_cut(box):
    cases = [('"50000.00"', n, "envelope") for n in ("5000000000", "50000", "50000.00", "5000000000L", "0x7FFFFFFFF", "1e5", "4294967296", "true")]
    cases += [('"5000.00"', "5000000000", "min"), ('"10000.00"', "10000.00", "max"), ('"60"', "60", "up_to"), ('"60"', "60.0", "up_to"),
              ('"6m"', "6", "duration"),
              ('"2023-12-12"', "20231212", "on"), ('code = "', 'code = 2024; # "', "code"), ('name = "1"', "name = 1", "name"),
              ('plus = "0d"', "plus = 0", "plus")]
    all_schemes_refused(box, [([(old, new)], [word, "line"]) for old, new, word in cases])


def test_words_that_scheme_files_do_not_have(box):
    all_schemes_refused(box, [([(old, new)], [word, "line"]) for old, new, word in [
        ('duration = "6m"', 'duration = "6m"; colour = "red"', "colour"), ('duration = "6m"', 'Duration = "6m"', "Duration"),
        ('on = "2023-12-12";', 'on = "2023-12-12"; by = "mayor";', "by"),
        ('max = "10000.00";', 'max = "10000.00"; mean = "7000.00";', "mean"), ('by = "beneficiary";', 'by = "beneficiary"; when = "now";', "when"),
        ('needs = "accepted"', 'weight = "1 kg"', "weight"), ('needs = "accepted"', 'needs = "perhaps"', "needs"),
        ('up_to = "60";', 'up_to = "60"; upto = "60";', "upto"),
        ('"signed" ]', '"signed", "blessed" ]', "blessed"), ('from = "launch"', 'from = "lunch"', "lunch"),
        ('from = "effect"; plus = "0d"', 'from = "effect"; plus = "0d"; minus = "1d"', "minus"),
        ('plus = "3m"', 'plus = "3 months"', "plus"), ('or = "effect"', 'or = "award"', "or"), ('"6m"', '"6w"', "duration"), ('"1"', '"Un"', "Un"),
        ('duration = "6m"', 'duration = "6m"; advance = "30"', "advance"), ('up_to = "60";', 'up_to = "60"; guarantee = "50";', "guarantee"),
        ('"signed" ]', '"signed", "claim" ]', "claim")]])


def test_a_word_beside_the_scheme_is_not_overlooked(box):
    all_schemes_refused(box, [([("scheme = {", new + "\nscheme = {")], [word]) for new, word in
                              [('schema = { code = "LAB-2025"; };', "schema"), ('envelope = "90000.00";', "envelope")]])


def test_names_that_stand_twice(box):
    all_schemes_refused(box, [([(old, new)], [word, "line"]) for old, new, word in [
        ('"beneficiary", "authority"', '"authority", "authority"', "authority"), ('name = "final-report"', 'name = "mid-report"', "mid-report"),
        ('name = "2"', 'name = "1"', '\\"1\\"'),
        ('name = "budgets"', 'name = "launch"', "launch"), ('name = "statement"', 'name = "authority"', "authority"),
        ('name = "budgets"', 'name = "signed"', "signed"),
        ('{ name = "launch"; by = "beneficiary"; }', '{ name = "launch"; by = "beneficiary"; }, { name = "launch"; by = "authority"; }', "launch"),
        ('name = "launch"', 'name = "effect"', "effect"), ('duration = "6m"', 'duration = "6m"; envelope = "60000.00"', "syntax"),
        ('max = "10000.00"', 'max = "10000.00"; max = "20000.00"', "syntax")]])


def test_a_word_given_twice_is_named(box):
    all_schemes_refused(box, [([('duration = "6m"', 'duration = "6m"; envelope = "60000.00"')], ["envelope"])])


def test_a_signatory_that_stands_twice(box):
    all_schemes_refused(box, [([('"president", "vice-president"', '"president", "president"')], ["president", "twice", "line"])])


def test_decisions_on_days_that_do_not_exist_or_lie_in_the_future(box):
    all_schemes_refused(box, [([('"2023-12-12"', '"%s"' % bad)], [bad, "YYYY-MM-DD", "line"]) for bad in
                              ("2023-02-29", "2023-12-32", "12/12/2023", "2023-12-12T00:00", "10000-01-01")])
    for n, bad in enumerate(("2024-01-16", "2099-12-31")):
        path, *_ = scheme_file(box, ('"2023-12-12"', '"%s"' % bad), code="LATER-%d" % n)
        box.refused("scheme", "import", path, code="future_date", says=["LATER-%d" % n, bad])


# --- days, records, parties -------------------------------------------------------------------------

DATED = [("sign", ("convention", "sign", ref(1), "--party", "beneficiary", "--on"), "claire"), ("launch", ("convention", "launch", ref(1), "--on"), "claire"),
         ("receive", ("report", "receive", ref(1), "mid-report", "--on"), "claire"),
         ("terminate", ("convention", "terminate", ref(1), "--letter", "x", "--on"), "paul"),
         ("received", ("scheme", "decision", "LAB-2023", "--received"), "claire"), ("published", ("scheme", "decision", "LAB-2023", "--published"), "claire")]


def test_days_that_do_not_exist_in_every_command(box):
    more = [("appeal", ("scheme", "decision", "LAB-2023", "--appeal-until"), "claire"), ("clock", ("clock", "set"), "admin"),
            ("due", ("tranche", "list", "--due"), "claire")]
    odd = ("2024-01-15T10:00", "2024-01-15 ", "10000-01-01", "0000-00-00", "٢٠٢٤-٠١-١٥", "-2024-01-15", "")
    all_refused(box, [(words + (bad,), "bad_date", [bad, "YYYY-MM-DD"], person) for _, words, person in DATED + more
                      for bad in ("2023-02-29", "2024-04-31", "2024-00-10")] +
                [(DATED[0][1] + (bad,), "bad_date", [bad, "YYYY-MM-DD"]) for bad in odd])


def test_days_in_the_future_in_every_command(box):
    all_refused(box, [(words + (bad,), "future_date", [bad, "2024-01-15"], person) for _, words, person in DATED for bad in ("2024-01-16", "2099-12-31")])


def test_a_refused_day_names_its_record(box):
    all_refused(box, [(words + ("2024-01-16",), "future_date", [words[2]], person) for _, words, person in DATED] +
                [(words + ("2024-02-30",), "bad_date", [words[2]], person) for _, words, person in DATED])


def test_unknown_records_in_every_command(box):
    none, unknown = "LAB2-2023-99", "unknown_convention"
    cases = [(("convention", "launch", none), "claire"), (("convention", "suspend", none, "--reason", "x"), "claire"), (("convention", "resume", none), "paul"),
             (("convention", "terminate", none, "--letter", "x"), "paul"),
             (("account", "propose", none, "--iban", "DE89370400440532013000", "--holder", "X"), "claire"),
             (("account", "verify", none), "paul"), (("account", "list", none), "claire"), (("report", "receive", none, "mid-report"), "claire"),
             (("report", "accept", none, "mid-report"), "paul"), (("report", "refuse", none, "mid-report", "--reason", "x"), "paul"),
             (("order", "list", none), "claire"),
             (("journal", "list", none), "claire"), (("tranche", "why", none + "/1"), "claire"),
             (("convention", "sign", none, "--party", "authority"), "claire")]
    all_refused(box, [(words, unknown, [none, "convention list"], person) for words, person in cases] +
                [(("convention", "show", odd), unknown, [odd.strip()]) for odd in
                 ("lab2-2023-01", ref(1) + " ", " " + ref(1), "' OR 1=1 --", "%", "é" * 200, "../x")] +
                [(words, "unknown_scheme", ["NONE", "scheme list"]) for words in
                 [("scheme", "decision", "NONE", "--received", "2024-01-01"), ("convention", "list", "--scheme", "NONE"),
                  ("tranche", "list", "--scheme", "NONE")]] +
                [(("convention", "show", "x" * 501), "bad_argument", ["ref", "500"], 2), (("convention", "show", "a\nb"), "bad_argument", ["ref"], 2)])


def test_parties_by_another_name(box):
    all_refused(box, [(("convention", "sign", ref(1), "--party", bad), "unknown_party", [ref(1), bad.strip(), "beneficiary, authority"])
                      for bad in ("Beneficiary", "authority ", "autorité", "beneficiary,authority", "0")] +
                [(("convention", "sign", ref(1), "--party", ""), "missing_argument", ["--party"], 2)])


def test_a_party_that_signs_twice_on_another_day_or_in_force(box):
    box.do("convention", "sign", ref(3), "--party", "beneficiary", "--on", "2024-01-10")
    twice = [(("convention", "sign", ref(3), "--party", "beneficiary", "--on", day), "already_signed", [ref(3), "2024-01-10"]) for day in
             ("2024-01-10", "2024-01-12", "2024-01-15")]
    all_refused(box, twice)
    box.do("convention", "sign", ref(3), "--party", "authority")
    all_refused(box, twice + [(("convention", "sign", ref(3), "--party", "authority"), "already_signed", [ref(3), "2024-01-15"])])


def test_a_party_that_signs_twice_at_the_same_moment(box):
    answers = []
    crowd = [threading.Thread(target=lambda: answers.append(box.ask("convention", "sign", ref(4), "--party", "beneficiary"))) for _ in range(8)]
    for t in crowd:
        t.start()
    for t in crowd:
        t.join()
    told = [(a.code, a.error.get("code")) for a in answers]
    assert sorted(told, key=str) == [(0, None)] + [(1, "already_signed")] * 7, told
    assert box.sql("SELECT count(*) FROM signature s JOIN convention c ON c.id = s.convention_id WHERE c.reference = '%s'" % ref(4)) == "1"
    assert box.sql("SELECT count(*) FROM journal WHERE kind = 'convention.signed' AND convention_ref = '%s'" % ref(4)) == "1"


def test_reports_while_a_signature_is_missing_or_lies_later(box):
    all_refused(box, [(("report", "receive", ref(4), "mid-report"), "not_signed", [ref(4), "signature"]),  # one of two has signed
                      (("report", "receive", ref(4), "mid-report", "--on", "2024-01-14"), "not_signed", [ref(4)]),
                      (("report", "refuse", ref(4), "mid-report", "--reason", "x"), "not_received", [ref(4), "mid-report"], "paul"),
                      (("report", "accept", ref(3), "mid-report"), "not_received", [ref(3), "mid-report"], "paul"),
                      (("report", "receive", ref(3), "mid-report", "--on", "2024-01-14"), "before_signature", [ref(3), "2024-01-14", "2024-01-15"])])


# --- spreadsheets -----------------------------------------------------------------------------------

def test_spreadsheets_in_another_encoding(box):
    text, plain = edited(project="Société"), edited(project="P*jet").encode()
    all_csv_refused(box, [(text.encode("utf-16"), ["UTF-8"]), (text.encode("utf-16-le"), ["UTF-8"]), (b"\x89PNG\r\n\x1a\n\0\0\0", ["UTF-8"])] +
                    [(text.encode(name), ["UTF-8", '"line": 2']) for name in ("cp1252", "mac-roman")] +
                    [(plain.replace(b"*", odd), ["UTF-8", '"line": 2']) for odd in (b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82")] +
                    [(b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", ["file"])])


def test_a_text_in_utf_16_is_told_to_be_no_utf_8(box):
    """Without a mark and without accents its bytes are ASCII with a NUL between: "a NUL byte" says nothing to the one who saved it."""
    all_csv_refused(box, [(edited().encode("utf-16-le"), ["UTF-8"])])


def test_spreadsheets_with_columns_that_are_missing_wrong_or_twice(box):
    names = HEADER.strip().split(",")
    all_csv_refused(box, [("\n".join(",".join(v for i, v in enumerate(line.split(",")) if i != c) for line in (HEADER + GOOD).split("\n")[:2]) + "\n",
                           [names[c], "missing", '"line": 1']) for c in range(len(names))] +
                    [(HEADER.strip() + ",iban\n" + GOOD.strip() + ",X\n", ["iban", "twice", '"line": 1', '"column": 8']),
                     (HEADER.strip() + ",\n" + GOOD.strip() + ",\n", ["column", '"column": 8']),
                     (HEADER.upper() + GOOD, ["REFERENCE"]), (HEADER.replace(",", ", ") + GOOD, [" project"]), (GOOD, ["NEW-1", "reference"]),
                     (HEADER + GOOD.strip() + ",more\n", ["8 fields instead of 7", '"line": 2']),
                     (HEADER + "\n" + GOOD + "x\n", ["1 fields instead of 7", '"line": 4'])])


def test_semicolons_and_tabs_are_called_by_their_name(box):
    """Excel in French writes semicolons: the answer should say so, not only list columns that do not exist."""
    all_csv_refused(box, [((HEADER + GOOD).replace(",", ";"), ["semicolon"]), ((HEADER + GOOD).replace(",", "\t"), ["tab"])])


def test_spreadsheets_of_nothing(box):
    all_csv_refused(box, [("\n\n\n", ["no convention"]), ("\ufeff", ["no convention"]), ("\ufeff" + HEADER, ["no convention"]),
                          (HEADER.strip(), ["no convention"]), (HEADER + "\r\n\r\n", ["no convention"]), (" ", ["column"])])
    empty = file_of(box, "")
    all_refused(box, [(("scheme", "import", empty), "empty_file", ["empty"]),
                      (("convention", "import", "/dev/null", "--scheme", "LAB-2023"), "empty_file", ["empty"])])


def test_quotes_that_never_close_and_nul_bytes_name_their_line(box):
    all_csv_refused(box, [(HEADER + GOOD + OTHER.replace("Projet", '"Projet'), ["quotation mark", '"line": 3']),
                          (HEADER + '"' + GOOD + OTHER * 50, ["quotation mark", '"line": 2']),
                          (edited(project='Pro"jet'), ["quotation mark", '"line": 2']), (edited(project='"Pro"jet'), ["closing quotation mark", '"line": 2']),
                          ('"' + HEADER, ["quotation mark", '"line": 1']),
                          (edited(project="Pro\0jet"), ["NUL", '"line": 2']), (edited(project='"Pro\0jet"'), ["NUL", '"line": 2']),
                          ("\0" * 1000, ["NUL", '"line": 1']), (HEADER + GOOD + "\0", ["NUL", '"line": 3'])])


def hundred_megabytes(box):
    path = os.path.join(box.dir, "long.csv")
    with open(path, "wb") as f:
        f.write(HEADER.encode())
        for _ in range(100):
            f.write(b"x" * (1 << 20))
    return path


def test_one_line_of_100_mib(box):
    path, pid, at_first, before = hundred_megabytes(box), box.pid(), memory(box), box.fingerprint()
    try:
        for words in (("convention", "import", path, "--scheme", "LAB-2023"), ("scheme", "import", path)):
            a = box.run(*words)
            assert a.code == 1 and ("64 KiB" in a.err or "1 MiB" in a.err), "exit %d: %s%s" % (a.code, a.out[:200], a.err[:200])
        lives_on(box, pid, at_first, 8)
        assert box.fingerprint() == before
    finally:
        os.unlink(path)


def test_one_line_of_100_mib_and_json(box):
    path, before = hundred_megabytes(box), box.fingerprint()
    try:
        a = box.ask("convention", "import", path, "--scheme", "LAB-2023")
        assert a.code == 1 and a.error.get("message"), "exit %d, standard output %r, standard error %r" % (a.code, a.out[:200], a.err[:200])
        assert box.fingerprint() == before
    finally:
        os.unlink(path)


def test_one_line_as_long_as_the_daemon_takes(box):
    """Just under 2 MiB: the answer stays short enough to be read, and nobody waits for it."""
    pid, at_first, before, mark, size, wrong = box.pid(), memory(box), box.fingerprint(), len(box.log()), (2 << 20) - 1000, []
    for name, content in [("a field", edited(project="x" * size)), ("a reference", edited(reference="x" * size)),
                          ("a column", HEADER.strip() + "," + "x" * size + "\n" + GOOD), ("commas in the header", HEADER.strip() + "," * size + "\n"),
                          ("commas below", HEADER + "," * size + "\n"), ("quotes", HEADER + '"' * size), ("short lines", HEADER + "x\n" * (size // 2))]:
        start = time.time()
        a = box.ask("convention", "import", file_of(box, content), "--scheme", "LAB-2023")
        took = time.time() - start
        if a.code != 1 or a.error.get("code") != "bad_import" or len(a.out) > 65536 or took > 5:
            wrong.append("%s: exit %d, %s, an answer of %d bytes after %.1f s, peak %.0f MiB" %
                         (name, a.code, a.error.get("code"), len(a.out), took, memory(box)[1]))
    for _ in range(200):
        a = box.ask("status")
        if a.code == 0 and a["status"]["part"] == "leader":
            break
        time.sleep(0.1)
    if "database is away" in box.log()[mark:]:
        wrong.append("the database and the lead were lost meanwhile")
    assert box.fingerprint() == before
    assert not wrong, "\n".join(wrong)
    lives_on(box, pid, at_first, 64)


# --- peers and bodies -------------------------------------------------------------------------------

def as_stranger(box, *words, group=None):
    """Runs a program as uid 4242, in a group of the socket or in none."""
    return subprocess.run(["setpriv", "--reuid", "4242", "--regid", str(group or 4242), "--clear-groups", *words], capture_output=True, text=True, cwd="/",
                          env={"PATH": os.environ["PATH"], "TRANCHED_SOCKET": box.socket, "TRANCHED_LANG": "en", "TRANCHED_LOCALEDIR": box.place + "/locale"})


def test_an_unknown_uid_has_no_role(box):
    if os.getuid() != 0:
        print("# SKIPPED: only root can become an unknown uid", file=sys.stderr)
        return
    before, group = box.fingerprint(), os.stat(box.socket).st_gid
    for path, extra in [("status/show", []), ("convention/sign", ["-d", '{"ref": "%s", "party": "authority"}' % ref(2)]),
                        ("convention/import?scheme=LAB-2023", ["-d", HEADER])]:
        p = as_stranger(box, "curl", "-sS", "--unix-socket", box.socket, "-w", " %{http_code}", *extra, "http://tranched/v1/" + path, group=group)
        assert p.stdout.endswith(" 403") and '"no_role"' in p.stdout and "uid 4242" in p.stdout and "people" in p.stdout, (path, p.stdout, p.stderr)
    p = as_stranger(box, "curl", "-sS", "--unix-socket", box.socket, "-H", "Tranched-As: paul", "-w", " %{http_code}", "http://tranched/v1/status/show",
                    group=group)
    assert p.stdout.endswith(" 403") and '"may_not_act"' in p.stdout and "act_as" in p.stdout, (p.stdout, p.stderr)
    p = as_stranger(box, box.place + "/bin/tranchectl", "convention", "sign", ref(2), "--party", "authority", group=group)
    assert p.returncode == 1 and "uid 4242" in p.stderr and "people" in p.stderr, (p.returncode, p.stderr)
    p = as_stranger(box, box.place + "/bin/tranchectl", "--as", "", "convention", "sign", ref(2), "--party", "authority", group=group)
    assert p.returncode == 1 and "uid 4242" in p.stderr, (p.returncode, p.stderr)
    assert box.fingerprint() == before


def test_somebody_outside_the_group_is_told_what_to_join(box):
    """The socket's mode keeps them out: the tool should say that, not that no daemon answers."""
    if os.getuid() != 0:
        print("# SKIPPED: only root can become an unknown uid", file=sys.stderr)
        return
    p = as_stranger(box, box.place + "/bin/tranchectl", "status")
    assert p.returncode == 3 and box.socket in p.stderr, (p.returncode, p.stderr)
    assert "ermission" in p.stderr and "group" in p.stderr, p.stderr


def sign_body(box, body, says=(), path="/v1/convention/sign", status=(400,), code=None):
    """What is wrong with the answer to BODY; None when nothing."""
    body = body.encode() if isinstance(body, str) else body
    told = "%s %s" % (path, body[:60] if isinstance(body, bytes) else body)
    try:
        got, data = box.http("POST", path, body)
    except OSError as e:
        return None if 413 in status else "%s: %r" % (told, e)
    if got not in status:
        return "%s: %d %s" % (told, got, data[:300])
    if got == 413:
        return None
    error = json.loads(data)["error"]
    if not error["hint"]:
        NO_REMEDY.add("%s: %s (%s)" % (path[4:], error["code"], error["message"][:80]))
    absent = [w for w in says if w not in json.dumps(error, ensure_ascii=False)]
    return "%s: %s not in %s" % (told, absent, error) if absent or code and error["code"] != code else None


def none_wrong(box, complaints, more=16):
    """COMPLAINTS (a generator) is run between two looks at the database and at the daemon's memory."""
    pid, at_first, before = box.pid(), memory(box), box.fingerprint()
    wrong = [c for c in complaints if c]
    assert not wrong, "\n".join(wrong)
    assert box.fingerprint() == before, "a refusal changed something"
    lives_on(box, pid, at_first, more)


def test_bodies_that_are_cut_or_not_json(box):
    whole = '{"ref": "%s", "party": "authority"}' % ref(2)
    others = ["x", "ref=%s&party=authority" % ref(2), "<ref/>", " ", "\0", whole + "}", whole + whole, "{'ref': 1}", "{ref: 1}", b"\xff\xfe{}",
              b'{"ref": "\xe9"}', '{"ref": "\\ud800"}', '{"ref": "a\\u0000b"}', '{"ref": NaN}', '{"ref": 1e999}', "\ufeff" + whole]
    none_wrong(box, (sign_body(box, b, ["JSON"], code="bad_json") for b in [whole[:n] for n in range(1, len(whole))] + others))


def test_bodies_that_are_no_object(box):
    whole = '[{"ref": "%s", "party": "authority"}]' % ref(2)
    none_wrong(box, (sign_body(box, b, ["object"], code="bad_json") for b in ("[]", "[1]", whole, "null", "true", "7", '"x"', "[[[]]]")))


def test_bodies_nested_without_end(box):
    deep = "[" * 100000, "[" * 100000 + "]" * 100000, '{"ref":' * 100000, '{"ref":' + "[" * 100000, "[" * (2 << 20)
    none_wrong(box, (sign_body(box, b, ["depth"], code="bad_json") for b in deep), 64)


def test_bodies_of_every_size(box):
    """1.9 MiB in one value, in one name, in many names; 100 MiB, announced or in chunks."""
    big = 1900000

    def complaints():
        yield sign_body(box, json.dumps({"ref": "x" * big, "party": "authority"}), ["ref", "500"], code="bad_argument")
        yield sign_body(box, json.dumps({"x" * big: "x"}), ["argument"], code="unknown_argument")
        yield sign_body(box, json.dumps({str(i): i for i in range(100000)}), ["argument"], code="unknown_argument")
        yield sign_body(box, "7" * big, ["JSON"], code="bad_json")
        yield sign_body(box, b"x" * (100 << 20), status=(413,))
        yield sign_body(box, (b" " * (1 << 20) for _ in range(100)), status=(413,))
        yield sign_body(box, (b" " * 1000 for _ in range(5000)), status=(413,))
    none_wrong(box, complaints(), 64)


def test_an_answer_to_a_long_name_stays_short(box):
    status, data = box.http("POST", "/v1/convention/sign", json.dumps({"x" * 1900000: "x"}))
    assert status == 400 and len(data) < 4096, "%d, an answer of %d bytes" % (status, len(data))


def test_bodies_that_end_before_their_length(box):
    pid, at_first, before = box.pid(), memory(box), box.fingerprint()
    whole = '{"ref": "%s", "party": "authority"}' % ref(2)
    for length in (len(whole) + 1, 1 << 20, 1 << 30, 1 << 62):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(box.socket)
            s.sendall(("POST /v1/convention/sign HTTP/1.1\r\nHost: tranched\r\nContent-Length: %d\r\n\r\n%s" % (length, whole)).encode())
            s.shutdown(socket.SHUT_WR)
            s.settimeout(5)
            try:
                assert b" 200 " not in s.recv(65536), length
            except (socket.timeout, ConnectionError):
                pass
    assert box.fingerprint() == before
    lives_on(box, pid, at_first, 8)


def test_keys_that_stand_twice_in_a_body(box):
    none_wrong(box, (sign_body(box, b, ["ref", "uplicate"], code="bad_json") for b in
                     ('{"ref": "%s", "ref": "%s", "party": "authority"}' % (ref(2), ref(1)),
                      '{"ref": "%s", "party": "authority", "ref": "%s"}' % (ref(2), ref(2)))))


def test_arguments_that_stand_twice_in_a_query(box):
    none_wrong(box, (sign_body(box, None, ["ref"], "/v1/convention/sign?ref=%s&ref=%s&party=nobody" % (ref(2), other)) for other in (ref(1), ref(2))))


def test_arguments_that_stand_in_query_and_body(box):
    none_wrong(box, (sign_body(box, '{"ref": "%s", "party": "nobody"}' % ref(1), ["ref"], "/v1/convention/sign?ref=" + one) for one in (ref(2), ref(1))))


def test_arguments_of_a_wrong_type(box):
    values = [7, 0, 1.5, -1, True, False, None, [], ["x"], {}, {"ref": "x"}, 10 ** 18]

    def complaints():
        for value in values:
            yield sign_body(box, json.dumps({"ref": value, "party": "authority"}), ["ref"], code="bad_argument")
            yield sign_body(box, json.dumps({"ref": ref(2), "party": value}), ["party"], code="bad_argument")
            yield sign_body(box, json.dumps({"ref": ref(2), "party": "authority", "on": value}), ["on"], code="bad_argument")
        yield sign_body(box, "{}", ["ref"], code="missing_argument")
        yield sign_body(box, None, ["ref"], code="missing_argument")
        yield sign_body(box, json.dumps({"ref": ref(2)}), ["party"], code="missing_argument")
        yield sign_body(box, json.dumps({"ref": "", "party": "authority"}), ["ref"], code="missing_argument")
        yield sign_body(box, json.dumps({"ref": ref(2), "party": "authority", "reason": "a\nb"}), ["reason"], code="bad_argument")
        yield sign_body(box, json.dumps({"held": "perhaps"}), ["held"], "/v1/tranche/list", code="bad_argument")
        yield sign_body(box, json.dumps({"due": 20240101}), ["due"], "/v1/tranche/list", code="bad_argument")
    none_wrong(box, complaints())


def test_arguments_that_a_command_does_not_have(box):
    good = {"ref": ref(2), "party": "authority"}
    none_wrong(box, (sign_body(box, json.dumps(dict(good, **more)), [name], code="unknown_argument") for more, name in
                     [({"colour": "red"}, "colour"), ({"Ref": ref(1)}, "Ref"), ({"file": "x"}, "file"), ({"": "x"}, "argument"), ({"iban": "x"}, "iban"),
                      ({"é": "x"}, "é"), ({"on ": "2024-01-15"}, "on ")]))


def test_every_refusal_above_says_what_to_do(box):
    assert not NO_REMEDY, "without a hint:\n" + "\n".join(sorted(NO_REMEDY))


# --- a place that is broken -------------------------------------------------------------------------

def with_own(story):
    """Runs STORY in a sandbox of its own."""
    own = Sandbox()
    try:
        story(own)
    finally:
        own.close()


def shut_outbox(box):
    """The outbox is not writable while a tranche becomes due."""
    box.call_2023("2024-01-15")
    os.chmod(box.outbox, 0o555)
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", ref(1), "--party", party)
    for _ in range(100):
        if box.do("status")["status"]["trouble"]:
            return
        time.sleep(0.05)
    raise AssertionError("status never shows trouble: %s" % box.do("status")["status"])


def test_an_outbox_that_cannot_be_written_is_trouble_and_mended_it_goes_out_once(box):
    def story(own):
        shut_outbox(own)
        status = own.do("status")["status"]
        assert status["files_waiting"] == 1 and own.files() == [], status
        a = own.ask("clock", "set", "2024-01-16", person="admin")
        assert a.code == 1 and a.error["code"] == "clock_stuck" and a.error["hint"], a.out
        assert own.do("clock", "show")["clock"]["today_on"] == "2024-01-15"
        own.do("convention", "sign", ref(2), "--party", "beneficiary")  # facts can still be recorded
        os.chmod(own.outbox, 0o755)
        for _ in range(400):
            status = own.do("status")["status"]
            if not status["trouble"] and own.files():
                break
            time.sleep(0.1)
        assert not status["trouble"] and status["files_waiting"] == 0 and len(own.files()) == 1, (status, own.files())
        own.clock("2024-01-17")
        assert len(own.files()) == 1 and own.sql("SELECT count(*) FROM order_file WHERE state = 'written'") == "1"
        assert own.sql("SELECT count(*) FROM journal WHERE kind = 'file.written'") == "1"
        assert not [n for n in os.listdir(own.outbox) if n.startswith(".") and n != ".id"], os.listdir(own.outbox)
        own.check_invariants()
    with_own(story)


def test_an_outbox_that_cannot_be_written_is_named_by_status_and_clock(box):
    def story(own):
        shut_outbox(own)
        try:
            wrong = []
            a = own.ask("clock", "set", "2024-01-16", person="admin")
            for what, text in [("clock set", json.dumps(a.error)), ("status", own.do("status")["status"]["trouble"])]:
                if "outbox" not in text:
                    wrong.append("%s does not name the outbox: %s" % (what, text))
            if "outbox" not in own.log():
                wrong.append("nor does the log")
            assert not wrong, "\n".join(wrong)
        finally:
            os.chmod(own.outbox, 0o755)
    with_own(story)


# --- rows that are damaged by hand ------------------------------------------------------------------

def mine(table="convention_id"):
    return "%s = (SELECT id FROM convention WHERE reference = '%s')" % (table, ref(1))


def unchecked(table, change, *constraints):
    return "ALTER TABLE %s DISABLE TRIGGER ALL; %s %s; ALTER TABLE %s ENABLE TRIGGER ALL" % (
        table, " ".join("ALTER TABLE %s DROP CONSTRAINT %s;" % (table, c) for c in constraints), change, table)


def set_aside(damage):
    """One convention of three, signed and payable but for the decision, is damaged; the decision comes, and what must be so is so."""
    def story(own):
        own.call_2023("2024-01-15", executory=False)
        for i in (1, 2, 3):
            own.sign(i)
        own.sql(damage)
        a = own.ask("scheme", "decision", "LAB-2023", "--received", "2024-01-15", "--published", "2024-01-15")
        assert a.code == 0, "the decision cannot be recorded: %s%s" % (a.out, a.err)
        paid = "SELECT string_agg(c.reference, ' ' ORDER BY c.reference) FROM payment_order o JOIN convention c ON c.id = o.convention_id"
        for _ in range(50):
            if own.sql(paid):
                break
            time.sleep(0.1)
        wrong = []
        if own.sql(paid) != ref(2) + " " + ref(3):
            wrong.append("paid are: %r" % own.sql(paid))
        if not own.sql("SELECT set_aside FROM convention WHERE reference = '%s'" % ref(1)):
            wrong.append("it is not set aside")
        if own.sql("SELECT count(*) FROM journal WHERE kind = 'convention.set_aside' AND convention_ref = '%s'" % ref(1)) != "1":
            wrong.append("the journal does not say so once")
        a = own.ask("clock", "set", "2024-01-20", person="admin")
        if a.code:
            wrong.append("the clock: %s" % a.error)
        if own.do("status")["status"]["trouble"]:
            wrong.append("status: trouble")
        for words in [("tranche", "list"), ("convention", "list"), ("convention", "show", ref(2)), ("order", "list"), ("account", "list")]:
            a = own.ask(*words)
            if a.code:
                wrong.append("%s: %d %s" % (" ".join(words), a.code, a.error))
        for words in [("convention", "show", ref(1)), ("tranche", "why", ref(1) + "/1"), ("convention", "suspend", ref(1), "--reason", "x")]:
            a = own.ask(*words)
            if a.error.get("code") == "broken":
                wrong.append("%s: only that something is broken" % " ".join(words))
        last = [line for line in own.log().splitlines() if "EUR" not in line][-2:]
        assert not wrong, "\n".join(wrong + ["log: " + line for line in last])
    with_own(story)


def test_a_missing_tranche_sets_its_convention_aside(box):
    set_aside("DELETE FROM tranche WHERE position = 0 AND " + mine())


def test_a_missing_later_tranche_sets_its_convention_aside(box):
    set_aside("DELETE FROM tranche WHERE position = 1 AND " + mine())


def test_an_unknown_state_of_a_tranche_sets_its_convention_aside(box):
    set_aside(unchecked("tranche", "UPDATE tranche SET state = 'lost' WHERE position = 1 AND " + mine(), "tranche_state_check", "tranche_check1"))


def test_an_unknown_state_sets_its_convention_aside(box):
    set_aside(unchecked("convention", "UPDATE convention SET state = 'dreaming', look_on = '2024-01-15' WHERE " + mine("id"), "convention_state_check"))


def test_a_paper_its_scheme_does_not_know_sets_its_convention_aside(box):
    set_aside("UPDATE paper SET position = 20 WHERE position = 3 AND " + mine())


def test_a_negative_position_of_a_paper_sets_its_convention_aside(box):
    set_aside(unchecked("paper", "UPDATE paper SET position = -1 WHERE position = 3 AND " + mine(), "paper_position_check"))


def test_an_unknown_state_of_a_paper_sets_its_convention_aside(box):
    set_aside(unchecked("paper", "UPDATE paper SET state = 'burnt' WHERE position = 1 AND " + mine(), "paper_state_check"))


def test_a_signature_of_no_party_sets_its_convention_aside(box):
    set_aside("UPDATE signature SET party = 'mayor' WHERE party = 'authority' AND " + mine())


def test_a_tranche_the_scheme_does_not_have_sets_its_convention_aside(box):
    set_aside(unchecked("tranche", "UPDATE tranche SET position = 5 WHERE position = 1 AND " + mine()))


def test_an_account_that_is_no_iban_sets_its_convention_aside(box):
    set_aside(unchecked("account", "UPDATE account SET iban = 'FR7699999000011234567890153' WHERE " + mine()))


def test_a_holder_no_order_can_carry_sets_its_convention_aside(box):
    set_aside(unchecked("account", "UPDATE account SET holder = 'Общество' WHERE " + mine()))


run_module(sys.modules[__name__], shared=prepare)
