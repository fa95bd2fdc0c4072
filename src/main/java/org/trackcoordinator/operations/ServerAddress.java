package org.trackcoordinator.operations;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the REST interface of a running coordinator is.
 *
 * @param base the address of its {@code /api}, without a slash at the end
 */
public record ServerAddress(URI base) {

  private static final String API = "/api";
  private static final Pattern IN_PATH = Pattern.compile("\\{([^/}]+)}");

  /**
   * Reads an address, with or without {@code /api} at its end.
   *
   * @throws IllegalArgumentException saying what is allowed; it shows no password
   */
  public static ServerAddress parse(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("it is no URL, such as http://127.0.0.1:8080", e);
    }
    if (uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "it names a user; a token comes from TRACKS_API_TOKEN or --token-file");
    }
    if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
      throw new IllegalArgumentException(
          "'%s' is no address of a server, such as http://127.0.0.1:8080".formatted(text));
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "'%s' goes on after the path; give the address alone".formatted(text));
    }
    String path = uri.getRawPath().replaceFirst("/+$", "");
    String base =
        "%s://%s%s"
            .formatted(
                uri.getScheme(), uri.getRawAuthority(), path.endsWith(API) ? path : path + API);
    return new ServerAddress(URI.create(base));
  }

  /**
   * The address of an operation.
   *
   * @param values what stands for the names in braces of its path, in their order
   * @param query of a question: names and values in turn
   */
  URI of(Operation operation, List<String> values, List<String> query) {
    Matcher names = IN_PATH.matcher(operation.path());
    StringBuilder address = new StringBuilder(base.toString());
    int end = 0;
    int value = 0;
    while (names.find()) {
      address.append(operation.path(), end, names.start()).append(encoded(values.get(value++)));
      end = names.end();
    }
    address.append(operation.path().substring(end));
    for (int i = 0; i < query.size(); i += 2) {
      address.append(i == 0 ? '?' : '&').append(query.get(i));
      address.append('=').append(encoded(query.get(i + 1)));
    }
    return URI.create(address.toString());
  }

  /** The keys of the argument that stand in the path of an operation, in their order. */
  static List<String> inPath(Operation operation) {
    List<String> names = new ArrayList<>();
    Matcher matcher = IN_PATH.matcher(operation.path());
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /** As people know it. */
  @Override
  public String toString() {
    String text = base.toString();
    return text.substring(0, text.length() - API.length());
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
