package org.trackcoordinator.demo;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Draws an invoice as a PDF page of A4.
 *
 * <p>Japanese text uses a font that every PDF reader supplies for Japanese (not embedded), so a
 * file stays at two kilobytes and the demo needs no PDF library.
 */
final class InvoicePdf {

  private static final int LEFT = 56;
  private static final int RIGHT = 539;

  private final StringBuilder page = new StringBuilder();

  private InvoicePdf() {}

  /**
   * Draws an invoice.
   *
   * @param invoice its fields, as the track file-management names them
   * @return a PDF 1.4 file
   */
  static byte[] of(Map<String, Object> invoice) {
    var pdf = new InvoicePdf();
    pdf.draw(invoice);
    return pdf.file();
  }

  private void draw(Map<String, Object> invoice) {
    var currency = invoice.get("currency");
    text(LEFT, 770, 22, "請 求 書");
    right(780, 10, "No. " + invoice.get("invoiceNumber"));
    right(764, 10, "発行日 " + invoice.get("issueDate"));
    right(748, 10, "お支払期限 " + invoice.get("dueDate"));
    text(LEFT, 716, 12, "株式会社サンプル商会 御中");
    right(716, 12, String.valueOf(invoice.get("supplier")));
    var registration = invoice.get("supplierRegistrationNumber");
    right(700, 9, registration == null ? "（適格請求書発行事業者の登録なし）" : "登録番号 " + registration);
    text(LEFT, 672, 14, "ご請求金額  " + invoice.get("payableAmount") + " " + currency);
    line(664);
    var y = 640;
    text(LEFT, y, 9, "品名");
    textEndingAt(430, y, 9, "数量");
    right(y, 9, "金額 (" + currency + ")");
    line(y - 6);
    for (var line : rows(invoice, "lines")) {
      y -= 18;
      text(LEFT, y, 10, String.valueOf(line.get("description")));
      textEndingAt(430, y, 10, String.valueOf(line.get("quantity")));
      right(y, 10, String.valueOf(line.get("amount")));
    }
    line(y - 8);
    for (var tax : rows(invoice, "taxes")) {
      y -= 22;
      right(
          y,
          10,
          "%s %% 対象 %s  消費税 %s"
              .formatted(tax.get("rate"), tax.get("taxableAmount"), tax.get("taxAmount")));
    }
    right(y - 24, 12, "合計 " + invoice.get("taxInclusiveAmount") + " " + currency);
    var rate = String.valueOf(invoice.get("exchangeRateToJpy"));
    if (!rate.equals("1")) {
      right(y - 44, 9, "適用為替レート 1 " + currency + " = " + rate + " JPY");
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows(Map<String, Object> invoice, String field) {
    return (List<Map<String, Object>>) invoice.get(field);
  }

  private void text(int x, int y, int size, String text) {
    page.append("BT /F1 ")
        .append(size)
        .append(" Tf ")
        .append(x)
        .append(' ')
        .append(y)
        .append(" Td <");
    for (var unit : text.getBytes(StandardCharsets.UTF_16BE)) {
      page.append("%02X".formatted(unit));
    }
    page.append("> Tj ET\n");
  }

  private void right(int y, int size, String text) {
    textEndingAt(RIGHT, y, size, text);
  }

  private void textEndingAt(int x, int y, int size, String text) {
    // Latin characters are half as wide as Japanese ones: see /W of the font
    var halves = text.chars().map(c -> c < 0x250 ? 1 : 2).sum();
    text(x - halves * size / 2, y, size, text);
  }

  private void line(int y) {
    page.append(LEFT)
        .append(' ')
        .append(y)
        .append(" m ")
        .append(RIGHT)
        .append(' ')
        .append(y)
        .append(" l 0.5 w S\n");
  }

  private byte[] file() {
    var objects =
        List.of(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            "<< /Length " + page.length() + " >>\nstream\n" + page + "endstream",
            "<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5-UniJIS-UCS2-H /Encoding /UniJIS-UCS2-H"
                + " /DescendantFonts [6 0 R] >>",
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /DW 1000 /W [1 632 500] /FontDescriptor 7 0 R"
                + " /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>",
            "<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [-92 -250 1010 922] /ItalicAngle 0"
                + " /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >>");
    var out = new ByteArrayOutputStream();
    var offsets = new ArrayList<Integer>();
    write(out, "%PDF-1.4\n");
    for (int i = 0; i < objects.size(); i++) {
      offsets.add(out.size());
      write(out, (i + 1) + " 0 obj\n" + objects.get(i) + "\nendobj\n");
    }
    var xref = out.size();
    write(out, "xref\n0 " + (objects.size() + 1) + "\n0000000000 65535 f \n");
    offsets.forEach(offset -> write(out, "%010d 00000 n \n".formatted(offset)));
    write(
        out,
        "trailer\n<< /Size "
            + (objects.size() + 1)
            + " /Root 1 0 R >>\nstartxref\n"
            + xref
            + "\n%%EOF\n");
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, String ascii) {
    out.writeBytes(ascii.getBytes(StandardCharsets.US_ASCII));
  }
}
