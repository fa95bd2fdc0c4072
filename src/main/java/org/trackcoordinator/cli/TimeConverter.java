package org.trackcoordinator.cli;

import java.time.Duration;
import org.trackcoordinator.config.Durations;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 7d}, {@code 12h}, {@code PT12H}. */
final class TimeConverter implements ITypeConverter<Duration> {

  @Override
  public Duration convert(String text) {
    return Durations.parse(text)
        .orElseThrow(
            () -> new TypeConversionException("'" + text + "' is not a time such as 7d or 12h"));
  }
}
