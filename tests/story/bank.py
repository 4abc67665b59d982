"""A bank: reads our order files and writes what banks answer, in several dialects. It shares no code with what reads the answers."""
import re
import xml.etree.ElementTree as ET

OURS = "FR7630001007941234567890185"


class Payment:
    """One transaction of an order file."""

    def __init__(self, message, tx):
        def text(path):
            found = tx.find("/".join("{*}" + p for p in path.split("/")))
            return found.text if found is not None else ""

        self.message = message
        self.id = text("PmtId/EndToEndId")
        self.amount = text("Amt/InstdAmt")
        self.name = text("Cdtr/Nm")
        self.iban = text("CdtrAcct/Id/IBAN")
        self.text = text("RmtInf/Ustrd")

    @property
    def cents(self):
        euros, _, cents = self.amount.partition(".")
        return int(euros) * 100 + int((cents + "00")[:2])


def read_orders(data):
    """The MsgId and the payments of an order file."""
    root = ET.fromstring(data)
    message = root.find(".//{*}GrpHdr/{*}MsgId").text
    return message, [Payment(message, tx) for tx in root.iter() if tx.tag.endswith("}CdtTrfTxInf")]


def euros(cents):
    return "%d.%02d" % (cents // 100, cents % 100)


def escape(s):
    return s.replace("&", "&amp;").replace("<", "&lt;")


def element(name, inner):
    return "<%s>%s</%s>" % (name, inner, name) if inner else ""


def reasons(codes, text=""):
    inner = "".join("<Rsn><Cd>%s</Cd></Rsn>" % c for c in codes.split())
    return element("StsRsnInf", inner + element("AddtlInf", escape(text)))


class Bank:
    """VERSION is the dialect: 3 (2009), 10 (2019) or 14 of pain.002; 2, 4 or 8 of camt; PREFIX, envelope and encoding vary."""

    def __init__(self, status=10, camt=8, prefix="", envelope=False, encoding="UTF-8", account=OURS):
        self.status, self.camt, self.prefix, self.envelope = status, camt, prefix, envelope
        self.encoding, self.account, self.number = encoding, account, 0

    def document(self, space, inner):
        self.number += 1
        inner = inner.replace("@N", "B%d" % self.number)
        if self.prefix:
            inner = re.sub(r"<(/?)(\w)", r"<\1%s:\2" % self.prefix, inner)
        name = (self.prefix + ":" if self.prefix else "") + "Document"
        xmlns = ' xmlns%s="urn:iso:std:iso:20022:tech:xsd:%s"' % (":" + self.prefix if self.prefix else "", space) if space else ""
        body = "<%s%s>%s</%s>" % (name, xmlns, inner, name)
        if self.envelope:
            head = '<h:AppHdr xmlns:h="urn:iso:std:iso:20022:tech:xsd:head.001.001.01"><h:BizMsgIdr>E</h:BizMsgIdr></h:AppHdr>'
            body = "<BizMsgEnvlp>%s%s</BizMsgEnvlp>" % (head, body)
        return ('<?xml version="1.0" encoding="%s"?>\n%s' % (self.encoding, body)).encode(self.encoding)

    # --- pain.002 -----------------------------------------------------------------------------------

    def report(self, message, group="", payment="", transactions=(), reason="", text=""):
        """TRANSACTIONS: (payment, code, reasons, text)."""
        listed = "".join(self.transaction(*t) for t in transactions)
        inner = ("<CstmrPmtStsRpt><GrpHdr><MsgId>@N</MsgId><CreDtTm>2024-01-02T10:00:00</CreDtTm></GrpHdr>"
                 "<OrgnlGrpInfAndSts><OrgnlMsgId>%s</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>%s%s</OrgnlGrpInfAndSts>%s"
                 "</CstmrPmtStsRpt>") % (
                     message, element("GrpSts", group), reasons(reason, text) if not payment else "",
                     element("OrgnlPmtInfAndSts", (element("OrgnlPmtInfId", message + "-1") + element("PmtInfSts", payment) +
                                                   (reasons(reason, text) if payment else "") + listed) if payment or listed else ""))
        return self.document("pain.002.001.%02d" % self.status, inner)

    def transaction(self, payment, code, why="", text=""):
        party = "<Nm>%s</Nm>" % escape(payment.name)
        if self.status >= 10:
            party = element("Pty", party)
        return element("TxInfAndSts", "<OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>%s</TxSts>%s<OrgnlTxRef><Amt><InstdAmt Ccy=\"EUR\">%s"
                       "</InstdAmt></Amt><Cdtr>%s</Cdtr><CdtrAcct><Id><IBAN>%s</IBAN></Id></CdtrAcct></OrgnlTxRef>" % (
                           payment.id, code, reasons(why, text), payment.amount, party, payment.iban))

    def resolution(self, message, payment, code, why=""):
        """A camt.029 about one payment that we asked to take back."""
        inner = ("<RsltnOfInvstgtn><Assgnmt><Id>@N</Id><Assgnr><Agt><FinInstnId><BICFI>BDFEFRPPCCT</BICFI></FinInstnId></Agt></Assgnr><Assgne><Pty>"
                 "<Nm>CA</Nm></Pty></Assgne><CreDtTm>2024-01-02T10:00:00</CreDtTm></Assgnmt><Sts><Conf>CNCL</Conf></Sts><CxlDtls>"
                 "<OrgnlPmtInfAndSts><OrgnlPmtInfId>%s-1</OrgnlPmtInfId><OrgnlGrpInf><OrgnlMsgId>%s</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09"
                 "</OrgnlMsgNmId></OrgnlGrpInf><TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxCxlSts>%s</TxCxlSts>%s</TxInfAndSts>"
                 "</OrgnlPmtInfAndSts></CxlDtls></RsltnOfInvstgtn>") % (
                     message, message, payment.id, code, element("CxlStsRsnInf", "<Rsn><Cd>%s</Cd></Rsn>" % why) if why else "")
        return self.document("camt.029.001.09", inner)

    # --- camt ---------------------------------------------------------------------------------------

    NAMES = {"camt.052": ("BkToCstmrAcctRpt", "Rpt"), "camt.053": ("BkToCstmrStmt", "Stmt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}

    def statement(self, entries, kind="camt.053", number=1):
        message, block = self.NAMES[kind]
        inner = "<%s><GrpHdr><MsgId>@N</MsgId><CreDtTm>2024-01-02T10:00:00</CreDtTm></GrpHdr><%s><Id>%d</Id><Acct><Id><IBAN>%s</IBAN></Id>" \
                "<Ccy>EUR</Ccy></Acct>%s</%s></%s>" % (message, block, number, self.account, "".join(entries), block, message)
        return self.document("%s.001.%02d" % (kind, self.camt), inner)

    def entry(self, cents, day, ref="", direction="DBIT", status="BOOK", details="", code="PMNT/ICDT/ESCT", reversal=False, batch="", text=""):
        domain, family, sub = code.split("/")
        status = element("Cd", status) if self.camt >= 8 else status
        return element("Ntry", "<Amt Ccy=\"EUR\">%s</Amt><CdtDbtInd>%s</CdtDbtInd>%s<Sts>%s</Sts><BookgDt><Dt>%s</Dt></BookgDt><ValDt><Dt>%s</Dt>"
                       "</ValDt>%s<BkTxCd><Domn><Cd>%s</Cd><Fmly><Cd>%s</Cd><SubFmlyCd>%s</SubFmlyCd></Fmly></Domn></BkTxCd>%s%s" % (
                           euros(cents), direction, "<RvslInd>true</RvslInd>" if reversal else "", status, day, day,
                           element("AcctSvcrRef", ref), domain, family, sub, element("NtryDtls", batch + details), element("AddtlNtryInf", text)))

    def party(self, kind, name, iban):
        name = "<Nm>%s</Nm>" % escape(name)
        return "<%s>%s</%s><%sAcct><Id><IBAN>%s</IBAN></Id></%sAcct>" % (
            kind, element("Pty", name) if self.camt >= 8 else name, kind, kind, iban, kind)

    def detail(self, payment, cents=None, iban=None, id=None, ref="", extra="", tx=""):
        amount = euros(payment.cents if cents is None else cents)
        amount = '<Amt Ccy="EUR">%s</Amt>' % amount if self.camt >= 4 else '<AmtDtls><TxAmt><Amt Ccy="EUR">%s</Amt></TxAmt></AmtDtls>' % amount
        return element("TxDtls", "<Refs>%s%s%s</Refs>%s<RltdPties>%s</RltdPties><RmtInf><Ustrd>%s</Ustrd></RmtInf>%s" % (
            element("AcctSvcrRef", ref), element("EndToEndId", payment.id if id is None else id), element("TxId", tx), amount,
            self.party("Cdtr", payment.name, iban or payment.iban), escape(payment.text), extra))

    def debit(self, payment, day, ref="", cents=None, **more):
        """A single booked debit."""
        return self.entry(payment.cents if cents is None else cents, day, ref, details=self.detail(payment, cents=cents, **more))

    def credit_back(self, payment, day, reason="AC04", ref="", cents=None, id=None, tx="", family="PMNT/ICDT/RRTN"):
        """A return of money."""
        amount = payment.cents if cents is None else cents
        extra = "<RtrInf><Rsn><Cd>%s</Cd></Rsn></RtrInf>" % reason if reason else ""
        return self.entry(amount, day, ref, "CRDT", code=family, details=self.detail(payment, cents=amount, id=id, tx=tx, extra=extra))

    def batch(self, message, payments, day, ref="", cents=None, by="PmtInfId"):
        """All payments of a file as one sum, without details."""
        total = sum(p.cents for p in payments) if cents is None else cents
        batch = element("Btch", (element("MsgId", message) if by == "MsgId" else element("PmtInfId", message + "-1")) +
                        element("NbOfTxs", str(len(payments))))
        return self.entry(total, day, ref, batch=batch)
