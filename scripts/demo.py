"""The story that scripts/demo tells: the 2023 call, command by command, on a rehearsal database.

Every line of it comes out of the journal, and every total is computed a second time here, from the order files
themselves. Nothing is printed that was not asked from the running daemon.
"""
import datetime
import email
import email.policy
import hashlib
import json
import os
import subprocess
import sys
import textwrap
import time
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../rehearse"))
from words import euros  # noqa: E402

SCHEMES, OUTBOX, MAIL = sys.argv[1:]
PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
REF = "LAB2-2023-0%d"
WIDTH = 118
last_row = 0


def ctl(*words, person="claire"):
    """Runs tranchectl as somebody; its JSON answer."""
    p = subprocess.run(["tranchectl", "--json", "--as", person, *words], capture_output=True, text=True)
    if p.returncode != 0:
        sys.exit("tranchectl %s: exit %d\n%s%s" % (" ".join(words), p.returncode, p.stdout, p.stderr))
    return json.loads(p.stdout)


def show(*words, person="claire"):
    """Runs tranchectl as somebody and prints what a person sees."""
    print("    $ tranchectl %s" % " ".join(words))
    p = subprocess.run(["tranchectl", "--as", person, *words], capture_output=True, text=True)
    if p.returncode != 0:
        sys.exit("tranchectl %s: exit %d\n%s" % (" ".join(words), p.returncode, p.stderr))
    for line in p.stdout.splitlines():
        print("    " + line.rstrip())


def day(iso):
    return "%s/%s/%s" % (iso[8:10], iso[5:7], iso[0:4]) if iso else "–"


def paragraph(lead, text, indent):
    print(textwrap.fill(text, WIDTH, initial_indent=lead, subsequent_indent=" " * indent,
                        break_long_words=False, break_on_hyphens=False))


def tell():
    """Prints what the journal has gained: date, convention, what happened, why."""
    global last_row
    answer = ctl("journal", "list", "--after", str(last_row))
    last_row = answer.get("last", last_row)
    for row in answer["journal"]:
        place = row["convention"] or row["scheme"] or ""
        lead = "%-10s  %-12s  %-8s  " % (day(row["on_date"]), place, row["person"])
        paragraph(lead, row["what"], len(lead))
        if row["why"]:
            paragraph(" " * len(lead) + "↳ ", row["why"], len(lead) + 2)


def deliver():
    """Waits until the mailer has nothing to do: what is done later takes a reminder back that still waits."""
    for _ in range(600):
        if not ctl("status")["status"]["mails_queued"]:
            return
        time.sleep(0.05)


def act(*words, person="claire"):
    """A person's command, then everything that follows from it on the same day."""
    ctl(*words, person=person)
    today = ctl("clock", "show")["clock"]["today_on"]
    ctl("clock", "set", today, person="admin")  # setting the present day only waits until all is done
    deliver()
    tell()


def go_to(date):
    today = datetime.date.fromisoformat(ctl("clock", "show")["clock"]["today_on"] or date)
    while today.isoformat() < date:
        today = min(today + datetime.timedelta(days=7), datetime.date.fromisoformat(date))
        ctl("clock", "set", today.isoformat(), person="admin")
        deliver()
    ctl("clock", "set", date, person="admin")
    tell()


def scene(number, title):
    print("\n── %s. %s %s" % (number, title, "─" * max(3, WIDTH - len(title) - 7)))


def why(ref, number):
    tranche = ctl("tranche", "show", "%s/%d" % (ref, number))
    lead = "%-10s  %-12s  " % (day(ctl("clock", "show")["clock"]["today_on"]), "%s/%d" % (ref[5:], number))
    paragraph(lead, "%s retenu : %s" % (euros(tranche["tranche"]["planned_cents"]), tranche["tranche"]["why"]), len(lead))
    return tranche


def expect(what, found, wanted):
    if found != wanted:
        sys.exit("\nFAUX : %s : trouvé %r, attendu %r" % (what, found, wanted))


def tranche_state(ref, number):
    return ctl("tranche", "show", "%s/%d" % (ref, number))["tranche"]["state"]


def scene_1():
    scene(1, "La délibération du 12 décembre n'est pas encore exécutoire")
    go_to("2023-12-12")
    act("scheme", "import", os.path.join(SCHEMES, "lab-2023.conf"))
    act("convention", "import", os.path.join(SCHEMES, "laureates-2023.csv"), "--scheme", "LAB-2023")
    go_to("2023-12-14")
    for i in (1, 2, 3, 5):  # the fourth account is left for scene 3
        act("account", "verify", REF % i, person="paul")
    go_to("2023-12-18")
    act("convention", "sign", REF % 1, "--party", "beneficiary")
    act("convention", "sign", REF % 1, "--party", "authority", "--by", "president")
    why(REF % 1, 1)
    expect("versement 1 retenu le 18/12", tranche_state(REF % 1, 1), "held")
    show("tranche", "why", "%s/1" % (REF % 1))
    go_to("2023-12-19")
    act("scheme", "decision", "LAB-2023", "--received", "2023-12-19", "--published", "2023-12-19", "--appeal-until", "2024-02-20")
    files = ctl("file", "list")
    expect("un fichier le 19/12", [(f["tx_count"], f["total_cents"]) for f in files["files"]], [(1, 600000)])


def scene_2():
    scene(2, "Signatures : le 29 décembre, et une seule partie jusqu'au 31 janvier")
    go_to("2023-12-29")
    act("convention", "sign", REF % 2, "--party", "beneficiary")
    act("convention", "sign", REF % 2, "--party", "authority", "--by", "vice-president")
    go_to("2024-01-05")
    act("convention", "sign", REF % 3, "--party", "beneficiary")
    why(REF % 3, 1)
    expect("versement 1 retenu", tranche_state(REF % 3, 1), "held")
    go_to("2024-01-08")
    act("convention", "sign", REF % 5, "--party", "authority", "--by", "president")
    act("convention", "sign", REF % 5, "--party", "beneficiary")


def scene_3():
    scene(3, "Un compte non vérifié retient le versement ; une seconde personne le vérifie")
    go_to("2024-01-10")
    act("convention", "sign", REF % 4, "--party", "beneficiary")
    act("convention", "sign", REF % 4, "--party", "authority", "--by", "councillor")
    why(REF % 4, 1)
    expect("versement 1 retenu", tranche_state(REF % 4, 1), "held")
    go_to("2024-01-15")
    p = subprocess.run(["tranchectl", "--as", "claire", "account", "verify", REF % 4], capture_output=True, text=True)
    expect("claire, qui a proposé le compte, ne peut le vérifier", p.returncode, 1)
    print("    $ tranchectl --as claire account verify %s" % (REF % 4))
    print(textwrap.indent(p.stderr.rstrip(), "    "))
    act("account", "verify", REF % 4, person="paul")
    expect("versement 1 libéré", tranche_state(REF % 4, 1), "ordered")
    go_to("2024-01-31")
    act("convention", "sign", REF % 3, "--party", "authority", "--by", "president")
    card = ctl("convention", "show", REF % 3)
    expect("fin six mois après le 31 janvier", card["convention"]["ends_on"], "2024-07-31")
    expect("trois mois après le 31 janvier", card["tranches"][1]["opens_on"], None)
    gates = {g["gate"]: g for g in ctl("tranche", "why", "%s/2" % (REF % 3))["gates"]}
    expect("trois mois après le 31 janvier", gates["date"]["opens_on"], "2024-04-30")


def scene_4():
    scene(4, "Le rapport à mi-parcours : en février, le jour dit, trois semaines après, jamais")
    go_to("2024-02-05")
    act("convention", "launch", REF % 4, "--on", "2024-02-01")
    go_to("2024-02-20")
    act("report", "receive", REF % 2, "mid-report")
    why(REF % 2, 2)
    expect("un rapport de février n'avance rien", tranche_state(REF % 2, 2), "held")
    go_to("2024-03-18")
    why(REF % 1, 2)
    act("report", "receive", REF % 1, "mid-report")
    expect("le rapport du jour dit libère", tranche_state(REF % 1, 2), "ordered")
    go_to("2024-03-29")
    files = ctl("file", "list")["files"]
    expect("Vendredi saint : exécution le 2 avril", (files[-1]["decided_on"], files[-1]["execution_on"]), ("2024-03-29", "2024-04-02"))
    go_to("2024-04-15")
    why(REF % 4, 2)
    act("report", "receive", REF % 4, "mid-report")
    go_to("2024-04-30")
    why(REF % 3, 2)
    go_to("2024-05-21")
    why(REF % 3, 2)
    act("report", "receive", REF % 3, "mid-report")
    expect("libéré le jour où il vient", tranche_state(REF % 3, 2), "ordered")
    go_to("2024-07-08")
    last = why(REF % 5, 2)
    expect("retenu le dernier jour", last["tranche"]["state"], "held")
    expect("la raison nomme les jours de retard", "91" in last["tranche"]["why"], True)
    go_to("2024-08-01")
    why(REF % 5, 2)


def check_files(files):
    """Every file is there, is what its SHA-256 says, and sums what its header says."""
    total = count = 0
    for f in files:
        with open(os.path.join(OUTBOX, f["message_id"] + ".xml"), "rb") as xml:
            data = xml.read()
        expect("SHA-256 de %s" % f["message_id"], hashlib.sha256(data).hexdigest(), f["sha256"])
        root = ET.fromstring(data)
        amounts = [int(a.text.replace(".", "")) for a in root.iter(PAIN + "InstdAmt")]
        expect("somme de %s" % f["message_id"], (len(amounts), sum(amounts)), (f["tx_count"], f["total_cents"]))
        count += len(amounts)
        total += sum(amounts)
    expect("fichiers du dossier", len([n for n in os.listdir(OUTBOX) if not n.startswith(".")]), len(files))
    expect("ordres des fichiers", (count, total), (9, 5 * 600000 + 4 * 400000))


def scene_5():
    scene(5, "Tableau de clôture")
    show("convention", "list")
    for i in range(1, 6):
        lead = "    %s : en suspens : " % (REF % i)
        paragraph(lead, ctl("convention", "show", REF % i)["convention"]["missing"], len(lead))
    print()
    show("tranche", "list")
    print()
    show("scheme", "show", "LAB-2023")
    print()
    show("order", "list")
    print()
    show("file", "list")
    tranches = ctl("tranche", "list")
    expect("versements", sorted((t["tranche"][-1], t["ordered_cents"]) for t in tranches["tranches"] if t["ordered_cents"]),
           [("1", 600000)] * 5 + [("2", 400000)] * 4)
    expect("retenu", tranches["totals"]["tranches"]["held_cents"], 400000)
    card = ctl("scheme", "show", "LAB-2023")["scheme"]
    expect("enveloppe", (card["envelope_cents"], card["awarded_cents"], card["ordered_cents"], card["held_cents"]),
           (5000000, 5000000, 4600000, 400000))
    expect("conventions", {c["state"] for c in ctl("convention", "list")["conventions"]}, {"expired"})
    expect("ordres", {o["state"] for o in ctl("order", "list")["orders"]}, {"written"})
    files = ctl("file", "list")["files"]
    check_files(files)
    print("\nTotaux vérifiés dans les %d fichiers : 5 × 6 000,00 € + 4 × 4 000,00 € = %s ; retenu : %s."
          % (len(files), euros(4600000), euros(400000)))


def mailbox():
    """What the catcher has, once nothing waits any more."""
    for _ in range(600):
        if not ctl("mail", "list")["mails"]:
            break
        time.sleep(0.1)
    expect("courriels en attente ou refusés", ctl("mail", "list")["mails"], [])
    found = []
    for name in sorted(os.listdir(MAIL)):
        with open(os.path.join(MAIL, name), "rb") as f:
            found.append((name, email.message_from_binary_file(f, policy=email.policy.default)))
    return sorted(found, key=lambda m: (m[1]["date"].datetime, m[1]["to"], m[1]["subject"]))


def scene_6():
    scene(6, "Qui a été prévenu, et de quoi")
    mails = mailbox()
    expect("courriels remis", len(mails), len(ctl("mail", "list", "--state", "delivered")["mails"]))
    expect("un seul exemplaire de chacun", len({m["message-id"] for _, m in mails}), len(mails))
    counts = {}
    for _, m in mails:
        key = (m["x-tranched-kind"], "laureat" if "laureat" in m["to"] else m["to"].split("@")[0])
        counts.setdefault(key, []).append(m["date"].datetime)
    print("    %-22s  %-8s  %8s  %s" % ("Nature", "À", "Courriels", "Du … au"))
    for (kind, who), days in sorted(counts.items()):
        print("    %-22s  %-8s  %9d  %s … %s" % (kind, who, len(days), min(days).strftime("%d/%m/%Y"), max(days).strftime("%d/%m/%Y")))
    print("    Les %d courriels sont dans mail/*.eml" % len(mails))
    name, late = next((n, m) for n, m in mails if m["x-tranched-kind"] == "report.due" and "retard" in m["subject"])
    print("\n    L'un d'eux, mail/%s :\n" % name)
    for header in ("From", "To", "Date", "Subject", "Message-ID"):
        print("    %s: %s" % (header, late[header]))
    print("\n" + textwrap.indent(late.get_body(("plain",)).get_content().rstrip(), "    "))


def main():
    print("Appel à projets 2023 de la Communauté d'agglomération de Béthune-Bruay, Artois-Lys Romane : répétition.")
    print("Chaque ligne vient du journal : date, convention, qui, ce qui s'est passé, et ↳ pourquoi.")
    for play in (scene_1, scene_2, scene_3, scene_4, scene_5, scene_6):
        play()


main()
