package org.trackcoordinator.demo;

import jakarta.activation.DataHandler;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimeUtility;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.UnsupportedEncodingException;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Properties;

/** Writes the mails that lie in the demo's mailbox. */
final class DemoMails {

  /** The type that a supplier's mail program gives to XML differs. */
  private static final List<String> XML_TYPES =
      List.of("application/xml", "text/xml; charset=UTF-8", "application/octet-stream");

  private static final Session SESSION = Session.getInstance(new Properties());

  private DemoMails() {}

  /**
   * The mails in the order in which they arrive: one for each invoice with a PDF and the e-invoice,
   * the third of them delivered twice, and one whose invoice is only a scan.
   */
  static List<MimeMessage> all() throws MessagingException {
    var mails = new ArrayList<MimeMessage>();
    var invoices = DemoInvoice.all();
    for (int i = 0; i < invoices.size(); i++) {
      mails.add(invoiceMail(invoices.get(i), XML_TYPES.get(i % XML_TYPES.size())));
    }
    mails.add(5, new MimeMessage(mails.get(2)));
    mails.add(9, scanOnly(invoices.get(1)));
    return mails;
  }

  private static MimeMessage invoiceMail(DemoInvoice invoice, String xmlType)
      throws MessagingException {
    var supplier = invoice.text("supplier");
    var number = invoice.text("invoiceNumber");
    var text =
        "株式会社サンプル商会 経理部御中\n\nいつもお世話になっております。%s です。\n請求書 %s をお送りします。ご確認ください。\n"
            .formatted(supplier, number);
    var mail =
        mail(
            supplier,
            invoice.file(),
            invoice.text("issueDate"),
            "請求書 " + number + " のご送付（" + supplier + "）");
    mail.setContent(
        new MimeMultipart(
            body(text),
            attachment(
                "請求書_" + number + ".pdf", "application/pdf", InvoicePdf.of(invoice.fields())),
            attachment("invoice_" + number + ".xml", xmlType, invoice.xml())));
    mail.saveChanges();
    mail.setHeader("Message-ID", "<" + invoice.file() + "@mail.example>");
    return mail;
  }

  /** As small suppliers do: a scanned page, with nothing in it that a program could read. */
  private static MimeMessage scanOnly(DemoInvoice looksLike) throws MessagingException {
    var mail = mail("たなか畳店", "tanaka-tatami", "2026-10-19", "10月分の請求書です");
    mail.setContent(
        new MimeMultipart(
            body("お世話になります。請求書をスキャンしましたので送ります。\nたなか\n"),
            attachment(
                "スキャン_20261019.pdf",
                "application/pdf",
                InvoicePdf.of(new java.util.HashMap<>(looksLike.fields())))));
    mail.saveChanges();
    mail.setHeader("Message-ID", "<scan-20261019@tanaka-tatami.example>");
    return mail;
  }

  private static MimeMessage mail(String sender, String mailbox, String date, String subject)
      throws MessagingException {
    try {
      var mail = new MimeMessage(SESSION);
      mail.setFrom(new InternetAddress(mailbox + "@mail.example", sender, "UTF-8"));
      mail.setRecipients(Message.RecipientType.TO, "invoice@sample-shokai.example");
      mail.setSubject(subject, "UTF-8");
      mail.setSentDate(
          Date.from(
              LocalDate.parse(date).atTime(10, 30).atZone(ZoneId.of("Asia/Tokyo")).toInstant()));
      return mail;
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static MimeBodyPart body(String text) throws MessagingException {
    var part = new MimeBodyPart();
    part.setText(text, "UTF-8");
    return part;
  }

  private static MimeBodyPart attachment(String name, String type, byte[] content)
      throws MessagingException {
    try {
      var part = new MimeBodyPart();
      part.setDataHandler(new DataHandler(new ByteArrayDataSource(content, type)));
      part.setFileName(MimeUtility.encodeText(name, "UTF-8", "B"));
      part.setDisposition(MimeBodyPart.ATTACHMENT);
      part.setHeader("Content-Transfer-Encoding", "base64");
      return part;
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException(e);
    }
  }
}
