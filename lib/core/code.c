#include <base/mem.h>
#include <base/tr.h>
#include <core/code.h>

static const struct status_code STATUSES[] = {
    { "ACCR", OE_CANCELLED, N_("the bank takes it back") },
    { "PACR", OE_NOTHING, N_("the bank takes a part back") },
    { "PDCR", OE_NOTHING, N_("the request to cancel is pending") },
    { "RJCR", OE_NOTHING, N_("the request to cancel is refused") },
    { "RCVD", OE_RECEIVED, N_("received, nothing checked yet") },
    { "ACTC", OE_RECEIVED, N_("syntax and signature are right") },
    { "ACCP", OE_ACCEPTED, N_("the customer's profile allows it") },
    { "ACFC", OE_ACCEPTED, N_("the funds are there") },
    { "ACFW", OE_ACCEPTED, N_("accepted, a fund confirmation is awaited") },
    { "PATC", OE_ACCEPTED, N_("accepted, another signature is missing") },
    { "ACSP", OE_ACCEPTED, N_("being executed") },
    { "ACWC", OE_ACCEPTED, N_("accepted with a change, such as another date") },
    { "ACWP", OE_ACCEPTED, N_("accepted, not yet posted to the payee") },
    { "ACSC", OE_SETTLED, N_("debited from the payer's account") },
    { "ACCC", OE_SETTLED, N_("credited to the payee's account") },
    { "ACIS", OE_ACCEPTED, N_("accepted, a cheque was issued") },
    { "ACPD", OE_ACCEPTED, N_("put into the clearing") },
    { "CPUC", OE_SETTLED, N_("picked up in cash by the payee") },
    { "BLCK", OE_ACCEPTED, N_("blocked at the payee's bank") },
    { "PRES", OE_NOTHING, N_("presented to the payer") },
    { "PDNG", OE_NOTHING, N_("pending, further checks to come") },
    { "PART", OE_NOTHING, N_("accepted in part: each transaction tells") },
    { "RJCT", OE_REJECTED, N_("refused") },
    { "CANC", OE_CANCELLED, N_("cancelled") },
    { "RCVC", OE_RECEIVED, N_("the payee's verification matches") },
    { "RVMC", OE_MISMATCH, N_("the payee's name matches closely only") },
    { "RVCM", OE_MISMATCH, N_("some payees' names do not match") },
    { "RVNM", OE_MISMATCH, N_("the payee's name does not match") },
    { "RVNA", OE_MISMATCH, N_("the payee could not be verified") },
    { "RVNC", OE_NOTHING, N_("the payee's verification is not finished") },
};
/* Sorted, for the search. In a return payer and payee may stand the other way round: what speaks of
 * the payer is of class data there too. */
static const struct reason_code REASONS[] = {
    { "AB01", REASON_TECHNICAL, true, N_("clearing stopped, time ran out") },
    { "AB02", REASON_TECHNICAL, true, N_("clearing stopped by a grave error") },
    { "AB03", REASON_TECHNICAL, true, N_("settlement stopped, time ran out") },
    { "AB04", REASON_TECHNICAL, true, N_("settlement stopped by a grave error") },
    { "AB05", REASON_TECHNICAL, true, N_("the payee's bank did not answer in time") },
    { "AB06", REASON_TECHNICAL, true, N_("the instructed bank did not answer in time") },
    { "AB07", REASON_TECHNICAL, true, N_("a bank on the way is not online") },
    { "AB08", REASON_TECHNICAL, true, N_("the payee's bank is not online") },
    { "AB09", REASON_TECHNICAL, true, N_("an error at the payee's bank") },
    { "AB10", REASON_TECHNICAL, true, N_("an error at the instructed bank") },
    { "AB11", REASON_TECHNICAL, true, N_("the payer's bank did not answer in time") },
    { "AB12", REASON_TECHNICAL, true, N_("the number of the batch is used already") },
    { "AB13", REASON_TECHNICAL, true, N_("wrong routing of a return of funds") },
    { "AB15", REASON_TECHNICAL, true, N_("not allowed in continuous settlement") },
    { "AB21", REASON_DATA, true, N_("the payee's agreement number is not valid") },
    { "AB26", REASON_TECHNICAL, true, N_("the settlement instruction does not exist") },
    { "AC01", REASON_DATA, true, N_("the account number is wrong or missing") },
    { "AC02", REASON_DATA, true, N_("the payer's account number is wrong or missing") },
    { "AC03", REASON_DATA, true, N_("the payee's account number is wrong or missing") },
    { "AC04", REASON_DATA, true, N_("the account is closed") },
    { "AC05", REASON_TECHNICAL, true, N_("the payer's account is closed") },
    { "AC06", REASON_DATA, true, N_("the account is blocked") },
    { "AC07", REASON_DATA, true, N_("the payee's account is closed") },
    { "AC08", REASON_DATA, true, N_("the branch code is wrong or missing") },
    { "AC09", REASON_DATA, true, N_("the account's currency is wrong or missing") },
    { "AC10", REASON_TECHNICAL, true, N_("the payer's account currency is wrong or missing") },
    { "AC11", REASON_DATA, true, N_("the payee's account currency is wrong or missing") },
    { "AC12", REASON_DATA, true, N_("the type of account is wrong or missing") },
    { "AC13", REASON_DATA, true, N_("the payer's type of account is wrong or missing") },
    { "AC14", REASON_DATA, true, N_("the payee's type of account is wrong or missing") },
    { "AC15", REASON_DATA, true, N_("the other party's account has changed") },
    { "AC16", REASON_DATA, true, N_("the card number is not valid") },
    { "AC17", REASON_DATA, true, N_("the account is being liquidated") },
    { "AEXR", REASON_TECHNICAL, true, N_("the request to pay has expired") },
    { "AG01", REASON_DATA, true, N_("this kind of account may not receive it") },
    { "AG02", REASON_TECHNICAL, true, N_("the operation code does not fit the receiver") },
    { "AG03", REASON_DATA, true, N_("the account does not take this kind of transaction") },
    { "AG04", REASON_DATA, true, N_("the bank's country is wrong or missing") },
    { "AG05", REASON_TECHNICAL, true, N_("the country of the payer's bank is wrong or missing") },
    { "AG06", REASON_DATA, true, N_("the country of the payee's bank is wrong or missing") },
    { "AG07", REASON_FUNDS, true, N_("the payer's account cannot be debited") },
    { "AG08", REASON_TECHNICAL, true, N_("the user lacks the right for it") },
    { "AG09", REASON_TECHNICAL, true, N_("the original payment never arrived") },
    { "AG10", REASON_TECHNICAL, true, N_("a bank on the way is suspended") },
    { "AG11", REASON_DATA, true, N_("the payee's bank is suspended") },
    { "AG12", REASON_TECHNICAL, true, N_("not allowed between accounts of one bank") },
    { "AG13", REASON_TECHNICAL, true, N_("a return of a return is not allowed") },
    { "AGNT", REASON_DATA, true, N_("a bank on the way is not the right one") },
    { "ALAC", REASON_TECHNICAL, true, N_("the request to pay was accepted before") },
    { "AM01", REASON_TECHNICAL, true, N_("the amount is zero") },
    { "AM02", REASON_FUNDS, true, N_("the amount is above what is allowed") },
    { "AM03", REASON_TECHNICAL, true, N_("the currency cannot be processed") },
    { "AM04", REASON_FUNDS, true, N_("there is not enough money on the account") },
    { "AM05", REASON_TECHNICAL, true, N_("it was sent already") },
    { "AM06", REASON_TECHNICAL, true, N_("the amount is below what was agreed") },
    { "AM07", REASON_DATA, true, N_("the amount is blocked by an authority") },
    { "AM09", REASON_TECHNICAL, true, N_("the amount is not the one expected") },
    { "AM10", REASON_TECHNICAL, true, N_("the amounts do not sum up to the control sum") },
    { "AM11", REASON_TECHNICAL, true, N_("the currency is wrong or missing") },
    { "AM12", REASON_TECHNICAL, true, N_("the amount is wrong or missing") },
    { "AM13", REASON_FUNDS, true, N_("the amount is above the clearing's limit") },
    { "AM14", REASON_FUNDS, true, N_("the amount is above the limit agreed with the bank") },
    { "AM15", REASON_TECHNICAL, true, N_("the amount is below the clearing's limit") },
    { "AM16", REASON_TECHNICAL, true, N_("the control sum of the message is wrong") },
    { "AM17", REASON_TECHNICAL, true, N_("the control sum of the payment block is wrong") },
    { "AM18", REASON_TECHNICAL, true, N_("the number of transactions is wrong or missing") },
    { "AM19", REASON_TECHNICAL, true, N_("the message's number of transactions is wrong") },
    { "AM20", REASON_TECHNICAL, true, N_("the block's number of transactions is wrong") },
    { "AM21", REASON_FUNDS, true, N_("the amount is above the customer's limit") },
    { "AM22", REASON_TECHNICAL, true, N_("a sum of zero cannot be applied") },
    { "AM23", REASON_FUNDS, true, N_("the amount is above the settlement limit") },
    { "AMSE", REASON_TECHNICAL, true, N_("the attachment is too large") },
    { "APAR", REASON_TECHNICAL, true, N_("the request to pay was paid before") },
    { "ARDT", REASON_TECHNICAL, true, N_("the transfer was returned before") },
    { "ARFR", REASON_TECHNICAL, true, N_("the payer refused the request to pay before") },
    { "ARJR", REASON_TECHNICAL, true, N_("the request to pay was rejected before") },
    { "ATNS", REASON_TECHNICAL, true, N_("attachments are not taken") },
    { "BDAY", REASON_TECHNICAL, true, N_("settlement day and calendar day differ") },
    { "BE01", REASON_DATA, true, N_("the payee's name does not fit the account") },
    { "BE04", REASON_DATA, true, N_("the payee's address is missing") },
    { "BE05", REASON_DATA, true, N_("the other party does not know the sender") },
    { "BE06", REASON_DATA, true, N_("the payee is not known at that bank") },
    { "BE07", REASON_DATA, true, N_("the payer's address is missing") },
    { "BE08", REASON_DATA, true, N_("the payer's name is missing") },
    { "BE09", REASON_DATA, true, N_("a country code is wrong or missing") },
    { "BE10", REASON_DATA, true, N_("the payer's country is wrong or missing") },
    { "BE11", REASON_DATA, true, N_("the payee's country is wrong or missing") },
    { "BE12", REASON_DATA, true, N_("a country of residence is wrong or missing") },
    { "BE13", REASON_TECHNICAL, true, N_("the payer's country of residence is wrong or missing") },
    { "BE14", REASON_DATA, true, N_("the payee's country of residence is wrong or missing") },
    { "BE15", REASON_DATA, true, N_("an identification code is wrong or missing") },
    { "BE16", REASON_DATA, true, N_("the payer's identification is wrong or missing") },
    { "BE17", REASON_DATA, true, N_("the payee's identification is wrong or missing") },
    { "BE18", REASON_DATA, true, N_("contact details are wrong or missing") },
    { "BE19", REASON_TECHNICAL, true, N_("the sharing of charges is not valid") },
    { "BE20", REASON_DATA, true, N_("a name is longer than allowed") },
    { "BE21", REASON_DATA, true, N_("a name is wrong or missing") },
    { "BE22", REASON_DATA, true, N_("the payee's name is missing") },
    { "BE23", REASON_DATA, true,
      N_("the telephone number or address for the account is not known") },
    { "CERI", REASON_TECHNICAL, true, N_("extended remittance information is not marked") },
    { "CH03", REASON_TECHNICAL, true, N_("the execution date is too far ahead") },
    { "CH04", REASON_TECHNICAL, true, N_("the execution date is too far back") },
    { "CH07", REASON_TECHNICAL, true, N_("an element stands on the wrong level") },
    { "CH09", REASON_DATA, true, N_("the mandate may not be changed") },
    { "CH10", REASON_DATA, true, N_("the mandate's changes are missing") },
    { "CH11", REASON_DATA, true, N_("the creditor identifier is wrong") },
    { "CH12", REASON_DATA, true, N_("the creditor identifier is ambiguous") },
    { "CH13", REASON_DATA, true, N_("the original payer's account may not be used") },
    { "CH14", REASON_DATA, true, N_("the original payer's bank may not be used") },
    { "CH15", REASON_TECHNICAL, true, N_("the structured remittance is longer than 140 letters") },
    { "CH16", REASON_TECHNICAL, true, N_("the content of an element is wrong") },
    { "CH17", REASON_TECHNICAL, true, N_("an element is not allowed") },
    { "CH19", REASON_TECHNICAL, false, N_("the day will be moved to the next business day") },
    { "CH20", REASON_TECHNICAL, true, N_("the decimals do not fit the currency") },
    { "CH21", REASON_TECHNICAL, true, N_("a mandatory element is missing") },
    { "CH22", REASON_TECHNICAL, true, N_("two kinds of debit stand in one message") },
    { "CHCO", REASON_TECHNICAL, false, N_("about a message of charges") },
    { "CHQC", REASON_TECHNICAL, true, N_("the cheque was settled already") },
    { "CHRG", REASON_TECHNICAL, false, N_("about who bears the charges") },
    { "CN01", REASON_TECHNICAL, true, N_("the authorisation was cancelled") },
    { "CNNS", REASON_TECHNICAL, true, N_("credit notes are not taken") },
    { "CNOR", REASON_DATA, true, N_("the payee's bank cannot be reached under its BIC") },
    { "CNPC", REASON_DATA, true, N_("the payee did not pick up the cash") },
    { "CURR", REASON_TECHNICAL, true, N_("the currency is not the right one") },
    { "CUST", REASON_TECHNICAL, true, N_("the payer asked to cancel") },
    { "DC02", REASON_TECHNICAL, true, N_("the covering payment did not come") },
    { "DC04", REASON_TECHNICAL, true, N_("the covering payment was returned") },
    { "DNOR", REASON_DATA, true, N_("the payer's bank cannot be reached under its BIC") },
    { "DS01", REASON_TECHNICAL, false, N_("the electronic signatures are right") },
    { "DS02", REASON_TECHNICAL, true, N_("an authorised user cancelled the order") },
    { "DS03", REASON_TECHNICAL, false, N_("a user tried to cancel and could not") },
    { "DS04", REASON_TECHNICAL, true, N_("the bank refused the order for its content") },
    { "DS05", REASON_TECHNICAL, false, N_("the order was right and goes on") },
    { "DS06", REASON_TECHNICAL, false, N_("the order waits for distributed signatures") },
    { "DS07", REASON_TECHNICAL, false, N_("the bank's server did all that was asked") },
    { "DS08", REASON_TECHNICAL, true, N_("the file could not be decompressed") },
    { "DS09", REASON_TECHNICAL, true, N_("the file could not be decrypted") },
    { "DS0A", REASON_TECHNICAL, true, N_("a signature of the data is needed") },
    { "DS0B", REASON_TECHNICAL, true, N_("the signature of the data is not valid") },
    { "DS0C", REASON_TECHNICAL, true, N_("the signer's certificate is revoked") },
    { "DS0D", REASON_TECHNICAL, true, N_("the signer's certificate is not valid") },
    { "DS0E", REASON_TECHNICAL, true, N_("the signer's certificate is missing") },
    { "DS0F", REASON_TECHNICAL, true, N_("the issuer of the signer's certificate is unknown") },
    { "DS0G", REASON_TECHNICAL, true, N_("the signer may not sign such an operation") },
    { "DS0H", REASON_TECHNICAL, true, N_("the signer may not sign for this account") },
    { "DS0K", REASON_TECHNICAL, true, N_("too many transactions for this signer") },
    { "DS10", REASON_TECHNICAL, true, N_("the first signer's certificate is revoked") },
    { "DS11", REASON_TECHNICAL, true, N_("the first signer's certificate is not valid") },
    { "DS12", REASON_TECHNICAL, true, N_("the first signer's certificate is missing") },
    { "DS13", REASON_TECHNICAL, true,
      N_("the issuer of the first signer's certificate is unknown") },
    { "DS14", REASON_TECHNICAL, true, N_("the server does not know the user") },
    { "DS15", REASON_TECHNICAL, true, N_("the same signature was sent before") },
    { "DS16", REASON_TECHNICAL, true, N_("the version of the public key is wrong") },
    { "DS17", REASON_TECHNICAL, true, N_("data and signatures do not fit together") },
    { "DS18", REASON_TECHNICAL, true, N_("the file cannot be checked: send it whole again") },
    { "DS19", REASON_TECHNICAL, true, N_("the user's rights to sign are not enough") },
    { "DS20", REASON_TECHNICAL, true, N_("the second signer's certificate is revoked") },
    { "DS21", REASON_TECHNICAL, true, N_("the second signer's certificate is not valid") },
    { "DS22", REASON_TECHNICAL, true, N_("the second signer's certificate is missing") },
    { "DS23", REASON_TECHNICAL, true,
      N_("the issuer of the second signer's certificate is unknown") },
    { "DS24", REASON_TECHNICAL, true, N_("the order stayed incomplete for too long") },
    { "DS25", REASON_TECHNICAL, true, N_("the bank's server deleted the order file") },
    { "DS26", REASON_TECHNICAL, true, N_("one user signed more than once") },
    { "DS27", REASON_TECHNICAL, true, N_("the user is not activated yet") },
    { "DS28", REASON_TECHNICAL, true, N_("sent to the wrong environment") },
    { "DT01", REASON_TECHNICAL, true, N_("a date is wrong or missing") },
    { "DT02", REASON_TECHNICAL, true, N_("the message's creation time is wrong") },
    { "DT03", REASON_TECHNICAL, true, N_("it is no banking day") },
    { "DT04", REASON_TECHNICAL, true, N_("a date ahead is not taken") },
    { "DT05", REASON_TECHNICAL, true, N_("it came after the agreed hour") },
    { "DT06", REASON_TECHNICAL, false, N_("the execution date was moved") },
    { "DU01", REASON_TECHNICAL, true, N_("the message's identifier was used before") },
    { "DU02", REASON_TECHNICAL, true, N_("the payment block's identifier was used before") },
    { "DU03", REASON_TECHNICAL, true, N_("the transaction was sent before") },
    { "DU04", REASON_TECHNICAL, true, N_("the EndToEndId was used before") },
    { "DU05", REASON_TECHNICAL, true, N_("the instruction's identifier was used before") },
    { "DUPL", REASON_TECHNICAL, true, N_("it is a duplicate of another payment") },
    { "ED01", REASON_TECHNICAL, true, N_("no correspondent bank can be used") },
    { "ED03", REASON_TECHNICAL, true, N_("statements for the balance of payments are asked for") },
    { "ED05", REASON_TECHNICAL, true, N_("the settlement failed") },
    { "ED06", REASON_TECHNICAL, true, N_("the settlement system cannot be reached") },
    { "EDNA", REASON_TECHNICAL, true, N_("the execution date is not accepted") },
    { "EDTL", REASON_TECHNICAL, true, N_("the request's expiry is too far ahead") },
    { "EDTR", REASON_TECHNICAL, true, N_("the request's expiry has passed") },
    { "EMVL", REASON_TECHNICAL, true, N_("a card payment by fraud") },
    { "EOL1", REASON_TECHNICAL, true, N_("the authorisation expired unused") },
    { "ERIN", REASON_TECHNICAL, true, N_("extended remittance information is not taken") },
    { "FF01", REASON_TECHNICAL, true, N_("the file's format is incomplete or wrong") },
    { "FF02", REASON_TECHNICAL, true, N_("the syntax is wrong, the text says where") },
    { "FF03", REASON_TECHNICAL, true, N_("the type of payment is wrong or missing") },
    { "FF04", REASON_TECHNICAL, true, N_("the service level is wrong or missing") },
    { "FF05", REASON_TECHNICAL, true, N_("the local instrument is wrong or missing") },
    { "FF06", REASON_TECHNICAL, true, N_("the category purpose is wrong or missing") },
    { "FF07", REASON_TECHNICAL, true, N_("the purpose is wrong or missing") },
    { "FF08", REASON_TECHNICAL, true, N_("the EndToEndId is wrong or missing") },
    { "FF09", REASON_TECHNICAL, true, N_("the cheque number is wrong or missing") },
    { "FF10", REASON_TECHNICAL, true, N_("the bank has a technical problem") },
    { "FF11", REASON_TECHNICAL, true, N_("the clearing request was stopped") },
    { "FF12", REASON_TECHNICAL, true, N_("the original payment cannot be returned as it stands") },
    { "FF13", REASON_TECHNICAL, true, N_("no request to cancel is known") },
    { "FOCR", REASON_DATA, true, N_("returned after a request to recall it") },
    { "FR01", REASON_DATA, true, N_("returned because of fraud") },
    { "FRAD", REASON_DATA, true, N_("recalled because of fraud") },
    { "FRTR", REASON_TECHNICAL, true, N_("the tracking ended with its mandate") },
    { "G000", REASON_TECHNICAL, false, N_("passed on to a bank that tracks it") },
    { "G001", REASON_TECHNICAL, false, N_("passed on to a bank that does not track it") },
    { "G002", REASON_TECHNICAL, false, N_("the credit may come later than today") },
    { "G003", REASON_TECHNICAL, false, N_("the credit waits for papers") },
    { "G004", REASON_TECHNICAL, false, N_("the credit waits for the funds") },
    { "G005", REASON_TECHNICAL, false, N_("delivered to the payee's bank, with tracking") },
    { "G006", REASON_TECHNICAL, false, N_("delivered to the payee's bank, without tracking") },
    { "ID01", REASON_TECHNICAL, true, N_("a signature came without its file") },
    { "IEDT", REASON_TECHNICAL, true, N_("the request's expiry is wrong") },
    { "INAR", REASON_TECHNICAL, true, N_("the payer's activation reference is not valid") },
    { "INDT", REASON_TECHNICAL, true, N_("details do not fit their field") },
    { "IPNS", REASON_TECHNICAL, true, N_("payment by instalments is not taken") },
    { "IRNR", REASON_TECHNICAL, true, N_("no request to pay had come") },
    { "ISWS", REASON_TECHNICAL, true, N_("cannot be planned for the night") },
    { "MD01", REASON_DATA, true, N_("there is no mandate") },
    { "MD02", REASON_DATA, true, N_("the mandate's details are missing") },
    { "MD05", REASON_DATA, true, N_("the debit should not have been collected") },
    { "MD06", REASON_DATA, true, N_("the other party asked for its money back") },
    { "MD07", REASON_DATA, true, N_("the payee has died") },
    { "MINF", REASON_TECHNICAL, true, N_("a field that must be filled is empty") },
    { "MS02", REASON_DATA, true, N_("the payee gave no reason") },
    { "MS03", REASON_DATA, true, N_("the bank gave no reason") },
    { "NARR", REASON_TECHNICAL, false, N_("the reason stands in the text") },
    { "NERI", REASON_TECHNICAL, true, N_("wrongly marked as extended remittance information") },
    { "NOAR", REASON_TECHNICAL, true, N_("no agreement to receive requests to pay") },
    { "NOAS", REASON_DATA, true, N_("the payee did not answer") },
    { "NOCM", REASON_DATA, true, N_("the account does not meet legal requirements") },
    { "NOFR", REASON_TECHNICAL, true, N_("a hold on the continuous processing") },
    { "NOOR", REASON_TECHNICAL, true, N_("the original transfer never came") },
    { "NOPG", REASON_TECHNICAL, true, N_("the guarantee asked for cannot be given") },
    { "NRCH", REASON_TECHNICAL, true, N_("the other side cannot be reached") },
    { "OSNS", REASON_TECHNICAL, true, N_("the optional service is not offered") },
    { "PINL", REASON_TECHNICAL, true, N_("a card payment by fraud, card lost or stolen") },
    { "PINS", REASON_TECHNICAL, true, N_("this type of payment is not supported") },
    { "RC01", REASON_DATA, true, N_("the BIC has a wrong form") },
    { "RC02", REASON_DATA, true, N_("the bank's identifier is wrong or missing") },
    { "RC03", REASON_DATA, true, N_("the identifier of the payer's bank is wrong or missing") },
    { "RC04", REASON_DATA, true, N_("the identifier of the payee's bank is wrong or missing") },
    { "RC05", REASON_DATA, true, N_("a BIC is wrong or missing") },
    { "RC06", REASON_TECHNICAL, true, N_("the BIC of the payer's bank is wrong or missing") },
    { "RC07", REASON_DATA, true, N_("the BIC of the payee's bank is wrong or missing") },
    { "RC08", REASON_DATA, true, N_("the clearing member's identifier is wrong or missing") },
    { "RC09", REASON_TECHNICAL, true, N_("the payer's clearing member is wrong or missing") },
    { "RC10", REASON_DATA, true, N_("the payee's clearing member is wrong or missing") },
    { "RC11", REASON_TECHNICAL, true, N_("the intermediary bank is wrong or missing") },
    { "RC12", REASON_DATA, true, N_("the creditor scheme's identifier is wrong or missing") },
    { "RC13", REASON_TECHNICAL, true, N_("the originator is not active any more") },
    { "RC15", REASON_TECHNICAL, true, N_("a settlement agreement is needed") },
    { "RC16", REASON_TECHNICAL, true, N_("the participant is blocked") },
    { "RCON", REASON_TECHNICAL, true, N_("in conflict with another return or recall") },
    { "RECI", REASON_DATA, true, N_("more is asked about the payee") },
    { "REPR", REASON_TECHNICAL, false, N_("the request to pay goes on") },
    { "RF01", REASON_TECHNICAL, true, N_("the reference stands twice in the message") },
    { "RQNR", REASON_TECHNICAL, true, N_("the payer does not know the request") },
    { "RR01", REASON_DATA, true, N_("the payer's account is asked for by regulation") },
    { "RR02", REASON_DATA, true, N_("the payer's name or address is asked for by regulation") },
    { "RR03", REASON_DATA, true, N_("the payee's name or address is asked for by regulation") },
    { "RR04", REASON_DATA, true, N_("for reasons of regulation") },
    { "RR05", REASON_TECHNICAL, true, N_("a statement to the authorities is missing") },
    { "RR06", REASON_TECHNICAL, true, N_("tax information is missing or wrong") },
    { "RR07", REASON_TECHNICAL, true, N_("the remittance does not follow the rules") },
    { "RR08", REASON_TECHNICAL, false, N_("the remittance text was cut") },
    { "RR09", REASON_TECHNICAL, true, N_("the structured reference is wrong or missing") },
    { "RR10", REASON_TECHNICAL, true, N_("letters that are not allowed") },
    { "RR11", REASON_TECHNICAL, true, N_("the identification of a bank's service is wrong") },
    { "RR12", REASON_DATA, true, N_("an identification asked for by a country is missing") },
    { "RTNS", REASON_TECHNICAL, true, N_("the payer does not take requests to pay") },
    { "RUTA", REASON_DATA, true, N_("returned after an inquiry without a remedy") },
    { "S000", REASON_TECHNICAL, false, N_("the request to cancel is known") },
    { "S001", REASON_TECHNICAL, false, N_("the reference is on the list of stops") },
    { "S002", REASON_TECHNICAL, false, N_("the stop was seen on the way") },
    { "S003", REASON_TECHNICAL, false, N_("the request to cancel was passed on") },
    { "S004", REASON_TECHNICAL, false, N_("the request to cancel was delivered") },
    { "SBRN", REASON_TECHNICAL, false, N_("a hold on the batch was lifted") },
    { "SL01", REASON_FUNDS, true, N_("a service of the payer's bank forbids it") },
    { "SL02", REASON_DATA, true, N_("a service of the payee's bank forbids it") },
    { "SL03", REASON_TECHNICAL, true, N_("a service of the clearing forbids it") },
    { "SL11", REASON_FUNDS, true, N_("the payee is not on the payer's list") },
    { "SL12", REASON_FUNDS, true, N_("the payee is barred by the payer") },
    { "SL13", REASON_FUNDS, true, N_("too many transactions in the period") },
    { "SL14", REASON_FUNDS, true, N_("above the largest sum of the period") },
    { "SL15", REASON_DATA, true, N_("too many credits for this account") },
    { "SL16", REASON_DATA, true, N_("above the largest credit for this account") },
    { "SL17", REASON_TECHNICAL, true, N_("not on the operator's list") },
    { "SL18", REASON_TECHNICAL, true, N_("barred by the operator") },
    { "SNRD", REASON_TECHNICAL, true, N_("the service was not rendered yet") },
    { "SP01", REASON_FUNDS, true, N_("stopped by the account's holder") },
    { "SP02", REASON_FUNDS, true, N_("stopped before by an advice") },
    { "SPII", REASON_TECHNICAL, true, N_("the service provider's identifier is wrong") },
    { "SVNR", REASON_TECHNICAL, true, N_("the service or cash was not rendered") },
    { "TA01", REASON_TECHNICAL, true, N_("the transmission had to be stopped") },
    { "TD01", REASON_TECHNICAL, false, N_("there is nothing to fetch") },
    { "TD02", REASON_TECHNICAL, true, N_("the file cannot be read") },
    { "TD03", REASON_TECHNICAL, true, N_("the file's format is not complete") },
    { "TK01", REASON_TECHNICAL, true, N_("the token is not valid") },
    { "TK02", REASON_TECHNICAL, true, N_("the sender's token does not exist") },
    { "TK03", REASON_TECHNICAL, true, N_("the receiver's token does not exist") },
    { "TK09", REASON_TECHNICAL, true, N_("the token asked for is missing") },
    { "TKCM", REASON_TECHNICAL, true, N_("the token belongs to another party") },
    { "TKSG", REASON_TECHNICAL, true, N_("the token was used before") },
    { "TKSP", REASON_TECHNICAL, true, N_("the token is suspended") },
    { "TKVE", REASON_TECHNICAL, true, N_("the token's limit is exceeded") },
    { "TKXP", REASON_TECHNICAL, true, N_("the token has expired") },
    { "TM01", REASON_TECHNICAL, true, N_("it came after the cut-off hour") },
    { "TRAC", REASON_TECHNICAL, true, N_("the debit left the tracking") },
    { "TS01", REASON_TECHNICAL, false, N_("the transmission succeeded") },
    { "TS04", REASON_TECHNICAL, false, N_("the order waits for a note signed by hand") },
    { "UCRD", REASON_DATA, true, N_("the payee is not known") },
    { "UPAY", REASON_DATA, true, N_("the payment is not justified") },
};

const struct status_code *status_code_find(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++)
        if (!strcmp(STATUSES[i].code, code))
            return &STATUSES[i];
    return NULL;
}

const struct reason_code *reason_code_find(const char *code)
{
    size_t low = 0, high = ARRAY_LEN(REASONS);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(REASONS[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ARRAY_LEN(REASONS) && !strcmp(REASONS[low].code, code) ? &REASONS[low] : NULL;
}

enum reason_class reason_codes_class(const char *codes)
{
    CLEANUP(mem_freep) char *copy = mem_strdup(codes);
    enum reason_class gravest = REASON_TECHNICAL;
    bool blocks = false;
    char *rest = NULL;

    for (char *code = strtok_r(copy, " ", &rest); code; code = strtok_r(NULL, " ", &rest)) {
        const struct reason_code *known = reason_code_find(code);

        if (status_code_find(code) || (known && !known->blocks))
            continue; /* it gives no reason */
        blocks = true;
        if (!known)
            return REASON_DATA;
        gravest = known->class > gravest ? known->class : gravest;
    }
    return blocks ? gravest : REASON_DATA;
}

bool reason_lines_speak_of_account(const char *lines)
{
    CLEANUP(mem_freep) char *copy = mem_strdup(lines);
    char *rest = NULL;

    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (reason_codes_class(line) == REASON_DATA)
            return true;
    return false;
}

static bool is_one_of(const char *code, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(code, codes[i]))
            return true;
    return false;
}

bool status_contradicts(enum status_level settled, enum status_level refused)
{
    return settled != LEVEL_NONE && settled >= refused;
}

bool reason_codes_say_copy(const char *codes)
{
    static const char *const copies[] = { "AM05", "DUPL", "DU01", "DU02", "DU03", "DU04", "DU05" };
    CLEANUP(mem_freep) char *copy = mem_strdup(codes);
    char *rest = NULL;

    for (char *code = strtok_r(copy, " ", &rest); code; code = strtok_r(NULL, " ", &rest))
        if (is_one_of(code, copies, ARRAY_LEN(copies)))
            return true;
    return false;
}

bool status_answers_recall(const char *code)
{
    static const char *const answers[] = { RECALL_ANSWERS };

    return is_one_of(code, answers, ARRAY_LEN(answers));
}

const char *recall_reason_what(const char *reason)
{
    static const struct {
        const char *code, *what;
    } reasons[] = {
        { "AC04", N_("the payee's account is closed") },
        { "AGNT", N_("the payee's bank decides so") },
        { "AM04", N_("there is not enough money on the payee's account") },
        { "ARDT", N_("it was returned already") },
        { "CUST", N_("the payee does not agree") },
        { "INDM", N_("an indemnity is asked for first") },
        { "LEGL", N_("the law forbids it") },
        { "NOAS", N_("the payee did not answer") },
        { "NOOR", N_("the payee's bank never had it") },
        { "PTNA", N_("it went on to the next bank already") },
        { "RQDA", N_("the payee must allow a debit first") },
    };

    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (!strcmp(reason, reasons[i].code))
            return reasons[i].what;
    return NULL;
}

void status_codes_each(void (*each)(const struct status_code *, void *), void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(STATUSES); i++)
        each(&STATUSES[i], arg);
}

void reason_codes_each(void (*each)(const struct reason_code *, void *), void *arg)
{
    for (size_t i = 0; i < ARRAY_LEN(REASONS); i++)
        each(&REASONS[i], arg);
}
