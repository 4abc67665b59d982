"""Migrations: from every earlier number with data, killed at any moment, by two at once; what was stored is still there."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys

from sandbox import PG, ref, ROOT, run_module, USER

FILES = sorted(glob.glob(os.path.join(ROOT, "sql/0*.sql")))
EVERY = 1 if os.environ.get("CRASH_ALL") == "1" else 6


def psql(box, text):
    p = subprocess.run([PG + "psql", "-h", box.place + "/run", "-U", "tranched_sandbox", "-d", "tranched", "-AtqX",
                        "-v", "ON_ERROR_STOP=1"], input=text, capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    return p.stdout.strip()


def schema_at(box, name, number):
    """A schema as migration NUMBER left it, with the rows of the sandbox's own as far as it has their columns."""
    text = ["CREATE ROLE tranched_%s_owner NOLOGIN; CREATE ROLE tranched_%s_daemon LOGIN;" % (name, name),
            "CREATE SCHEMA %s AUTHORIZATION tranched_%s_owner; SET ROLE tranched_%s_owner; SET search_path = %s, pg_temp;" % ((name,) * 4),
            "SELECT set_config('tranched.daemon_role', 'tranched_%s_daemon', false);" % name,
            "CREATE TABLE schema_version (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());"]
    for n, path in enumerate(FILES[:number], 1):
        with open(path) as f:
            text.append("BEGIN; %s ; INSERT INTO schema_version (number, name) VALUES (%d, '%s'); COMMIT;" % (f.read(), n, os.path.basename(path)))
    psql(box, "\n".join(text))
    copy = ["SET session_replication_role = replica;"]
    for table, columns in shared_columns(box, name):
        copy.append("DELETE FROM %s.%s; INSERT INTO %s.%s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM cabbalr.%s;"
                    % (name, table, name, table, columns, columns, table))
    copy += ["SELECT setval('%s.%s_id_seq', (SELECT max(id) + 1 FROM %s.%s), false);" % (name, table, name, table)
             for table in identities(box, name)]
    psql(box, "\n".join(copy))


def identities(box, name):
    return psql(box, "SELECT table_name FROM information_schema.columns WHERE table_schema = '%s' AND is_identity = 'YES'" % name).split()


def shared_columns(box, name):
    """(table, columns) that both schemas have; when the leader looks at a convention next is no fact of it."""
    rows = psql(box, "SELECT a.table_name, string_agg(a.column_name, ', ' ORDER BY a.ordinal_position) FROM information_schema.columns a "
                     "JOIN information_schema.columns b ON b.table_schema = 'cabbalr' AND (b.table_name, b.column_name) = (a.table_name, a.column_name) "
                     "WHERE a.table_schema = '%s' AND a.table_name <> 'schema_version' AND a.is_generated = 'NEVER' "
                     "AND a.column_name <> 'look_on' AND a.table_name NOT IN (SELECT v.table_name FROM information_schema.views v WHERE "
                     "v.table_schema = a.table_schema) GROUP BY 1 ORDER BY 1" % name)
    return [row.split("|") for row in rows.splitlines()]


def digest(box, schema, tables):
    return psql(box, " UNION ALL ".join("SELECT '%s ' || md5(coalesce(string_agg(x::text, '|' ORDER BY x::text), '')) FROM (SELECT %s FROM %s.%s) x"
                                        % (t, c, schema, t) for t, c in tables))


def conf_of(box, name):
    """A configuration whose daemon has its own schema and its own folders."""
    state = box.place + "/state-" + name
    path = box.place + "/%s.conf" % name
    with open(box.conf) as f:
        text = f.read().replace('schema = "cabbalr"', 'schema = "%s"' % name).replace(box.place + "/state", state)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o644)
    os.makedirs(state, exist_ok=True)
    os.chmod(state, 0o777)
    return path


def migrate(box, conf, prefix=()):
    env = dict(os.environ, PGUSER="tranched_sandbox")
    return subprocess.Popen([*USER, *prefix, box.place + "/bin/tranched", "--config", conf, "--migrate"], env=env,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def structure(box, schema):
    """Everything that the schema is, without its name."""
    p = subprocess.run([PG + "pg_dump", "-h", box.place + "/run", "-U", "tranched_sandbox", "-s", "-n", schema, "tranched"],
                       capture_output=True, text=True, check=True)
    return re.sub(r"\\(un)?restrict.*", "", p.stdout.replace("tranched_" + schema, "tranched_X").replace(schema + ".", "X.").replace(schema, "X"))


def drop(box, name):
    roles = ", ".join("tranched_%s_%s" % (name, part) for part in ("owner", "daemon", "mailer"))
    psql(box, "DROP SCHEMA %s CASCADE; DROP OWNED BY %s; DROP ROLE %s" % (name, roles, roles))


def filled(box):
    box.call_2023("2024-01-15")
    box.sign(1)
    box.do("report", "receive", ref(1), "mid-report")
    return structure(box, "cabbalr")


def test_from_every_earlier_number_with_its_rows(box):
    wanted = filled(box)
    for number in range(1, len(FILES)):
        name = "from_%d" % number
        schema_at(box, name, number)
        tables = shared_columns(box, name)
        before = digest(box, name, tables)
        p = migrate(box, conf_of(box, name))
        out, _ = p.communicate()
        assert p.returncode == 0 and "migration %d -> %d" % (number, len(FILES)) in out, (number, out)
        assert digest(box, name, tables) == before, "from %d: rows changed" % number
        assert structure(box, name) == wanted, "from %d: not what a new schema is" % number
        p = migrate(box, conf_of(box, name))
        assert p.communicate()[0].strip().endswith("migration %d -> %d" % (len(FILES), len(FILES)))
        drop(box, name)


def test_an_upgraded_database_goes_on(box):
    """Orders of before the upgrade are known, what is due after it is paid."""
    filled(box)
    box.kill(signal.SIGTERM)
    schema_at(box, "older", 10)
    conf = conf_of(box, "older")
    assert migrate(box, conf).wait() == 0
    with open(conf) as f:
        text = f.read()
    with open(box.conf, "w") as f:  # the same outbox and archive as before
        f.write(text.replace(box.place + "/state-older", box.place + "/state"))
    seen = box.place + "/state/.witness-older-rehearsal"  # what this host saw of it, under the name that the copy has
    shutil.copy(seen.replace("older", "cabbalr"), seen)
    os.chmod(seen, 0o644)
    box.start_daemon()
    for party in ("beneficiary", "authority"):
        box.do("convention", "sign", ref(2), "--party", party)
    box.settle()
    assert box.state(1, 1) == box.state(2, 1) == "ordered"
    assert psql(box, "SELECT count(*) FROM older.payment_order") == "2"


def test_killed_at_any_message_it_is_done_by_the_next_run(box):
    """Killed at the n-th thing it says to PostgreSQL, until it no longer is; each migration is there whole or not at all."""
    wanted = filled(box)
    conf = conf_of(box, "killed")
    n, kills = 1, 0
    while True:  # a sanitized program cannot look for leaks while it is traced
        schema_at(box, "killed", 3)
        p = migrate(box, conf, ["env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=sendto:signal=KILL:when=%d" % n])
        p.communicate()
        whole = psql(box, "SELECT max(number) = count(*) FROM killed.schema_version")
        assert whole == "t", "after message %d" % n
        if p.returncode == 0:
            break
        assert p.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), "it ends by itself: %d" % p.returncode
        kills += 1
        again = migrate(box, conf)
        out, _ = again.communicate()
        assert again.returncode == 0, (n, out)
        assert structure(box, "killed") == wanted, "killed at message %d" % n
        drop(box, "killed")
        n += EVERY
    assert kills >= 5, kills
    print("# migrate: killed %d times, at every %d. of %d messages" % (kills, EVERY, n))


def test_two_at_once_are_one(box):
    wanted = filled(box)
    conf = conf_of(box, "twice")
    for _ in range(3):
        schema_at(box, "twice", 2)
        both = [migrate(box, conf) for _ in range(3)]
        outs = [p.communicate()[0] for p in both]
        assert [p.returncode for p in both] == [0, 0, 0], outs
        assert structure(box, "twice") == wanted
        drop(box, "twice")


run_module(sys.modules[__name__])
