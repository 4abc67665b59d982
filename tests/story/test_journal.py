"""The journal's seals: whole after every story, and every edit made behind the daemon's back is named."""
import concurrent.futures
import signal
import sys
import time

from sandbox import ref, run_module, wait_for


def sealed(box):
    """Waits until every row is sealed; the answer of the verification."""
    for _ in range(100):
        a = box.do("journal", "verify")["verification"]
        if a["unsealed"] == 0 and a["entries"] > 0:
            assert a["entries"] == int(box.sql("SELECT count(*) FROM journal")), a
            return a
        time.sleep(0.2)
    raise AssertionError("never sealed: %s" % a)


def broken(box, *says):
    a = box.ask("journal", "verify")
    assert a.code == 1 and a.error["code"] == "journal_broken", a.out
    for word in says:
        assert word in a.out, (word, a.out)


def test_every_row_is_sealed_soon_and_the_chain_grows(box):
    box.call_2023("2024-01-15")
    first = sealed(box)
    box.sign(1)
    second = sealed(box)
    assert second["seals"] > first["seals"] and second["head"] != first["head"]
    assert box.do("status", "show")["status"]["unsealed"] == 0
    assert box.run("journal", "verify", "--head", first["head"]).code == 0, "an older head is in the chain"
    a = box.ask("journal", "verify", "--head", "0" * 64)
    assert a.code == 1 and "cut off" in a.out, a.out


def test_a_changed_removed_or_inserted_row_is_named(box):
    box.call_2023("2024-01-15")
    sealed(box)
    middle = int(box.sql("SELECT id FROM journal ORDER BY id OFFSET 3 LIMIT 1"))
    for column, value in (("what", "'rien'"), ("person", "'paul'"), ("why", "'x'"), ("on_date", "'2024-01-16'"), ("convention_ref", "NULL"),
                          ("recorded_at", "recorded_at + interval '1 microsecond'"), ("tranche_number", "7"), ("request_id", "NULL")):
        box.as_superuser("CREATE TABLE kept AS SELECT * FROM journal WHERE id = %d; UPDATE journal SET %s = %s WHERE id = %d"
                     % (middle, column, value, middle))
        broken(box, "row %d was changed" % middle)
        box.as_superuser("UPDATE journal j SET %s = k.%s FROM kept k WHERE j.id = k.id; DROP TABLE kept" % (column, column))
        assert box.run("journal", "verify").code == 0
    box.as_superuser("CREATE TABLE kept AS SELECT * FROM journal WHERE id = %d; DELETE FROM journal WHERE id = %d" % (middle, middle))
    broken(box, "row %d was removed" % middle)
    box.as_superuser("INSERT INTO journal OVERRIDING SYSTEM VALUE SELECT * FROM kept")
    assert box.run("journal", "verify").code == 0
    box.as_superuser("INSERT INTO journal (id, on_date, person, kind, what) OVERRIDING SYSTEM VALUE VALUES (-5, '2024-01-01', 'x', 'a.b', 'x')")
    broken(box, "row -5 was inserted")


def test_a_changed_or_missing_seal_is_named(box):
    box.call_2023("2024-01-15")
    sealed(box)
    box.sign(1)
    last = sealed(box)["seals"]
    box.as_superuser("UPDATE journal_seal SET sha256 = sha256('x') WHERE number = %d" % last)
    broken(box, "seal %d itself was changed" % last, "seal %d is another one" % last)
    box.as_superuser("UPDATE journal_seal SET from_id = from_id - 1 WHERE number = 2")
    broken(box, "seal 2 itself was changed")
    box.as_superuser("DELETE FROM journal_seal WHERE number = 1")
    broken(box, "seal 1 is missing")


def test_rows_in_another_order_are_named(box):
    box.call_2023("2024-01-15")
    sealed(box)
    a, b = map(int, box.sql("SELECT id FROM journal ORDER BY id OFFSET 2 LIMIT 2").splitlines())
    box.as_superuser("CREATE TABLE kept AS SELECT * FROM journal WHERE id IN (%d, %d); DELETE FROM journal WHERE id IN (SELECT id FROM kept); "
                     "UPDATE kept SET id = %d - id; INSERT INTO journal OVERRIDING SYSTEM VALUE SELECT * FROM kept" % (a, b, a + b))
    broken(box, "row %d was changed" % a, "row %d was changed" % b)


def test_an_end_that_was_cut_off_with_its_seals_shows_against_a_head_that_left_the_machine(box):
    box.call_2023("2024-01-15")
    kept = sealed(box)
    box.sign(1)
    head = sealed(box)["head"]
    box.kill(signal.SIGTERM)
    last = box.sql("SELECT last_id FROM journal_seal WHERE number = %d" % kept["seals"])
    where = "WHERE id > %s" % last, "WHERE number > %d" % kept["seals"]
    box.as_superuser("CREATE TABLE public.kept AS SELECT * FROM journal %s; CREATE TABLE public.kept_seal AS SELECT * FROM journal_seal %s; "
                     "DELETE FROM journal %s; DELETE FROM journal_seal %s" % (where * 2))
    box.start_daemon()
    a = box.ask("journal", "verify", "--head", head)
    assert a.code == 1 and "cut off" in a.out, a.out
    a = box.ask("journal", "verify", "--head", kept["head"])
    assert a.code == 1 and "cut off" not in a.out and "went back in time" in a.out, a.out
    doubt = box.do("status", "show")["status"]["doubt"]
    assert "went back in time" in doubt, "what the archive's witness has seen is missed at once: %s" % doubt
    box.as_superuser("INSERT INTO journal OVERRIDING SYSTEM VALUE SELECT * FROM public.kept; INSERT INTO journal_seal SELECT * FROM public.kept_seal")
    assert box.ask("journal", "verify", "--head", head).code == 0


def test_what_is_cut_off_or_sealed_anew_under_a_running_daemon_shows_against_what_was_seen(box):
    box.call_2023("2024-01-15")
    sealed(box)
    box.do("convention", "suspend", ref(1), "--reason", "x")
    last = sealed(box)["seals"]
    wait_witness(box, last)
    box.as_superuser("DELETE FROM journal j USING journal_seal s WHERE s.number = %d AND j.id >= s.from_id; DELETE FROM journal_seal WHERE number = %d"
                     % (last, last))
    broken(box, "which was seen: it went back in time")
    assert not box.ask("convention", "sign", ref(2), "--party", "beneficiary").error, "what people record is taken all the same"
    wait_for("no doubt", lambda: "went back in time" in box.do("status", "show")["status"]["doubt"])
    time.sleep(2.5)
    broken(box, "which was seen: it went back in time")
    box.do("file", "reconcile", "--reason", "it was ours", person="paul")
    wait_for("the doubt stays", lambda: not box.do("status", "show")["status"]["doubt"])
    again = sealed(box)["seals"]
    wait_witness(box, again)
    box.as_superuser("UPDATE journal SET what = 'rien' WHERE id = 4; DELETE FROM journal_seal")
    box.ask("convention", "sign", ref(3), "--party", "beneficiary")
    wait_for("no doubt", lambda: "seal" in box.do("status", "show")["status"]["doubt"])
    broken(box, "seal %d" % again)


def wait_witness(box, number):
    """Until what was seen outside the database is the seal NUMBER."""
    def seen():
        with open(box.archive + "/.witness-cabbalr-rehearsal") as f:
            return "\nseal %d " % number in f.read()
    wait_for("the seal is not witnessed", seen)


def test_a_forged_mark_at_the_end_of_all_numbers_is_named(box):
    box.call_2023("2024-01-15")
    last = sealed(box)["seals"]
    box.as_superuser("CREATE TABLE public.kept AS SELECT * FROM journal_seal WHERE number = %d; UPDATE journal_seal SET "
                     "entry_count = entry_count + 1, marks = marks || decode('7fffffffffffffff0000000000000000', 'hex') WHERE number = %d" % (last, last))
    broken(box, "row %d was removed" % (2 ** 63 - 1))
    box.as_superuser("UPDATE journal_seal s SET marks = k.marks, entry_count = k.entry_count FROM public.kept k WHERE k.number = s.number")
    assert box.do("journal", "verify").code == 0


def test_many_writers_never_wait_and_nothing_escapes_the_seals(box):
    box.call_2023("2024-01-15", verify=False)

    def suspend(i):
        for _ in range(5):
            box.do("convention", "suspend", ref(i), "--reason", "x")
            box.do("convention", "resume", ref(i), person="paul")
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        list(pool.map(suspend, range(1, 6)))
    sealed(box)


run_module(sys.modules[__name__])
