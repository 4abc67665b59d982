"""tranched.service under a real systemd, installed as README.md says: the main job under all its restrictions, and what systemd
does when it dies, hangs, fails, or the database is away; then the drop-in for a database elsewhere, with a credential and a standby.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../story"))
from host import Host, refusal  # noqa: E402
from sandbox import BUILD, PG, ROOT, SCHEMES, ref, run_module, wait_for  # noqa: E402

SERVER = """[Unit]
Description=PostgreSQL for the test: %(data)s
[Service]
Type=notify
User=postgres
RuntimeDirectory=postgresql
RuntimeDirectoryPreserve=yes
ExecStart=%(pg)spostgres -D %(data)s -k /run/postgresql -p %(port)d
KillSignal=SIGINT
"""
DATA, STANDBY = "/var/lib/postgresql/primary", "/var/lib/postgresql/standby"
# As README.md says, one line in each.
HBA = """local tranched tranched_cabbalr_daemon,tranched_cabbalr_mailer peer map=tranched
local all postgres peer
local replication postgres peer
host tranched tranched_cabbalr_daemon 127.0.0.1/32 scram-sha-256
"""
SENDMAIL = "#!/bin/sh\ncat >>/var/mail/root\n"


def install(host):
    """README.md, "Installing for real", word by word."""
    env = dict(os.environ, DESTDIR=host.root)
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], env=env, check=True, stdout=subprocess.DEVNULL)
    host.chroot("systemd-sysusers")
    for user, group in (("claire", "tranche-users"), ("paul", "tranche-users"), ("payeur", "tranche-treasury")):
        host.chroot("useradd", "-M", "-G", group, user)
    conf = open(os.path.join(ROOT, "config/tranched.conf")).read()
    conf = conf.replace("after_seconds = 300", "after_seconds = 1").replace("  seconds = 30;", "  seconds = 6;")
    conf = conf.replace('from = "";', 'from = "tranched@cabbalr.example";').replace('tls = "starttls";', 'tls = "none";')
    conf = conf.replace('user = "paul";  ', 'user = "paul"; mail = "paul@cabbalr.example"; ')
    assert "paul@cabbalr" in conf and "@cabbalr.example" in conf.split("host =")[0]
    host.file("/etc/tranched/tranched.conf", conf)
    shutil.rmtree(host.root + "/etc/postgresql", ignore_errors=True)  # clusters of this machine
    host.file("/usr/sbin/sendmail", SENDMAIL, 0o755)
    host.file("/etc/systemd/system/postgresql.service", SERVER % {"data": DATA, "pg": PG, "port": 5432})
    host.file("/etc/systemd/system/postgresql-standby.service", SERVER % {"data": STANDBY, "pg": PG, "port": 5433})


def make_server(host):
    host.do("install", "-d", "-o", "postgres", os.path.dirname(DATA))
    host.do("runuser", "-u", "postgres", "--", PG + "initdb", "-D", DATA, "-A", "peer", "--no-sync")
    host.file_in(DATA + "/pg_hba.conf", HBA)
    host.file_in(DATA + "/pg_ident.conf", "tranched tranched tranched_cabbalr_daemon\ntranched tranche-mailer tranched_cabbalr_mailer\n")
    host.do("systemctl", "start", "postgresql")


def tool(host, user, *words):
    return json.loads(host.do("tranchectl", "--json", *words, user=user))


def status(host):
    return host.shown("tranched", "StatusText")


def main_pid(host):
    return int(host.shown("tranched", "MainPID"))


def leads(host):
    return tool(host, "claire", "status")["status"].get("part") == "leader" if host.ask("tranchectl", "status", user="claire").returncode == 0 else False


def wait_leader(host):
    wait_for(lambda: "nobody leads: %s\n%s" % (status(host), host.journal("tranched")[-1500:]), lambda: leads(host), 40)


def test_installed_as_written_it_starts(host):
    host.do("sh", "-c", "cd / && runuser -u postgres -- createdb tranched && runuser -u postgres -- tranched --migrate --as rehearsal")
    host.do("runuser", "-u", "tranched", "--", "tranched", "--check-config")
    host.do("systemctl", "enable", "--now", "tranched", "tranched-alert.path")
    wait_leader(host)
    assert status(host).startswith("leading"), status(host)


def test_the_restrictions_are_in_force(host):
    pid = main_pid(host)
    words = dict(line.split(":", 1) for line in host.do("cat", "/proc/%d/status" % pid).splitlines())
    got = {k: words[k].strip() for k in ("Seccomp", "NoNewPrivs", "CapBnd", "CapEff")}
    assert got == {"Seccomp": "2", "NoNewPrivs": "1", "CapBnd": "0" * 16, "CapEff": "0" * 16}, got
    links = host.do("nsenter", "-t", str(pid), "-n", "cat", "/proc/self/net/dev").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in links] == ["lo"], links
    mounts = host.do("cat", "/proc/%d/mounts" % pid)
    for place, how in (("/", "ro"), ("/var/lib/tranched", "rw")):
        assert re.search(r"^\S+ %s \S+ %s[, ]" % (re.escape(place), how), mounts, re.M), "%s is not %s:\n%s" % (place, how, mounts)


def test_the_main_job_runs_with_people_known_by_the_kernel(host):
    for name in ("lab-2023.conf", "laureates-2023.csv"):  # a clone under /tmp is not seen: the host has a /tmp of its own
        with open(os.path.join(SCHEMES, name)) as f:
            host.file_in("/srv/" + name, f.read())
    tool(host, "root", "clock", "set", "2024-01-15")
    tool(host, "claire", "scheme", "import", "/srv/lab-2023.conf")
    tool(host, "claire", "convention", "import", "/srv/laureates-2023.csv", "--scheme", "LAB-2023")
    tool(host, "claire", "scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19")
    tool(host, "paul", "account", "verify", ref(1))
    for party in ("beneficiary", "authority"):
        tool(host, "claire", "convention", "sign", ref(1), "--party", party)
    refused = host.ask("tranchectl", "account", "verify", ref(2), user="claire")
    assert refused.returncode != 0, "an officer verified an account"
    wait_for("no order file", lambda: len(tool(host, "claire", "file", "list")["files"]) == 1)


def test_the_treasury_takes_and_can_write_nothing(host):
    wait_for("nothing for the treasury", lambda: host.ask("sh", "-c", "ls /var/lib/tranched/outbox/*.xml", user="payeur").returncode == 0)
    wrong = host.ask("sh", "-c", "echo >>$(ls /var/lib/tranched/outbox/*.xml)", user="payeur")
    assert wrong.returncode != 0, "the treasury could write into an order file"
    assert host.ask("ls", "/var/lib/tranched/archive", user="payeur").returncode != 0
    assert host.ask("ls", "/var/lib/tranched/outbox", user="claire").returncode != 0
    host.do("sh", "-c", "cat /var/lib/tranched/outbox/*.xml >/tmp/taken && rm /var/lib/tranched/outbox/*.xml", user="payeur")
    wait_for("not seen as taken", lambda: tool(host, "claire", "file", "list")["files"][0].get("taken_at"))


def test_reloads_and_tells(host):
    before = main_pid(host)
    host.do("systemctl", "reload", "tranched")
    assert host.shown("tranched", "ActiveState") == "active" and main_pid(host) == before


def test_killed_it_is_started_again(host):
    before = main_pid(host)
    host.do("kill", "-9", str(before))
    wait_for("not started again", lambda: main_pid(host) not in (0, before))
    wait_leader(host)


def test_hanging_it_is_ended_by_the_watchdog(host):
    host.file_in("/etc/systemd/system/tranched.service.d/fast.conf", "[Service]\nWatchdogSec=3\n")
    host.do("systemctl", "daemon-reload")
    host.do("systemctl", "restart", "tranched")
    wait_leader(host)
    before = main_pid(host)
    time.sleep(4)
    assert main_pid(host) == before, "the watchdog ended a daemon that works"
    host.do("kill", "-STOP", str(before))
    wait_for("not started again", lambda: main_pid(host) not in (0, before), 30)
    wait_leader(host)
    host.do("rm", "/etc/systemd/system/tranched.service.d/fast.conf")
    host.do("systemctl", "daemon-reload")


def test_the_mailer_delivers_under_its_own_restrictions(host):
    assert tool(host, "claire", "mail", "list")["mails"], "nothing waits"
    host.do("systemd-run", "--unit=catcher", "/usr/bin/python3", "-u", "-m", "aiosmtpd", "-n", "-l", "127.0.0.1:25",
            "-c", "aiosmtpd.handlers.Debugging", "stdout")
    wait_for("no mail server", lambda: host.ask("sh", "-c", "exec 3<>/dev/tcp/127.0.0.1/25").returncode == 0
             or host.ask("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/25").returncode == 0, 20)
    host.do("systemctl", "enable", "--now", "tranche-mailer")
    wait_for(lambda: "nothing came: %s %s" % (host.journal("tranche-mailer")[-1500:], tool(host, "claire", "mail", "list")),
             lambda: "X-Tranched-Kind: file.written" in host.journal("catcher"), 40)
    pid = int(host.shown("tranche-mailer", "MainPID"))
    words = dict(line.split(":", 1) for line in host.do("cat", "/proc/%d/status" % pid).splitlines())
    got = {k: words[k].strip() for k in ("Seccomp", "NoNewPrivs", "CapBnd", "CapEff")}
    assert got == {"Seccomp": "2", "NoNewPrivs": "1", "CapBnd": "0" * 16, "CapEff": "0" * 16}, got
    inside = ["nsenter", "-t", str(pid), "-m", "runuser", "-u", "tranche-mailer", "--"]
    assert host.ask(*inside, "ls", "/var/lib/tranched").returncode != 0 and host.ask(*inside, "ls", "/run/tranched").returncode != 0
    host.do("systemctl", "reload", "tranche-mailer")
    assert int(host.shown("tranche-mailer", "MainPID")) == pid
    host.do("systemctl", "stop", "tranche-mailer", "catcher")


def test_the_database_away_is_told_by_mail_and_heals(host):
    before = main_pid(host)
    host.do("systemctl", "stop", "postgresql")
    wait_for("no mail to root", lambda: host.ask("grep", "-q", "tranched", "/var/mail/root").returncode == 0, 40)
    assert host.shown("tranched", "ActiveState") == "active"
    said = status(host)
    host.do("systemctl", "start", "postgresql")
    wait_leader(host)
    assert main_pid(host) == before and status(host) != said, said


def test_what_a_person_must_look_at_is_not_started_again_and_told(host):
    host.do("sh", "-c", ": >/var/mail/root; sed -i 's/^  schema = .*/  schema = 12;/' /etc/tranched/tranched.conf")
    assert host.ask("systemctl", "restart", "tranched").returncode != 0
    wait_for("no mail to root", lambda: host.ask("grep", "-q", "systemctl status tranched", "/var/mail/root").returncode == 0, 20)
    time.sleep(3)  # RestartSec is 2
    assert host.shown("tranched", "ActiveState") == "failed" and host.shown("tranched", "NRestarts") == "0"
    host.do("sed", "-i", 's/^  schema = .*/  schema = "cabbalr";/', "/etc/tranched/tranched.conf")
    host.do("systemctl", "reset-failed", "tranched")
    host.do("systemctl", "start", "tranched")
    wait_leader(host)


def test_a_clean_start_of_the_host_opens_the_door_again(host):
    host.do("systemctl", "stop", "tranched")
    host.do("systemctl", "stop", "postgresql")
    host.off()
    host.boot()
    wait_leader(host)
    assert host.do("stat", "-c", "%a %U", "/var/lib/tranched") == "711 tranched"


def test_a_database_elsewhere_by_the_drop_in(host):
    """A password from a credential, over TCP, allowed by address, with the synchronous standby that the drop-in demands."""
    host.do("systemctl", "stop", "tranched")
    sql = ["runuser", "-u", "postgres", "--", "psql", "-qX", "-d", "tranched", "-c"]
    host.do(*sql, "ALTER ROLE tranched_cabbalr_daemon LOGIN PASSWORD 'secret'")
    drop_in = open(os.path.join(ROOT, "systemd/remote-database.conf")).read().replace("192.0.2.10 192.0.2.11", "127.0.0.1")
    host.file_in("/etc/systemd/system/tranched.service.d/remote-database.conf", drop_in.replace("network-online.target", "network.target"))
    host.file_in("/etc/tranched/database-password", "secret\n", "600")
    host.do("systemctl", "daemon-reload")
    assert host.ask("systemctl", "start", "tranched").returncode != 0, "it started without a demanded standby"
    host.do("sed", "-i", '-e', 's|^  conninfo = .*|  conninfo = "host=127.0.0.1 dbname=tranched target_session_attrs=read-write sslmode=disable";|',
            "-e", 's|^  standby = .*|  standby = "synchronous";|', "/etc/tranched/tranched.conf")
    host.do("runuser", "-u", "postgres", "--", PG + "pg_basebackup", "-R", "-D", STANDBY, "-d", "host=/run/postgresql application_name=other")
    host.do("systemctl", "start", "postgresql-standby")
    host.do(*sql, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    host.do(*sql, "ALTER SYSTEM SET synchronous_commit = remote_apply")
    host.do(*sql, "SELECT pg_reload_conf()")
    host.do("systemctl", "reset-failed", "tranched")
    host.do("systemctl", "start", "tranched")
    wait_leader(host)
    tool(host, "claire", "convention", "sign", ref(2), "--party", "beneficiary")
    there = host.do(*sql[:5], "-AtqX", "-p", "5433", "-d", "tranched", "-c", "SELECT count(*) FROM cabbalr.signature")
    assert there == "3", there


def installed():
    host = Host()
    try:
        install(host)
        host.boot()
        make_server(host)
    except BaseException:
        print(host.log() if host.first else "", file=sys.stderr)
        host.close()
        raise
    return host


if refusal():
    print("1..1\nok 1 - the unit under a systemd of its own # SKIP %s" % refusal())
else:
    run_module(sys.modules[__name__], installed)
