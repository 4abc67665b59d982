"""The private place of a rehearsal: a PostgreSQL, a daemon and a mailer on sockets under one folder, gone when it is over.

What runs there is ended with the program that began it, however that ends. As root it all runs as the service's user, or as nobody,
for PostgreSQL refuses root."""
import contextlib
import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import libconf

from words import Trouble, _, day_text, language

DATABASE, SUPERUSER = "tranched", "rehearsal"
PREFIX = "/tmp/tranche-rehearse."  # short, for the paths of sockets
# Who acts in the place of people: each with a role, none with a mailbox.
STAND_INS = {role: "rehearsal-" + role for role in ("officer", "approver", "admin")}
SEPARATOR = "\x1f"
# Of each file that waits because nobody would decide one of its orders again, that order.
UNWANTED = """
    SELECT DISTINCT ON (f.id) u.end_to_end_id, f.id FROM order_file f JOIN order_unwanted u ON u.order_file_id = f.id
     WHERE f.state = 'prepared' AND f.blocked <> '' ORDER BY f.id, u.id"""
START_SECONDS, PATIENCE_SECONDS = 60, 60


def program(name):
    """The path of a program of ours, or of PostgreSQL's."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise Trouble(_("the program %s is not on this machine") % name, 2)
    return found


def service_user():
    try:
        return pwd.getpwnam("tranched")
    except KeyError:
        return pwd.getpwnam("nobody")


def postgres_programs():
    """The folder of the newest PostgreSQL server that is installed."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if not found:
        raise Trouble(_("a rehearsal needs the programs of a PostgreSQL server on this machine: apt install postgresql"), 2)
    return os.path.dirname(max(found, key=lambda p: int(p.split("/")[4])))


class Refused(Exception):
    """A command that the service refused, with its reason."""


def is_running(pid):
    try:
        os.kill(pid, 0)
        return True
    except PermissionError:
        return True
    except ProcessLookupError:
        return False


def sweep():
    """Folders of rehearsals that were killed: nothing of the copy may stay."""
    for path in glob.glob(PREFIX + "*"):
        pid = path[len(PREFIX):].partition(".")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


class Place:
    """Nothing is made before make(), and close() takes away whatever was. TROUBLE: what went wrong with the mails that were kept, or None."""

    def __init__(self, conf_path, trouble):
        self.bin, self.children, self.dir, self.user, self.trouble = postgres_programs(), [], None, [], trouble
        self.programs = {name: program(name) for name in ("tranched", "tranchectl", "tranche-mailer", "setpriv")}
        self.conf = read_configuration(conf_path)
        self.schema = self.conf["database"]["schema"]

    def make(self):
        sweep()
        self.dir = tempfile.mkdtemp(prefix="%s%d." % (os.path.basename(PREFIX), os.getpid()), dir=os.path.dirname(PREFIX))
        if os.getuid() == 0:
            user = service_user()
            os.chown(self.dir, user.pw_uid, user.pw_gid)
            self.user = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        for part in ("run", "state", "log"):
            self.run(["mkdir", self.path(part)])

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    # --- processes ------------------------------------------------------------------------------------

    def as_user(self, words, death="KILL"):
        return [self.programs["setpriv"], "--pdeathsig", death, *self.user, *words]

    def run(self, words, what=None, env=None):
        """One program of the place, to its end; WHAT names it if it fails."""
        p = subprocess.run(self.as_user(words), cwd="/", env=self.environment(env), capture_output=True, text=True)
        if p.returncode != 0:
            raise Trouble("%s\n%s" % (what or " ".join(words), (p.stderr or p.stdout).strip()))
        return p.stdout

    def environment(self, more=None):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "NOTIFY_", "WATCHDOG_", "CREDENTIALS_"))}
        return dict(kept, HOME=self.dir, LC_ALL="C.UTF-8", TZ="UTC", **(more or {}))

    def spawn(self, name, words, death):
        with open(self.path("log", name + ".log"), "ab") as log:
            process = subprocess.Popen(self.as_user(words, death), cwd="/", env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.children.append((name, process))
        return process

    def log_end(self, name, lines=8):
        with open(self.path("log", name + ".log"), errors="replace") as f:
            return "\n".join(f.read().splitlines()[-lines:])

    def close(self):
        for name, process in reversed(self.children):
            process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)

    # --- database -------------------------------------------------------------------------------------

    def start_database(self):
        self.run([self.bin + "/initdb", "-D", self.path("pg"), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"], "initdb")
        # It is thrown away in the end: nothing of it has to outlive the machine.
        settings = {"listen_addresses": "", "unix_socket_directories": self.path("run"), "fsync": "off", "synchronous_commit": "off",
                    "full_page_writes": "off", "max_connections": "40", "log_line_prefix": "%m [%p] %u "}
        words = [w for name, value in settings.items() for w in ("-c", "%s=%s" % (name, value))]
        self.spawn("postgres", [self.bin + "/postgres", "-D", self.path("pg"), *words], "INT")
        ready = [self.bin + "/pg_isready", "-q", "-h", self.path("run"), "-U", SUPERUSER, "-d", "postgres"]
        self.wait_for("postgres", lambda: subprocess.run(ready).returncode == 0)
        self.sql("CREATE DATABASE %s" % DATABASE, database="postgres")

    def sql(self, query, database=DATABASE):
        """The rows of a query, as texts."""
        words = [self.bin + "/psql", "-h", self.path("run"), "-U", SUPERUSER, "-d", database, "-AtqX", "-F", SEPARATOR, "-v", "ON_ERROR_STOP=1",
                 "-c", "SET search_path = %s" % self.schema, "-c", query]
        p = subprocess.run(words, env=self.environment(), capture_output=True, text=True)
        if p.returncode != 0:
            raise Trouble(p.stderr.strip())
        return [tuple(line.split(SEPARATOR)) for line in p.stdout.splitlines()]

    def restore(self, backup):
        """The authority's schema out of a backup, as a rehearsal."""
        words = [self.bin + "/pg_restore", "-h", self.path("run"), "-U", SUPERUSER, "-d", DATABASE, "--exit-on-error"]
        listed = subprocess.run([self.bin + "/pg_restore", "-l", backup], env=self.environment(), capture_output=True, text=True)
        if listed.returncode != 0:
            raise Trouble(_("%s is no backup by pg_dump -Fc: %s") % (backup, listed.stderr.strip().replace("pg_restore: error: ", "")), 2)
        schemas = re.findall(r"^\d+;.* SCHEMA - (\S+) ", listed.stdout, re.M)
        if self.schema not in schemas:
            raise Trouble(_("%s has no schema %s, which the configuration names; it has: %s") % (
                backup, self.schema, ", ".join(s for s in schemas if s != "public") or "–"), 2)
        roles = ["tranched_%s_%s" % (self.schema, part) for part in ("owner", "daemon", "mailer")]
        self.sql("; ".join(["CREATE ROLE %s %s" % (r, "NOLOGIN" if r.endswith("owner") else "LOGIN") for r in roles] +
                           ["CREATE SCHEMA %s AUTHORIZATION %s" % (self.schema, roles[0])]))
        # Rights are given anew by the migration: roles that the authority added are not here.
        p = subprocess.run(words + ["--schema", self.schema, "--no-owner", "--no-privileges", "--role", roles[0], backup], env=self.environment(),
                           capture_output=True, text=True)
        if p.returncode != 0:
            raise Trouble(_("%s cannot be restored: %s") % (backup, p.stderr.strip()), 2)
        self.sql("UPDATE instance SET kind = 'rehearsal', rehearsal_on = coalesce(rehearsal_on, (SELECT max(on_date) FROM journal)); "
                 "UPDATE lease SET until = '-infinity'; "
                 "UPDATE mail SET next_try_at = now(), taken_until = NULL WHERE state = 'queued'")

    # --- services -------------------------------------------------------------------------------------

    def configure(self, port):
        """The authority's configuration, turned to this place; mails, where any are written, go to PORT."""
        c = self.conf
        c["database"].update(conninfo="host=%s dbname=%s" % (self.path("run"), DATABASE), standby="none", timeout_seconds=60)
        c["state_dir"] = self.path("state")
        c["control"] = {"socket": self.path("run", "control.sock")}
        c["alert"] = {"file": self.path("run", "alert")}
        c["lease"] = {"seconds": 300}  # nobody else wants the lead
        c["people"] = tuple(dict(p, user="") for p in c["people"]) + tuple({"name": n, "user": "", "role": r} for r, n in STAND_INS.items())
        c["rehearsal"] = {"act_as": [os.getuid()]}
        mail = c.setdefault("mail", {})
        if mail.get("from"):
            shutil.copytree(mail.get("texts", "/etc/tranched/mail"), self.path("mail"), copy_function=shutil.copyfile)
            self.open_to_all(self.path("mail"))
            mail.update(host="127.0.0.1", port=port, tls="none", user="", ca_file="", texts=self.path("mail"), retry_seconds=1)
        with open(self.path("tranched.conf"), "w") as f:
            libconf.dump(c, f)
        os.chmod(self.path("tranched.conf"), 0o644)

    @staticmethod
    def open_to_all(folder):
        """To whoever may enter the place."""
        for at, _folders, names in os.walk(folder):
            os.chmod(at, 0o755)
            for name in names:
                os.chmod(os.path.join(at, name), 0o644)

    def writes_mails(self):
        return bool(self.conf["mail"].get("from"))

    def start_services(self):
        options = ["--config", self.path("tranched.conf")]
        self.run([self.programs["tranched"], *options, "--migrate", "--as", "rehearsal"], _("the copy cannot be brought to this program's schema"),
                 {"PGUSER": SUPERUSER})
        self.spawn("tranched", [self.programs["tranched"], *options], "TERM")
        self.wait_for("tranched", self.leads)
        if self.writes_mails():
            self.spawn("tranche-mailer", [self.programs["tranche-mailer"], *options], "TERM")

    def leads(self):
        try:
            return self.ctl("status")["status"]["part"] == "leader"
        except Refused:
            return False

    def wait_for(self, name, test):
        process = dict(self.children)[name]
        end = time.monotonic() + START_SECONDS
        while not test():
            if process.poll() is not None or time.monotonic() > end:
                raise Trouble(_("%s does not start:\n%s") % (name, self.log_end(name)))
            time.sleep(0.05)

    # --- commands -------------------------------------------------------------------------------------

    def ctl(self, *words, role="officer"):
        """One command of somebody with that role; its answer."""
        p = self.tranchectl("--json", *words, role=role)
        if p.returncode == 0:
            return json.loads(p.stdout)
        try:
            error = json.loads(p.stdout)["error"]
            details = "".join("\n  %s: %s" % (d["line"], d["message"]) for d in error.get("details", []))
            raise Refused("%s (%s)%s" % (error["message"], error["hint"], details))
        except ValueError:
            raise Refused(p.stderr.strip()) from None

    def tranchectl(self, *words, role="officer"):
        env = dict(self.environment(), TRANCHED_LANG=language, TRANCHED_AS="")
        return subprocess.run([self.programs["tranchectl"], "--socket", self.path("run", "control.sock"), "--as", STAND_INS[role], *words], env=env,
                              capture_output=True, text=True)

    def clock(self, day):
        """It is DAY, and all that follows from that is done."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.settle()
                self.ctl("clock", "set", day.isoformat(), role="admin")
                return
            except Refused as why:
                if time.monotonic() > end:
                    raise Trouble(_("the clock of the copy does not reach %s: %s\n%s") % (day_text(day), why, self.log_end("tranched"))) from why
            time.sleep(0.2)

    def settle(self):
        """What the service leaves to a person after a restoration. The copy is another database than the one last seen: here that
        is as it should be. Of files that were on their way, what was put out is with the treasury, and the rest goes out now, or is taken back."""
        reason = ("--reason", _("rehearsal"))
        if self.ctl("status")["status"]["doubt"]:
            last = self.sql("SELECT message_id FROM order_file ORDER BY id DESC LIMIT 1")
            self.ctl("file", "reconcile", *(("--above", last[0][0]) if last else ()), *reason, role="approver")
        for order, _file in self.sql(UNWANTED):
            with contextlib.suppress(Refused):  # until its file is this machine's, by what is decided next
                self.ctl("order", "cancel", order, *reason, role="approver")
        for message, state in self.sql("SELECT message_id, state FROM order_file WHERE blocked <> ''"):
            self.ctl("file", "reconcile", message, "--taken" if state == "written" else "--not-taken", *reason, role="approver")

    def deliver(self):
        """Waits until the mailer has nothing to do, for what is done later takes back a reminder that still waits."""
        end, before = 0, None
        while self.writes_mails() and (queued := self.ctl("status")["status"]["mails_queued"]):
            if queued != before:
                end, before = time.monotonic() + PATIENCE_SECONDS, queued
            if self.trouble():
                break
            if time.monotonic() > end:
                raise Trouble(_("mails are not delivered in the copy:\n%s") % self.log_end("tranche-mailer"))
            time.sleep(0.02)
        if self.trouble():
            raise Trouble(_("a mail cannot be kept: %s") % self.trouble())


def read_configuration(path):
    try:
        with open(path, encoding="utf-8") as f:
            conf = libconf.load(f, includedir=os.path.dirname(path))
    except OSError as e:
        raise Trouble("%s: %s" % (path, e.strerror), 2) from e
    except (libconf.ConfigParseError, ValueError) as e:
        raise Trouble("%s: %s" % (path, e), 2) from e
    for name in ("database.schema", "people", "debtor.iban"):
        section, _dot, key = name.partition(".")
        if section not in conf or key and key not in conf[section]:
            raise Trouble(_("%s: %s is missing: tranched --check-config lists every mistake") % (path, name), 2)
    return conf
