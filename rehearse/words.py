"""What people read, in the language of the programs' catalogue; English stands in the code."""
import gettext
import os
import sys

language = "en" if os.environ.get("TRANCHED_LANG") == "en" else "fr"
os.environ["LANGUAGE"] = language
gettext.bindtextdomain("tranched", os.environ.get("TRANCHED_LOCALEDIR", "/usr/share/locale"))
gettext.textdomain("tranched")  # that of argparse too
_, ngettext = gettext.gettext, gettext.ngettext


def N_(text):
    """Only for the catalogue."""
    return text


# What argparse says by itself.
ARGPARSE = (N_("usage: "), N_("options"), N_("show this help message and exit"), N_("%(prog)s: error: %(message)s\n"),
            N_("argument %(argument_name)s: %(message)s"), N_("the following arguments are required: %s"), N_("unrecognized arguments: %s"),
            N_("expected one argument"), ngettext("expected %s argument", "expected %s arguments", 2))


class Trouble(Exception):
    """Ends the rehearsal with a sentence; CODE is the exit status: 2 what was asked cannot be, 1 it went wrong on the way."""

    def __init__(self, text, code=1):
        super().__init__(text)
        self.code = code


def day_text(day):
    return day.strftime("%d/%m/%Y" if language == "fr" else "%Y-%m-%d")


def month_text(day):
    return day.strftime("%m/%Y" if language == "fr" else "%Y-%m")


def euros(cents):
    whole = "{:,}".format(cents // 100)
    if language == "fr":
        return "%s,%02d €" % (whole.replace(",", "\N{NARROW NO-BREAK SPACE}"), cents % 100)
    return "%s.%02d EUR" % (whole, cents % 100)


def say(text):
    print(text, file=sys.stderr, flush=True)
