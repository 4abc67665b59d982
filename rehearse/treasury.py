"""The treasury and its bank in a rehearsal: files are taken at once, and each order is booked on the day of its execution."""
import os
import shutil
from xml.sax.saxutils import escape

from place import Refused
from words import Trouble, _

# Of an order o: the bank was asked to take it back; a person must first look at a line of an answer about it.
RECALLED = "EXISTS (SELECT 1 FROM order_act r WHERE r.order_id = o.id AND r.act = 'recall')"
MISFIT = ("EXISTS (SELECT 1 FROM movement m WHERE (m.end_to_end_id = o.end_to_end_id OR m.order_id = o.id) "
          "AND m.state IN ('unmatched', 'differs', 'contradicts'))")
# What was to be executed before the first day is booked on the first one that is no Saturday or Sunday.
DUE = """
    SELECT o.end_to_end_id, o.amount_cents, a.iban, a.holder, f.message_id
      FROM payment_order o JOIN order_file f ON f.id = o.order_file_id JOIN account a ON a.id = o.account_id
     WHERE f.state = 'written' AND o.state IN ('prepared', 'acknowledged', 'accepted')
       AND (f.execution_on = '%s' OR f.execution_on < '%s' AND extract(isodow FROM date '%s') < 6)
       AND NOT """ + RECALLED + " AND NOT " + MISFIT + " ORDER BY o.id"
STATEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>REHEARSAL-%(day)s</MsgId><CreDtTm>%(day)sT08:00:00</CreDtTm></GrpHdr>
<Ntfctn><Id>REHEARSAL-%(day)s</Id><CreDtTm>%(day)sT08:00:00</CreDtTm><Acct><Id><IBAN>%(account)s</IBAN></Id><Ccy>EUR</Ccy></Acct>
%(entries)s
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>
"""
ENTRY = """<Ntry><Amt Ccy="EUR">%(sum)s</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%(day)s</Dt></BookgDt>\
<ValDt><Dt>%(day)s</Dt></ValDt><AcctSvcrRef>%(id)s</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd>\
<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><MsgId>%(message)s</MsgId><EndToEndId>%(id)s</EndToEndId></Refs>\
<Amt Ccy="EUR">%(sum)s</Amt><RltdPties><Cdtr><Pty><Nm>%(name)s</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>%(iban)s</IBAN></Id></CdtrAcct></RltdPties>\
</TxDtls></NtryDtls></Ntry>"""


class Treasury:
    """FOLDER gets what is taken and answered."""

    def __init__(self, place, folder):
        self.place, self.orders, self.answers = place, os.path.join(folder, "orders"), os.path.join(folder, "answers")
        os.mkdir(self.orders)
        os.mkdir(self.answers)
        self.booked = {}  # cents by day
        self.account = place.conf["debtor"]["iban"].replace(" ", "")

    def take(self):
        outbox = self.place.path("state", "outbox")
        for name in sorted(n for n in os.listdir(outbox) if n.endswith(".xml") and not n.startswith(".")):
            shutil.copyfile(os.path.join(outbox, name), os.path.join(self.orders, name))
            os.unlink(os.path.join(outbox, name))

    def act(self, today):
        """The notification of the day, if anything was booked; how many orders were."""
        due = self.place.sql(DUE % (today, today, today))
        if not due:
            return 0
        entries = [ENTRY % {"id": i, "sum": "%d.%02d" % divmod(int(cents), 100), "iban": iban, "name": escape(name), "message": message,
                            "day": today} for i, cents, iban, name, message in due]
        path = os.path.join(self.answers, "camt.054-%s.xml" % today)
        with open(path, "w", encoding="utf-8") as f:
            f.write(STATEMENT % {"day": today, "account": self.account, "entries": "\n".join(entries)})
        try:
            self.place.ctl("answer", "import", path)
        except Refused as why:
            raise Trouble(_("the copy does not take its bank's answer %s: %s") % (path, why)) from why
        self.booked[today] = sum(int(row[1]) for row in due)
        return len(due)
