"""tranchectl rehearse: plays what is to come on a private copy, with the files and mails that it will bring."""
import argparse
import datetime
import os
import signal
import sys
import time

import postbox
from people import People
from place import Place, Refused
from report import Report
from treasury import Treasury
from words import Trouble, _, say

EMPTY = "EMPTY"
DAYS_MAX = 3660


def date(text):
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("\"%s\" is no date YYYY-MM-DD") % text) from None


def days(text):
    if not text.isdecimal() or int(text) > DAYS_MAX:
        raise argparse.ArgumentTypeError(_("\"%s\" is no number of days from 0 to %d") % (text, DAYS_MAX))
    return int(text)


def options():
    parser = argparse.ArgumentParser(
        "tranchectl rehearse", formatter_class=argparse.RawDescriptionHelpFormatter,
        description=_("Plays what is to come on a private copy of the database: order files, bank answers and mails\n"
                      "come into a folder, a line is told for each month. The database itself is not touched."),
        epilog=_("Everyone is taken to do what is asked of them: the decision becomes executory, accounts are verified,\n"
                 "parties sign, papers come on their day and are accepted, approvals are given by two persons, the treasury\n"
                 "takes each file and the bank books each order on the day after its execution. What that leaves held is\n"
                 "listed with its reason. All that is written bears the TEST mark of a rehearsal, and the real accounts.\n"
                 "Exit status: 0 done, 1 failed on the way, 2 refused."))
    parser.add_argument("--from", dest="source", metavar="BACKUP|" + EMPTY, required=True,
                        help=_("a backup by pg_dump -Fc, or EMPTY for a database with nothing in it"))
    parser.add_argument("--until", metavar="DATE", type=date, required=True, help=_("the last day played, YYYY-MM-DD"))
    parser.add_argument("--start", metavar="DATE", type=date,
                        help=_("the first day played: at the earliest, and if not given, the last one recorded in the backup (EMPTY: today)"))
    parser.add_argument("--to", metavar="FOLDER", help=_("where files and mails come; made new, readable by you alone (rehearsal-UNTIL)"))
    parser.add_argument("--call", metavar=("SCHEME", "CONVENTIONS"), nargs=2, action="append", default=[],
                        help=_("a call to be added on the first day: its scheme file and the CSV of its conventions; may be repeated"))
    parser.add_argument("--signatures-late", metavar="DAYS", type=days, default=0, help=_("from the first day until the parties sign (0)"))
    parser.add_argument("--papers-late", metavar="DAYS", type=days, default=0, help=_("from a paper's day until it comes (0)"))
    parser.add_argument("--no-papers", action="store_true", help=_("no paper comes"))
    parser.add_argument("--config", metavar="FILE", default="/etc/tranched/tranched.conf",
                        help=_("the authority's configuration (/etc/tranched/tranched.conf); sockets, folders and servers of it are not used"))
    parser.add_argument("--json", action="store_true", help=_("the summary for programs"))
    return parser.parse_args()


def make_folder(path):
    if os.path.lexists(path) and (not os.path.isdir(path) or os.listdir(path)):
        raise Trouble(_("%s is there already: --to names another folder") % path, 2)
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        os.chmod(path, 0o700)
    except OSError as e:
        raise Trouble("%s: %s" % (path, e.strerror), 2) from e
    return os.path.abspath(path)


def check_files(o):
    for path in [p for call in o.call for p in call] + ([o.source] if o.source != EMPTY else []):
        if not os.access(path, os.R_OK):
            raise Trouble(_("%s cannot be read") % path, 2)


def first_day(place, o):
    """The day from which the copy lives on."""
    rows = place.sql("SELECT greatest((SELECT max(on_date) FROM journal), (SELECT rehearsal_on FROM instance))")
    known = datetime.date.fromisoformat(rows[0][0]) if rows[0][0] else None
    start = o.start or known or datetime.date.today()
    if known and start < known:
        raise Trouble(_("the backup has entries of %s: --start cannot be before") % known, 2)
    if not start <= o.until <= start + datetime.timedelta(days=DAYS_MAX):
        raise Trouble(_("--until is from %s on, and within ten years") % start, 2)
    return start


def settle_doubt(place):
    """The copy is another database than the one last seen: here that is as it should be."""
    last = place.sql("SELECT message_id FROM order_file ORDER BY id DESC LIMIT 1")
    above = ("--above", last[0][0]) if last else ()
    if place.ctl("status")["status"]["doubt"]:
        place.ctl("file", "reconcile", *above, "--reason", _("rehearsal"), role="approver")


def settle_files(place):
    """Files that were on their way when the backup was made: what was put out is with the treasury, the rest goes out now."""
    for message, state in place.sql("SELECT message_id, state FROM order_file WHERE blocked <> ''"):
        place.ctl("file", "reconcile", message, "--taken" if state == "written" else "--not-taken", "--reason", _("rehearsal"), role="approver")


def begin(place, start):
    """It is the first day, and nothing of the backup waits for a person to decide."""
    settle_doubt(place)
    for _attempt in range(20):
        settle_files(place)
        try:
            place.ctl("clock", "set", start.isoformat(), role="admin")
            return
        except Refused:
            time.sleep(0.1)
    place.clock(start)


def add_calls(place, calls):
    for scheme, conventions in calls:
        place.ctl("scheme", "import", scheme)
        (code,), = place.sql("SELECT code FROM scheme ORDER BY id DESC LIMIT 1")
        place.ctl("convention", "import", conventions, "--scheme", code)


def play(place, people, treasury, report, start, until):
    """Day by day; on each the clock comes first, then people, then what follows from them."""
    day = start
    while day <= until:
        place.clock(day)
        if people.act(day) + treasury.act(day):
            place.clock(day)
        treasury.take()
        place.deliver()
        report.day(day, until)
        day += datetime.timedelta(days=1)


def prepare(place, o, port):
    place.start_database()
    if o.source != EMPTY:
        say(_("restoring %s …") % o.source)
        place.restore(o.source)
    place.configure(port)
    place.start_services()
    start = first_day(place, o)
    begin(place, start)
    try:
        add_calls(place, o.call)
    except Refused as why:
        raise Trouble(str(why), 2) from why
    if not int(place.sql("SELECT count(*) FROM convention")[0][0]):
        raise Trouble(_("there is no convention to play: --call SCHEME CONVENTIONS adds a call"), 2)
    return start


def rehearse(o):
    check_files(o)
    folder = make_folder(o.to or "rehearsal-%s" % o.until)
    mails = postbox.listen(postbox.free_port(), os.path.join(folder, "mails"))
    place = None
    try:
        place = Place(o.config)
        start = prepare(place, o, mails.port)
        people = People(place, start, o.signatures_late, o.papers_late, not o.no_papers)
        report = Report(place, folder, start, o.json)
        report.begin(o.until)
        play(place, people, Treasury(place, folder), report, start, o.until)
        report.end(o.until, [(act, why) for act, (_first, why) in people.refused.items()])
    finally:
        mails.stop()
        if place:
            place.close()


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, interrupted)
    try:
        rehearse(options())
        return 0
    except (Trouble, Refused) as why:
        say("tranchectl rehearse: %s" % why)
        return getattr(why, "code", 1)
    except OSError as why:
        say("tranchectl rehearse: %s" % why)
        return 1
    except KeyboardInterrupt:
        say(_("interrupted; nothing is left running"))
        return 130


if __name__ == "__main__":
    sys.exit(main())
