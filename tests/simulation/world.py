"""One story's world: a database of its own, a daemon that dies and comes back, a treasury, a bank, and the notebook of its people."""
import copy
import datetime
import hashlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import time

from bank import Bank, read_orders
from book import LIVE_NO_MORE
from laws import ORDERS, QUERY, Broken
from sandbox import PG, USER, audit
from stage import Daemon, http_call

FIRST_DAY = datetime.date(2024, 1, 15)
PATIENCE = 400  # times a command is repeated


class Questions:
    """psql that stays: a question a line."""

    def __init__(self, host, database):
        self.process = subprocess.Popen([PG + "psql", "-h", host, "-U", "tranched_sandbox", "-d", database, "-AtqX"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.ask("SET search_path = cabbalr")

    def ask(self, query):
        self.process.stdin.write(query + ";\n\\echo @@end\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line == "@@end\n":
                text = "".join(lines)
                if "ERROR:" in text:
                    raise RuntimeError(text)
                return text.rstrip("\n")
            lines.append(line)
        raise RuntimeError("the server is gone")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Order:
    def __init__(self, line):
        self.number, self.id, self.ref, tranche, cents, self.iban, day, self.state = line.split("|")
        self.tranche, self.cents, self.day = int(tranche), int(cents), datetime.date.fromisoformat(day)
        self.live = self.state not in LIVE_NO_MORE


class World:
    def __init__(self, stage, number, mails):
        """MAILS: somebody delivers them."""
        self.stage, self.database = stage, "story_%d" % number
        self.dir = "%s/%s" % (stage.place, self.database)
        self.host = stage.place + "/run"
        stage.sql("CREATE DATABASE %s TEMPLATE tranched STRATEGY file_copy" % self.database)
        for part in ("", "/state", "/state/outbox", "/state/archive", "/taken"):
            os.makedirs(self.dir + part)
            os.chmod(self.dir + part, 0o777)
        stage.hand_over(self.dir + "/state")
        self.outbox, self.archive = self.dir + "/state/outbox", self.dir + "/state/archive"
        self.db = Questions(self.host, self.database)
        self.daemon, self.asleep, self.daemons, self.requests, self.restarts = None, None, 0, 0, 0
        self.today = FIRST_DAY
        self.schemes, self.conventions = [], {}
        self.before = {}  # the notebook before the step that is under way
        self.orders = {}  # by EndToEndId
        self.reissued = set()
        self.payments, self.fates, self.answers = {}, {}, []  # what the treasury took, the bank's books, what it told
        self.bank = Bank()
        self.postbox, self.mailer = stage.post, None
        self.postbox.rules.clear()
        self.start()
        if mails:
            self.send_mails()

    # --- daemons --------------------------------------------------------------------------------------

    def configuration(self):
        return re.sub(r'conninfo = "[^"]*"', 'conninfo = "host=%s dbname=%s"' % (self.host, self.database), self.stage.conf)

    def start(self):
        """A daemon leads; whoever led before is waited for no longer."""
        self.ask("UPDATE lease SET until = now() - interval '1 second'")
        if not self.daemon:
            self.daemons += 1
            self.daemon = Daemon(self, "daemon-%d" % self.daemons)
        self.daemon.start()

    def revive(self):
        if self.daemon.alive() and not self.daemon.stopping():
            return
        self.daemon.end(signal.SIGKILL)
        self.restarts += 1
        if self.restarts > 60:
            raise Broken("the daemon dies again and again\n" + self.daemon.text()[-2000:])
        self.start()

    def crash(self):
        self.daemon.end(signal.SIGKILL)
        self.start()

    def take_over(self):
        """The leader stands still; another one leads; then the first goes on, and must see it."""
        self.wake()
        self.asleep, self.daemon = self.daemon, None
        self.asleep.process.send_signal(signal.SIGSTOP)
        self.start()

    def wake(self):
        if self.asleep:
            self.asleep.process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
            self.asleep.end()
            self.asleep = None

    def lose_database(self):
        """The server ends without a word, and recovers from its log."""
        self.stage.postgres("stop", "-m", "immediate")
        self.stage.postgres("start")
        self.db.process.kill()
        self.db = Questions(self.host, self.database)

    def ask(self, query):
        return self.db.ask(query)

    def send_mails(self):
        """A mailer begins, or begins again after it was killed."""
        if self.mailer:
            self.mailer.kill()
            self.mailer.wait()
        with open(self.dir + "/mailer.log", "a") as log:
            self.mailer = subprocess.Popen(USER + [self.stage.place + "/bin/tranche-mailer", "--config", self.daemon.conf], stderr=log)

    # --- commands -------------------------------------------------------------------------------------

    def until_answered(self, *words, body):
        """Status and answer of a command, repeated under its one request id, whatever dies meanwhile."""
        for attempt in range(PATIENCE):
            try:
                status, answer = http_call(self.daemon.socket, *words, seconds=30, body=body)
            except (OSError, http.client.HTTPException, ValueError):
                status, answer = 0, None
            code = (answer or {}).get("error", {}).get("code") if isinstance(answer, dict) else None
            if status not in (0, 503) and code not in ("busy", "clock_stuck", "clock_moving"):
                return status, answer
            if code == "clock_stuck":
                self.unblock()
            self.revive()
            time.sleep(0.01 if attempt < 50 else 0.1)
        raise Broken("a command is never answered\n%s: %s %s\n%s" % (words, status, answer, self.daemon.text()[-1500:]))

    def unblock(self):
        """A file that stays in because nobody would decide one of its orders any more is taken back, as its reason says."""
        for message in self.ask("SELECT message_id FROM order_file WHERE blocked LIKE '%order cancel takes the file back%' AND state = 'prepared' "
                                "ORDER BY id").split():
            doubtful = self.ask("SELECT x.end_to_end_id FROM (SELECT * FROM order_unwanted UNION ALL SELECT * FROM order_doubtful) x JOIN "
                                "order_file f ON f.id = x.order_file_id WHERE f.message_id = '%s' ORDER BY x.id LIMIT 1" % message)
            words = ("order/cancel", {"ref": doubtful, "reason": "as the file says"}) if doubtful else (
                "file/reconcile", {"ref": message, "not-taken": True, "reason": "nothing is in doubt any more"})
            status, answer = self.command("paul", *words)
            if status != 200:
                raise Broken("a file that stays in cannot be taken back\n%s %s" % (words, answer))

    def command(self, person, path, args, body=None, repeat=False):
        """One command; REPEAT: asked once more under its id, for the same answer."""
        self.requests += 1
        words = person, path, args, "%s-%d" % (self.database.replace("_", "-"), self.requests)
        status, answer = self.until_answered(*words, body=body)
        if status == 500:
            raise Broken("the service says that it is broken\n%s %s: %s\n%s" % (path, args, answer, self.daemon.text()[-1500:]))
        if repeat and status == 200 and self.until_answered(*words, body=body) != (200, answer):
            raise Broken("a repeated command has another answer\n%s %s" % (path, args))
        return status, answer

    def accepted(self, person, path, args, **more):
        return self.command(person, path, args, **more)[0] == 200

    def upload(self, person, path, args, data):
        status, answer = self.command(person, path, args, body=data)
        if status != 200:
            raise Broken("%s was refused\n%s" % (path, answer))
        return answer

    def clock(self, day):
        status, answer = self.command("admin", "clock/set", {"date": day.isoformat()})
        if status != 200:
            raise Broken("the clock does not move\n%s" % answer)
        self.today = day

    # --- treasury and bank ----------------------------------------------------------------------------

    def files(self):
        return sorted(n for n in os.listdir(self.outbox) if not n.startswith("."))

    def take(self, name):
        """The treasury takes one file; each is taken once, as it was decided."""
        if os.path.exists(self.dir + "/taken/" + name):
            raise Broken("a file is there to be taken a second time\n" + name)
        os.rename(self.outbox + "/" + name, self.dir + "/taken/" + name)
        with open(self.dir + "/taken/" + name, "rb") as f:
            data = f.read()
        stored = self.ask("SELECT encode(sha256, 'hex') FROM order_file WHERE file_name = '%s'" % name)
        if hashlib.sha256(data).hexdigest() != stored:
            raise Broken("a file's bytes are not what was decided\n" + name)
        for p in read_orders(data)[1]:
            if p.id in self.payments:
                raise Broken("two files pay one order\n%s: %s" % (name, p.id))
            self.payments[p.id], self.fates[p.id] = p, "sent"

    def having(self, *fates):
        """What the bank has, in an order that does not depend on how files were cut."""
        return sorted((p for i, p in self.payments.items() if self.fates[i] in fates), key=lambda p: (p.text, p.id))

    def tell(self, data, new=True):
        """The bank's answer is taken in."""
        self.upload("claire", "answer/import", {"file-name": "answer-%d.xml" % len(self.answers)}, data)
        if new:
            self.answers.append(data)

    # --- after each step ------------------------------------------------------------------------------

    def keep_notes(self):
        self.before = copy.deepcopy(self.conventions)

    def check(self):
        broken = self.ask(QUERY)
        if broken:
            raise Broken(broken)
        seen = {}
        for line in self.ask(ORDERS).splitlines():
            o = Order(line)
            seen[o.id] = o
            if o.id not in self.orders and o.ref in self.conventions:
                self.check_new(o, seen)
        lost = set(self.orders) - set(seen)
        if lost:
            raise Broken("an order is lost\n%s" % lost)
        self.orders = seen
        self.reissued.update(self.ask("SELECT o.end_to_end_id FROM order_act a JOIN payment_order o ON o.id = a.order_id WHERE a.act = 'reissue'").split())

    def check_new(self, order, seen):
        notes = [c[order.ref] for c in (self.before, self.conventions) if order.ref in c]
        if not any(c.may_be_paid(order.tranche, order.day) for c in notes):
            raise Broken("paid too early\n%s/%d on %s" % (order.ref, order.tranche + 1, order.day))
        if order.iban not in [c.account().iban for c in notes]:
            raise Broken("paid to the wrong account\n%s/%d: %s" % (order.ref, order.tranche + 1, order.iban))
        if not any(c.amended for c in notes) and order.cents != notes[-1].share(order.tranche):
            raise Broken("paid a wrong sum\n%s/%d: %d, not %d" % (order.ref, order.tranche + 1, order.cents, notes[-1].share(order.tranche)))
        others = sum(o.cents for o in seen.values() if o.live and o.ref == order.ref and o.id != order.id)
        if order.cents + others > max(c.grant for c in notes):
            raise Broken("more than the grant\n%s/%d: %d beside %d, of %d" % (order.ref, order.tranche + 1, order.cents, others, notes[-1].grant))
        if any(o.live and o.ref == order.ref and o.tranche == order.tranche and o.id != order.id for o in seen.values()):
            raise Broken("paid twice\n%s/%d" % (order.ref, order.tranche + 1))

    def check_nothing_waits(self):
        """Liveness, when all that is due was done: what may be paid is ordered."""
        for ref, c in self.conventions.items():
            self.check_whole(c)
            lower_open = False
            for t in range(len(c.scheme.rungs)):
                orders = [o for o in self.orders.values() if (o.ref, o.tranche) == (ref, t)]
                live, dead = [o for o in orders if o.live], [o for o in orders if not o.live and o.id not in self.reissued]
                lower_open = lower_open or bool(dead)
                if not live and not dead and not c.amended and not lower_open and c.may_be_paid(t, self.today):
                    raise Broken("due and not ordered\n%s/%d on %s" % (ref, t + 1, self.today))
                lower_open = lower_open or not live

    def check_whole(self, c):
        """Of a grant that was amended, whatever its parts became: when all may be paid all is ordered."""
        mine = [o for o in self.orders.values() if o.ref == c.ref]
        ordered = sum(o.cents for o in mine if o.live)
        if c.amended and ordered < c.grant and all(o.live or o.id in self.reissued for o in mine) and all(
                c.may_be_paid(t, self.today) for t in range(len(c.scheme.rungs))):
            raise Broken("due and not ordered\n%s on %s: %d of %d" % (c.ref, self.today, ordered, c.grant))

    def calm(self):
        """The storm is over: whoever sleeps is woken, what was armed is not, and three ticks come."""
        self.wake()
        self.daemon.disarm()
        self.revive()
        for _ in range(3):
            self.clock(self.today)

    def end(self):
        """After the storm: all is done, the books add up, and an auditor who has only the files finds the same."""
        self.calm()
        self.check()
        self.check_nothing_waits()
        for name in self.files():
            self.take(name)
        for i, fate in self.fates.items():
            if self.orders[i].state not in {"sent": ("prepared", "written", "acknowledged")}.get(fate, (fate,)):
                raise Broken("the bank's books and ours differ\n%s is %s there, %s here" % (i, fate, self.orders[i].state))
        left = {o.id for o in self.orders.values() if o.state != "cancelled"}
        if set(self.payments) != left:
            raise Broken("orders and files differ\n%s" % (set(self.payments) ^ left))
        for path in ("journal/verify", "file/verify"):
            status, answer = self.command("admin", path, {})
            if status != 200:
                raise Broken("%s finds a fault\n%s" % (path, answer))
        self.audit()
        if self.mailer:
            self.check_mails()
        self.check_memory()

    def check_memory(self):
        """Ended in good order, a daemon under a sanitizer tells what it lost over the year."""
        try:
            self.daemon.end()
        except AssertionError as why:
            raise Broken("the sanitizer speaks\n%s" % why) from why

    def check_mails(self):
        """Once the mail server is in order: what is delivered has come, the rest waits for a person, and no mail names an account."""
        self.postbox.rules.clear()
        self.send_mails()
        self.ask("UPDATE mail SET taken_until = NULL WHERE state = 'queued'")  # a mailer that was killed had them
        end = time.time() + 20
        while self.ask("SELECT count(*) FROM mail WHERE state = 'queued'") != "0":
            if time.time() > end:
                with open(self.dir + "/mailer.log") as f:
                    raise Broken("mails are never delivered\n" + f.read()[-1000:])
            self.ask("UPDATE mail SET next_try_at = now() WHERE state = 'queued' AND taken_until IS NULL; NOTIFY tranched_cabbalr_mailer")
            time.sleep(0.1)
        with self.postbox.lock:
            come = {m["message-id"].strip("<>") for m in self.postbox.mails}
            whole = [m for m in self.postbox.mails if re.search(r"\b[A-Z]{2}\d{2}[ \d]{16,}", m.text())]
        lost = set(self.ask("SELECT message_id FROM mail WHERE state = 'delivered'").split()) - come
        if lost or whole:
            said = self.ask("SELECT message_id, kind, address, tries, reply FROM mail WHERE state = 'delivered' AND message_id = ANY ('{%s}')" % ",".join(lost))
            raise Broken("mails are lost, or name an account\n%s %s" % (said, [m.text() for m in whole[:1]]))

    def audit(self):
        code, text = audit(self.dir + "/audit", self.dir + "/taken", self.answers, self.command("admin", "journal/list", {})[1])
        if code:
            raise Broken("the auditor finds something else\n" + text)

    def close(self):
        self.wake()
        if self.mailer:
            self.mailer.kill()
            self.mailer.wait()
        self.daemon.end(signal.SIGKILL)
        self.db.close()
        self.stage.sql("DROP DATABASE %s WITH (FORCE)" % self.database)
        shutil.rmtree(self.dir)
