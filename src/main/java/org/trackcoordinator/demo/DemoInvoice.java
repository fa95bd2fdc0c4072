package org.trackcoordinator.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.trackcoordinator.tracks.EInvoice;

/**
 * One of the invoices that the demo's suppliers send.
 *
 * @param file the name of its XML file, without extension
 * @param xml UBL 2.1, as Japanese businesses exchange it
 * @param fields what it says, named as the track file-management names it
 */
record DemoInvoice(String file, byte[] xml, Map<String, Object> fields) {

  private static final List<String> FILES =
      List.of(
          "01-aozora-shoji",
          "02-yamada-insatsu",
          "03-midori-noen",
          "04-maruya-super",
          "05-suzuki-zeirishi",
          "06-minato-denryoku",
          "07-kamome-unyu",
          "08-harbor-view",
          "09-blue-pine-software",
          "10-mueller-soehne",
          "11-aozora-shoji",
          "12-sakura-lease",
          "13-hokkai-uminosachi",
          "14-kaikei-kenkyukai");

  /** All of them, by date. */
  static List<DemoInvoice> all() {
    return FILES.stream().map(DemoInvoice::read).toList();
  }

  String text(String field) {
    return String.valueOf(fields.get(field));
  }

  private static DemoInvoice read(String file) {
    try (var stream = DemoInvoice.class.getResourceAsStream("/demo/invoices/" + file + ".xml")) {
      var xml = stream.readAllBytes();
      var reader = new EInvoice();
      return new DemoInvoice(
          file, xml, reader.only(List.of(reader.read(xml, Map.of("name", file))), Map.of()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
