"""tranchectl rehearse: plays what is to come on a private copy, with the files and mails that it will bring."""
import argparse
import datetime
import os
import re
import shutil
import signal
import sys

from words import Trouble, _, day_text, say

try:
    import libconf
    import postbox
    from people import People
    from place import Place, Refused
    from report import Report
    from treasury import Treasury
except ImportError as missing:
    say(_("a rehearsal needs python3-%s: apt install python3-libconf python3-aiosmtpd") % missing.name)
    sys.exit(2)

EMPTY = "EMPTY"
DAYS_MAX = 3660
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def date(text):
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(_("\"%s\" is no date YYYY-MM-DD") % text)


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
                 "parties sign, launches are recorded, papers come on their day and are accepted after the days of review (on\n"
                 "the convention's last day at the latest), approvals are given by two persons, the treasury takes each file\n"
                 "and the bank books each order on the day of its execution. Nobody overrides, waives or re-issues anything:\n"
                 "what stays held and what waits for a person is listed with its reason. All that is written bears the TEST\n"
                 "mark of a rehearsal, and the real accounts. Exit status: 0 done, 1 failed on the way, 2 refused."))
    parser.add_argument("--from", dest="source", metavar="BACKUP|" + EMPTY, required=True,
                        help=_("a backup by pg_dump -Fc or -Fd, or EMPTY for a database with nothing in it"))
    parser.add_argument("--until", metavar="DATE", type=date, required=True, help=_("the last day played, YYYY-MM-DD"))
    parser.add_argument("--start", metavar="DATE", type=date,
                        help=_("the first day played: at the earliest, and if not given, the last one recorded in the backup (EMPTY: today)"))
    parser.add_argument("--to", metavar="FOLDER", help=_("where files and mails come; made new, readable by you alone (rehearsal-UNTIL)"))
    parser.add_argument("--call", metavar=("SCHEME", "CONVENTIONS"), nargs=2, action="append", default=[],
                        help=_("a call to be added once it is decided: its scheme file and the CSV of its conventions (only these, if the backup "
                               "has the scheme); may be repeated"))
    parser.add_argument("--signatures-late", metavar="DAYS", type=days, default=0, help=_("from the first day until the parties sign (0)"))
    parser.add_argument("--papers-late", metavar="DAYS", type=days, default=0, help=_("from a paper's day until it comes (0)"))
    parser.add_argument("--no-papers", action="store_true", help=_("no paper comes"))
    parser.add_argument("--config", metavar="FILE", default="/etc/tranched/tranched.conf",
                        help=_("the authority's configuration (/etc/tranched/tranched.conf); sockets, folders and servers of it are not used"))
    parser.add_argument("--json", action="store_true", help=_("the summary for programs"))
    return parser.parse_args()


class Folder:
    """Where all is left; taken away again if nothing was played."""

    def __init__(self, path):
        self.path, self.made = os.path.abspath(path), not os.path.isdir(path)
        if os.path.lexists(path) and (not os.path.isdir(path) or os.listdir(path)):
            raise Trouble(_("%s is there already: --to names another folder") % path, 2)
        os.makedirs(path, mode=0o700, exist_ok=True)
        os.chmod(path, 0o700)

    def empty(self):
        for name in os.listdir(self.path):
            shutil.rmtree(os.path.join(self.path, name), ignore_errors=True)
        if self.made:
            os.rmdir(self.path)


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
        raise Trouble(_("the backup has entries of %s: --start cannot be before") % day_text(known), 2)
    if not start <= o.until <= start + datetime.timedelta(days=DAYS_MAX):
        raise Trouble(_("--until is from the first day, %s (--start names another), on, and within ten years") % day_text(start), 2)
    return start


class Call:
    """A call that is added once its decision was taken."""

    def __init__(self, scheme, conventions):
        self.scheme, self.conventions = scheme, conventions
        try:
            with open(scheme, encoding="utf-8") as f:
                read = libconf.load(f)["scheme"]
            self.code, self.decided = read["code"], datetime.date.fromisoformat(read["decision"]["on"])
        except (libconf.ConfigParseError, LookupError, TypeError, ValueError) as e:
            raise Trouble(_("%s is no scheme file: tranchectl scheme import lists every mistake (%s)") % (scheme, e), 2) from e

    def add(self, place):
        if (self.code,) not in place.sql("SELECT code FROM scheme"):
            place.ctl("scheme", "import", self.scheme)
        place.ctl("convention", "import", self.conventions, "--scheme", self.code)


def add_calls(place, calls, today):
    """Those that are decided by today; the others."""
    for call in calls:
        if call.decided <= today:
            try:
                call.add(place)
            except Refused as why:
                raise Trouble(str(why), 2) from why
    return [call for call in calls if call.decided > today]


def play(place, calls, people, treasury, report, start, until):
    """Day by day; on each the clock comes first, then calls and people, then treasury and bank, then what follows from them."""
    day = start
    while day <= until:
        place.clock(day)
        calls = add_calls(place, calls, day)
        if people.act(day):
            place.clock(day)
        treasury.take()
        if treasury.act(day):
            place.clock(day)
        place.deliver()
        report.day(day, until)
        day += datetime.timedelta(days=1)


def prepare(place, o, calls, port):
    """The copy leads, and has something to play from the day that is answered."""
    place.make()
    place.start_database()
    if o.source != EMPTY:
        say(_("restoring %s …") % o.source)
        place.restore(o.source)
    place.configure(port)
    place.start_services()
    start = first_day(place, o)
    late = [c.scheme for c in calls if c.decided > o.until]
    if late:
        raise Trouble(_("%s is decided after the last day: --until") % late[0], 2)
    place.clock(start)
    if not add_calls(place, calls, start) and not int(place.sql("SELECT count(*) FROM convention")[0][0]):
        raise Trouble(_("there is no convention to play: --call SCHEME CONVENTIONS adds a call"), 2)
    return start, [c for c in calls if c.decided > start]


def rehearse(o):
    check_files(o)
    calls = [Call(*paths) for paths in o.call]
    folder = Folder(o.to or "rehearsal-%s" % o.until)
    mails = postbox.listen(postbox.free_port(), os.path.join(folder.path, "mails"))
    place, played = None, False
    try:
        place = Place(o.config, lambda: mails.handler.trouble)
        start, calls = prepare(place, o, calls, mails.port)
        played = True
        people, treasury = People(place, start, o.signatures_late, o.papers_late, not o.no_papers), Treasury(place, folder.path)
        report = Report(place, folder.path, start, treasury.booked, o.json)
        report.begin(o.until)
        play(place, calls, people, treasury, report, start, o.until)
        report.end(o.until, people.left())
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        mails.stop()
        if place:
            place.close()
        if not played:
            folder.empty()


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    for number in SIGNALS:
        signal.signal(number, interrupted)
    try:
        rehearse(options())
        return 0
    except (Trouble, Refused) as why:
        say("tranchectl rehearse: %s" % why)
        return getattr(why, "code", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as why:
        say("tranchectl rehearse: %s" % why)
        return 1
    except KeyboardInterrupt:
        say(_("interrupted; nothing is left running"))
        return 130


if __name__ == "__main__":
    sys.exit(main())
