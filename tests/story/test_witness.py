"""The witness: a database that went back in time is noticed, nothing is prepared or put out, and a person decides."""
import os
import shutil
import signal
import subprocess
import sys
import time

from sandbox import PG, SCHEMES, Sandbox, ref, run_module, USER, wait_for



def status(box):
    return box.do("status", "show")["status"]


def led_again(box):
    wait_for("nobody leads", lambda: box.ask("status", "show").code == 0 and status(box)["part"] == "leader", 30)


def witnessed(box):
    """Waits until the witness has seen the end of the journal."""
    def head():
        with open(box.archive + "/.witness-cabbalr-rehearsal") as f:
            return f.read().split()[3]
    wait_for("the witness is not written", lambda: head() == box.sql("SELECT max(id) FROM journal"))


def backup(box, name="old"):
    """PGDATA as it is now, the server down for a moment."""
    box.postgres("stop", "-m", "fast")
    shutil.copytree(box.place + "/pg", box.place + "/" + name, copy_function=shutil.copy2)
    subprocess.run(["chown", "-R", "--reference=" + box.place + "/pg", box.place + "/" + name], check=True)
    box.postgres("start")
    led_again(box)


def put_back(box, name="old"):
    box.postgres("stop", "-m", "immediate")
    shutil.move(box.place + "/pg", box.place + "/lost-" + name)
    shutil.move(box.place + "/" + name, box.place + "/pg")
    box.postgres("start")
    led_again(box)


def sign_only(box, i):
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", ref(i), "--party", party)


def lost_orders(box):
    """Two conventions are paid, then a backup from before is put back: their files are out, the database does not know."""
    box.call_2023("2024-01-15")
    backup(box)
    box.sign(1)
    box.sign(2)
    assert len(box.files()) == 2
    witnessed(box)
    put_back(box)


def test_an_old_backup_is_noticed_and_nothing_is_prepared(box):
    """F6: same cluster, same timeline; only the journal and the archive can tell."""
    lost_orders(box)
    seen = status(box)
    assert "went back in time" in seen["doubt"] and all(name in seen["doubt"] for name in box.files()), seen
    sign_only(box, 1)
    sign_only(box, 2)  # facts are taken, nothing is ordered a second time
    time.sleep(1)
    assert box.state(1, 1) == box.state(2, 1) == "held" and box.sql("SELECT count(*) FROM order_file") == "0"
    a = box.ask("clock", "set", "2024-01-16", person="admin")
    assert a.code == 1 and a.error["code"] == "in_doubt" and "went back in time" in a.error["message"], a.out
    box.refused("file", "reconcile", "--reason", "vu", code="files_undecided", says=(box.files()[0], "--taken"), person="paul")
    box.refused("file", "reconcile", "TESTCABBALR-2024-L9-9", "--taken", "--reason", "?", code="unknown_file", person="paul")
    assert box.ask("file", "reconcile", "--reason", "moi", person="claire").error["code"] == "wrong_role"
    # the treasury has the first one; the second one was never taken
    one, two = (name[:-4] for name in box.files())
    os.rename(box.outbox + "/" + one + ".xml", box.place + "/one.xml")
    box.refused("file", "reconcile", one, "--reason", "?", code="bad_argument", person="paul", exit_code=2)
    checked = box.do("file", "reconcile", one, "--taken", "--reason", "le trésor l'a", "--check", person="paul")
    assert checked["would"] and box.sql("SELECT count(*) FROM order_file") == "0"
    box.do("file", "reconcile", one, "--taken", "--reason", "le trésor l'a", person="paul")
    box.do("file", "reconcile", two, "--not-taken", "--reason", "jamais retiré", person="paul")
    assert box.files() == [], "a void file must not stay where it can be taken"
    assert "archive" not in status(box)["doubt"] and status(box)["doubt"]
    box.do("file", "reconcile", "--reason", "sauvegarde du soir remise en place", person="paul")
    box.clock("2024-01-16")
    assert status(box)["doubt"] == "" and box.state(1, 1) == box.state(2, 1) == "ordered"
    files = {f["message_id"]: f for f in box.do("file", "list")["files"]}
    assert one in files and two not in files and len(files) == 2, files
    new = next(m for m in files if m != one)
    assert int(new.split("-L")[1].split("-")[0]) > int(two.split("-L")[1].split("-")[0]), "a new number is above every old one"
    assert box.sql("SELECT count(*) FROM payment_order") == "2"
    assert box.sql("SELECT count(*) FROM payment_order WHERE deadline_on IS NULL") == "0", "nobody would hear that no answer comes"
    with open(box.place + "/one.xml", "rb") as f:
        assert box.sql("SELECT encode(body, 'hex') FROM order_file WHERE message_id = '%s'" % one) == f.read().hex()
    kinds = [j["kind"] for j in box.do("journal", "list")["journal"]]
    assert kinds.count("file.reconciled") == 3 and "tranche.adopted" in kinds, kinds
    box.kill()
    box.sql("UPDATE lease SET until = now()")
    box.start_daemon()
    assert status(box)["doubt"] == ""


def test_a_lost_file_is_adopted_only_when_everything_fits(box):
    lost_orders(box)
    names = box.files()
    one = names[0][:-4]
    take(box, names[0])
    verify = "ALTER TABLE account DISABLE TRIGGER USER; UPDATE account SET verified_by = {0}, verified_on = {1}; ALTER TABLE account ENABLE TRIGGER USER"
    box.sql(verify.format("NULL", "NULL"))
    box.refused("file", "reconcile", one, "--taken", "--reason", "?", code="other_account", says=[ref(1), "verify"], person="paul")
    box.sql(verify.format("'paul'", "'2024-01-15'"))
    box.do("account", "propose", ref(1), "--iban", "FR7630006000011234567890189", "--holder", "AUTRE")
    a = box.ask("file", "reconcile", one, "--taken", "--reason", "?", person="paul")
    assert a.code == 1 and a.error["code"] == "other_account" and ref(1) in a.error["message"], a.out
    take(box, names[1])
    box.do("convention", "terminate", ref(2), "--letter", "RK 1", person="paul")
    box.refused("file", "reconcile", names[1][:-4], "--taken", "--reason", "?", code="wrong_state", says=[ref(2), "second order"], person="paul")
    assert box.sql("SELECT count(*) FROM order_file") == "0"
    for name in names:
        a = box.do("file", "reconcile", name[:-4], "--not-taken", "--reason", "void", person="paul")
        assert "does not stand in the outbox" in a["message"], a.out
    box.do("file", "reconcile", "--reason", "ok", person="paul")
    box.settle()


def test_what_is_recorded_while_no_file_can_be_put_out_is_sealed_and_witnessed(box):
    box.call_2023("2024-01-15")
    with box.shut_outbox():
        sign_only(box, 1)
        wait_for("nothing is in trouble", lambda: status(box)["trouble"], 30)
        sign_only(box, 2)
        wait_for("it is never sealed", lambda: status(box)["unsealed"] == 0, 30)
        witnessed(box)
        assert status(box)["trouble"], "the outbox was mended by itself"
    box.settle()


def test_a_dump_restored_elsewhere_asks_once_and_goes_on(box):
    """The documented round trip: pg_dump, a new cluster, pg_restore, one reconcile; then everything is as it was."""
    box.call_2023("2024-01-15")
    box.sign(1)
    witnessed(box)
    before = box.fingerprint()
    run = box.place + "/run"
    subprocess.run(USER + [PG + "pg_dump", "-h", run, "-U", "tranched_sandbox", "-Fc", "-f", box.place + "/dump", "tranched"], check=True)
    roles = subprocess.run(USER + [PG + "pg_dumpall", "-h", run, "-U", "tranched_sandbox", "--roles-only"],
                           check=True, capture_output=True, text=True).stdout
    box.kill(signal.SIGTERM)
    box.postgres("stop", "-m", "fast")
    shutil.move(box.place + "/pg", box.place + "/pg-dead")
    subprocess.run(USER + [PG + "initdb", "-D", box.place + "/pg", "-U", "tranched_sandbox", "--auth=trust",
                          "--encoding=UTF8", "--locale=C.UTF-8"], check=True, capture_output=True)
    shutil.copy(box.place + "/pg-dead/postgresql.conf", box.place + "/pg/postgresql.conf")
    box.postgres("start")
    subprocess.run(USER + [PG + "createdb", "-h", run, "-U", "tranched_sandbox", "tranched"], check=True)
    psql = USER + [PG + "psql", "-h", run, "-U", "tranched_sandbox", "-d", "tranched", "-q"]
    subprocess.run(psql, input=roles, text=True, capture_output=True)
    subprocess.run(USER + [PG + "pg_restore", "-h", run, "-U", "tranched_sandbox", "-d", "tranched", box.place + "/dump"], check=True)
    assert box.fingerprint() == before
    box.start_daemon()
    assert "another database cluster" in status(box)["doubt"], status(box)
    box.do("file", "reconcile", "--reason", "restauration", person="paul")
    box.sign(2)
    assert status(box)["doubt"] == "" and box.state(2, 1) == "ordered" and box.state(1, 1) == "ordered"


def test_a_file_held_by_another_boot_is_decided_by_a_person(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.sign(2)
    names = box.files()
    box.kill()
    for name in names:  # as after a power cut between the token and its rename
        os.link(box.archive + "/" + name, box.outbox + "/." + name + ".1")
        os.unlink(box.outbox + "/" + name)
    box.sql("ALTER TABLE order_file DISABLE TRIGGER order_file_frozen; UPDATE order_file SET state = 'prepared', written_at = NULL, "
            "boot_id = 'an earlier one'; ALTER TABLE order_file ENABLE TRIGGER order_file_frozen; UPDATE lease SET until = now()")
    box.start_daemon()
    wait_for("nothing is held", lambda: status(box)["files_blocked"] == 2)
    assert "restarted" in box.do("file", "show", names[0][:-4])["file"]["blocked"]
    with open(box.archive + "/" + names[0], "rb") as f:
        bytes_ = f.read()
    box.do("file", "reconcile", names[0][:-4], "--not-taken", "--reason", "pas chez eux", person="paul")
    box.do("file", "reconcile", names[1][:-4], "--taken", "--reason", "chez eux", person="paul")
    wait_for("it is not put out", lambda: box.files() == [names[0]])
    with open(box.outbox + "/" + names[0], "rb") as f:
        assert f.read() == bytes_
    states = {f["message_id"] + ".xml": f for f in box.do("file", "list")["files"]}
    wait_for("not written", lambda: {f["state"] for f in box.do("file", "list")["files"]} == {"written"})
    assert states[names[1]]["state"] == "written" and status(box)["files_blocked"] == 0
    box.refused("file", "reconcile", names[1][:-4], "--taken", "--reason", "?", code="no_doubt", person="paul")


def reboot(box, how):
    """The machine goes down and comes up: its boot has another number, and the state folder is shut."""
    box.kill(how)
    os.chmod(box.place + "/state", 0o700)
    box.sql("ALTER TABLE order_file DISABLE TRIGGER order_file_frozen; UPDATE order_file SET boot_id = 'an earlier one'; "
            "ALTER TABLE order_file ENABLE TRIGGER order_file_frozen; UPDATE lease SET until = now()")
    note = box.place + "/state/.stopped-cabbalr-rehearsal"
    with open(note) as f:
        text = f.read()
    if text:
        assert how == signal.SIGTERM, text
        with open(note, "w") as f:
            f.write("an earlier one")
    box.start_daemon()
    wait_for("the door stays shut", lambda: os.stat(box.place + "/state").st_mode & 0o011 == 0o011)


def test_what_stood_in_the_outbox_when_the_machine_died_is_hidden_for_a_person(box):
    """F3: a removal that was not on disk brings the file back; nobody can tell it from one that was never taken."""
    box.call_2023("2024-01-15")
    box.sign(1)
    box.sign(2)
    one, two = box.files()
    reboot(box, signal.SIGKILL)
    assert box.files() == [] and status(box)["files_blocked"] == 2
    assert "restarted" in box.do("file", "show", one[:-4])["file"]["blocked"]
    box.do("file", "reconcile", one[:-4], "--taken", "--reason", "chez eux", person="paul")
    box.do("file", "reconcile", two[:-4], "--not-taken", "--reason", "pas chez eux", person="paul")
    wait_for("it is not put out again", lambda: box.files() == [two])
    with open(box.outbox + "/" + two, "rb") as f:
        assert box.sql("SELECT encode(body, 'hex') FROM order_file WHERE file_name = '%s'" % two) == f.read().hex()
    wait_for("it is not written", lambda: status(box)["files_waiting"] == 0)


def test_a_restart_in_good_order_leaves_no_doubt(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    names = box.files()
    reboot(box, signal.SIGTERM)
    assert box.files() == names and status(box)["files_blocked"] == 0
    reboot(box, signal.SIGKILL)  # the good order was that of the restart before
    assert box.files() == [] and status(box)["files_blocked"] == 1
    box.do("file", "reconcile", names[0][:-4], "--not-taken", "--reason", "vu", person="paul")
    wait_for("it is not put out again", lambda: box.files() == names)


def test_files_lost_with_their_outbox_are_decided_by_a_person(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.sign(2)
    names = box.files()
    shutil.move(box.outbox, box.place + "/state/outbox.lost")
    sign_only(box, 3)
    wait_for("no doubt", lambda: status(box)["files_blocked"] == 2)
    assert "replaced" in box.do("file", "show", names[0][:-4])["file"]["blocked"]
    box.do("file", "reconcile", names[0][:-4], "--not-taken", "--reason", "disque perdu", person="paul")
    box.do("file", "reconcile", names[1][:-4], "--taken", "--reason", "relevé", person="paul")
    wait_for("it is not put out again", lambda: names[0] in box.files() and len(box.files()) == 2)
    wait_for("blocked", lambda: status(box)["files_waiting"] == 0)
    os.unlink(box.outbox + "/" + names[0])
    wait_for("it is not seen taken", lambda: box.sql("SELECT count(*) FROM order_file WHERE taken_at IS NOT NULL") == "2")
    shutil.copy(box.archive + "/" + names[0], box.outbox)  # somebody puts it back by hand: nobody takes it a second time
    box.sign(4)
    os.unlink(box.outbox + "/" + box.files()[0])
    wait_for("it is not hidden", lambda: names[0] not in box.files())
    assert "file.returned" in [j["kind"] for j in box.do("journal", "list")["journal"]]


def test_a_lost_file_whose_order_came_into_doubt_is_not_put_out_again(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    (name,) = box.files()
    shutil.move(box.outbox, box.place + "/state/outbox.lost")
    sign_only(box, 2)
    wait_for("no doubt", lambda: status(box)["files_blocked"] == 1)
    box.sql("UPDATE account a SET refused_on = '2024-01-15', refused_why = 'RJCT AC04' FROM convention c WHERE c.id = a.convention_id AND "
            "c.reference = '%s'" % ref(1))
    box.do("file", "reconcile", name[:-4], "--not-taken", "--reason", "disque perdu", person="paul")
    wait_for("it is not held", lambda: "doubt" in box.do("file", "show", name[:-4])["file"]["blocked"])
    assert [o["doubt"] for o in box.do("file", "show", name[:-4])["orders"]] == ["account_refused"]
    assert name not in box.files()
    box.do("account", "verify", ref(1), "--reason", "asked the payee", person="paul")
    box.do("file", "reconcile", name[:-4], "--not-taken", "--reason", "disque perdu", person="paul")
    wait_for("it is not put out again", lambda: name in box.files())


def test_one_flipped_byte_is_found_in_table_and_archive(box):
    """F10: measured elsewhere, one byte on disk made 6000.00 into 9000.00 without an error."""
    box.call_2023("2024-01-15")
    box.sign(1)
    box.sign(2)
    names = [n[:-4] for n in box.files()]
    assert box.do("file", "verify")["verification"] == {"files": 2, "archived": 2}
    path = box.archive + "/" + names[0] + ".xml"
    mode = os.stat(path).st_mode
    with open(path, "rb") as f:
        good = f.read()
    os.unlink(path)
    with open(path, "wb") as f:
        f.write(good.replace(b"6000.00", b"9000.00", 1))
    os.chmod(path, 0o444)
    box.sql("ALTER TABLE order_file DISABLE TRIGGER order_file_frozen; UPDATE order_file SET body = set_byte(body, 200, get_byte(body, 200) # 1) "
            "WHERE message_id = '%s'; ALTER TABLE order_file ENABLE TRIGGER order_file_frozen" % names[1])
    a = box.refused("file", "verify", code="file_damaged")
    told = [d["message"] for d in a.error["details"]]
    assert len(told) == 2 and names[0] in told[0] and "archive" in told[0] and names[1] in told[1] and "database" in told[1], told
    box.sql("ALTER TABLE order_file DISABLE TRIGGER order_file_frozen; UPDATE order_file SET body = set_byte(body, 200, get_byte(body, 200) # 1) "
            "WHERE message_id = '%s'; ALTER TABLE order_file ENABLE TRIGGER order_file_frozen" % names[1])
    os.unlink(path)
    with open(path, "wb") as f:
        f.write(good)
    os.chmod(path, mode | 0o444)
    assert box.do("file", "verify")["verification"]["files"] == 2


def take(box, name):
    """As the treasury does."""
    os.makedirs(box.place + "/treasury", exist_ok=True)
    os.rename(os.path.join(box.outbox, name), os.path.join(box.place, "treasury", name))


def known_taken(box, name):
    wait_for("it is not known to be taken", lambda: box.do("file", "show", name[:-4])["file"]["taken_at"])


def come_back(box, name):
    subprocess.run(USER + ["cp", os.path.join(box.place, "treasury", name), os.path.join(box.outbox, name)], check=True)


def test_an_old_backup_on_another_machine_asks_before_it_pays(box):
    """The folders were lost with the machine: nothing here has ever seen the database."""
    box.call_2023("2024-01-15")
    backup(box)
    box.sign(1)
    assert len(box.files()) == 1
    witnessed(box)
    box.kill(signal.SIGTERM)
    box.postgres("stop", "-m", "immediate")
    shutil.move(box.place + "/pg", box.place + "/pg-lost")
    shutil.move(box.place + "/old", box.place + "/pg")
    box.postgres("start")
    shutil.move(box.place + "/state", box.place + "/state-lost")
    subprocess.run(USER + ["mkdir", box.place + "/state"], check=True)
    box.start_daemon()
    assert "never seen" in status(box)["doubt"], status(box)
    sign_only(box, 1)
    time.sleep(1)
    assert box.files() == [], "it was paid a second time"
    box.do("file", "reconcile", "--above", "TESTCABBALR-2024-L1-1", "--reason", "machine perdue", person="paul")
    wait_for("it stays in doubt", lambda: status(box)["doubt"] == "" and len(box.files()) == 1)
    box.kill()
    box.start_daemon()
    assert status(box)["doubt"] == "", "it asks twice"


def test_a_standby_of_another_host_takes_over_without_a_question(box):
    box.call_2023("2024-01-15")
    second = box.place + "/second.conf"
    with open(box.conf) as f:
        text = f.read()
    with open(second, "w") as f:
        f.write(text.replace("control.sock", "second.sock").replace("/state", "/state2").replace("run/alert", "run/alert2"))
    os.chmod(second, 0o644)
    subprocess.run(USER + ["mkdir", box.place + "/state2"], check=True)
    first = box.socket
    with open(box.place + "/log/second.log", "w") as log:
        p = subprocess.Popen(USER + [box.place + "/bin/tranched", "--config", second], stderr=log)
    try:
        wait_for("it notes nothing of the leader", lambda: os.path.exists(box.place + "/state2/.witness-cabbalr-rehearsal"), 30)
        box.kill()
        box.socket = box.place + "/run/second.sock"
        led_again(box)
        sign_only(box, 1)
        wait_for("it does not pay", lambda: box.state(1, 1) == "ordered" and status(box)["doubt"] == "")
    finally:
        box.socket = first
        p.terminate()
        assert p.wait() == 0
        box.start_daemon()
    wait_for("what the other host put out", lambda: box.do("file", "list")["files"][0]["state"] == "written")
    shutil.rmtree(box.outbox)
    os.symlink(box.place + "/state2/outbox", box.outbox)


def test_a_taken_file_that_comes_back_is_hidden_each_time_and_at_once(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    name = box.files()[0]
    take(box, name)
    known_taken(box, name)
    for _ in range(3):
        come_back(box, name)
        wait_for("it stays where it can be taken again", lambda: not box.files(), 10)
    box.kill()
    come_back(box, name)
    box.start_daemon()
    wait_for("it stays where it can be taken again", lambda: not box.files())
    box.sign(2)
    assert len(box.files()) == 1 and status(box)["trouble"] == "", status(box)


def test_another_file_under_the_name_of_a_taken_one_is_not_touched(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    name = box.files()[0]
    take(box, name)
    known_taken(box, name)
    path = os.path.join(box.outbox, name)
    subprocess.run(USER + ["sh", "-c", 'echo junk >"$1"', "-", path], check=True)
    wait_for("nobody is told", lambda: "another file" in status(box)["trouble"])
    with open(path) as f:
        assert f.read() == "junk\n"
    box.run("clock", "show")
    sign_only(box, 2)
    wait_for("payments stop", lambda: len(box.files()) == 2)
    witnessed(box)  # the witness and the seals go on
    os.unlink(path)
    wait_for("it does not heal", lambda: status(box)["trouble"] == "", 40)


def test_what_stands_in_the_outbox_was_not_taken(box):
    """A person's word does not overrule what the folder shows."""
    lost_orders(box)
    name = box.files()[0]
    box.refused("file", "reconcile", name[:-4], "--taken", "--reason", "?", code="not_taken", says=[name[:-4], "--not-taken"], person="paul")
    take(box, name)
    box.do("file", "reconcile", name[:-4], "--not-taken", "--check", "--reason", "?", person="paul")
    other = box.files()[0]
    box.do("file", "reconcile", other[:-4], "--not-taken", "--reason", "toujours là", person="paul")
    sign_only(box, 1)
    sign_only(box, 2)


def test_a_byte_changed_under_the_treasury_s_hands_is_told_when_it_took_the_file(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    name = box.files()[0]
    os.chmod(box.archive + "/" + name, 0o640)
    with open(box.archive + "/" + name, "r+b") as f:
        f.seek(100)
        f.write(b"#")
    take(box, name)
    wait_for("nobody is told", lambda: status(box)["files_blocked"] == 1)
    assert "other bytes" in box.do("file", "show", name[:-4])["file"]["blocked"]
    box.do("file", "reconcile", name[:-4], "--taken", "--reason", "la trésorerie l'a refusé", person="paul")
    assert status(box)["files_blocked"] == 0


def test_a_lost_archive_is_no_new_beginning(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    name = box.files()[0]
    box.kill(signal.SIGTERM)
    shutil.move(box.archive, box.place + "/archive-lost")
    since = len(box.log())
    p = subprocess.run(USER + [box.place + "/bin/tranched", "--config", box.conf], capture_output=True, text=True, timeout=30)
    assert p.returncode == 78 and "outbox/.id" in p.stderr, (p.returncode, p.stderr, box.log()[since:])
    os.unlink(box.outbox + "/.id")
    box.start_daemon()
    wait_for("nobody is asked", lambda: status(box)["files_blocked"] == 1)
    assert "another archive" in box.do("file", "show", name[:-4])["file"]["blocked"]
    assert "another host" in box.do("file", "verify").json["message"]
    box.do("file", "reconcile", name[:-4], "--taken", "--reason", "demandé à la trésorerie", person="paul")
    wait_for("it stays where it can be taken again", lambda: not box.files())
    box.sign(2)


def test_a_file_that_waits_on_another_host_is_told_and_can_be_moved(box):
    box.call_2023("2024-01-15")
    os.chmod(box.outbox, 0o555)
    sign_only(box, 1)
    wait_for("no file is prepared", lambda: box.sql("SELECT count(*) FROM order_file") == "1")
    box.kill()
    os.chmod(box.outbox, 0o2770)
    box.sql("ALTER TABLE order_file DISABLE TRIGGER order_file_frozen; UPDATE order_file SET host = 'elsewhere/1'; "
            "ALTER TABLE order_file ENABLE TRIGGER order_file_frozen; UPDATE lease SET until = now()")
    box.start_daemon()
    wait_for("nobody is told", lambda: status(box)["files_blocked"] == 1)
    row = box.do("file", "list")["files"][0]
    assert "elsewhere/1" in row["blocked"] and "--not-taken" in row["blocked"], row
    box.do("file", "reconcile", row["message_id"], "--not-taken", "--reason", "cet hôte est perdu", person="paul")
    wait_for("it is not put out", lambda: box.files() == [row["message_id"] + ".xml"])
    wait_for("it is still told", lambda: status(box)["files_blocked"] == 0)


def test_row_26_a_live_service_in_doubt_rests_though_something_is_due(_):
    """What is due waits for a person: it must not be looked at again and again meanwhile."""
    live = Sandbox("live")

    def work():
        with open("/proc/%d/stat" % live.pid()) as f:
            ticks = sum(map(int, f.read().split()[13:15]))
        return ticks, int(live.sql("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'tranched'")), len(live.log())

    try:
        live.do("scheme", "import", live.scheme, person=None)
        live.do("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023", person=None)
        live.do("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19", person=None)
        live.sql("UPDATE account SET verified_by = 'paul', verified_on = proposed_on")
        for party in ("beneficiary", "authority"):
            live.do("convention", "sign", ref(1), "--party", party, person=None)
        wait_for("nothing is put out", lambda: len(live.files()) == 1)
        wait_for("not sealed", lambda: live.do("status", person=None)["status"]["unsealed"] == 0)
        live.kill(signal.SIGTERM)
        live.sql("SET session_replication_role = replica; DELETE FROM journal_seal; DELETE FROM payment_order; DELETE FROM order_file; "
                 "UPDATE tranche SET state = 'held', taken_cents = 0; UPDATE scheme_sum SET ordered_cents = 0; "
                 "DELETE FROM journal WHERE kind IN ('tranche.released', 'file.written', 'file.taken')")
        live.start_daemon()
        wait_for("no doubt", lambda: live.do("status", person=None)["status"]["doubt"])
        for party in ("beneficiary", "authority"):
            live.do("convention", "sign", ref(2), "--party", party, person=None)
        time.sleep(2)
        ticks, transactions, said = work()
        time.sleep(4)
        after = work()
        assert after[0] - ticks < 20 and after[1] - transactions < 100 and after[2] == said, ((ticks, transactions, said), after)
    finally:
        live.close()


run_module(sys.modules[__name__])
