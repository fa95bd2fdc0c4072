package org.trackcoordinator.condition;

import java.math.BigDecimal;
import org.apache.camel.Exchange;
import org.apache.camel.NoTypeConversionAvailableException;
import org.apache.camel.TypeConverter;

/**
 * Converts as Camel does, but loses no digit of a number where Camel tries whether it can convert.
 * To compare two values it tries whole numbers first, and always can: 1000.50 is not more than 1000
 * then. Where this refuses, Camel goes on to the next type, and ends at BigDecimal.
 */
final class ExactNumbers implements TypeConverter {

  private final TypeConverter converter;

  ExactNumbers(TypeConverter converter) {
    this.converter = converter;
  }

  @Override
  public <T> T tryConvertTo(Class<T> type, Exchange exchange, Object value) {
    boolean exact = type == Integer.class || type == Long.class || type == Double.class;
    if (type == BigDecimal.class && (value instanceof Number || value instanceof String)) {
      return type.cast(decimal(value));
    } else if (exact && value instanceof Number number) {
      return type.cast(exact(type, decimal(number)));
    }
    return converter.tryConvertTo(type, exchange, value);
  }

  /** Null if it is no finite number. */
  private static BigDecimal decimal(Object value) {
    try {
      return value instanceof BigDecimal decimal ? decimal : new BigDecimal(value.toString());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Null if the type has no such number. */
  private static Number exact(Class<?> type, BigDecimal number) {
    try {
      if (number == null) {
        return null;
      } else if (type == Integer.class) {
        return number.intValueExact();
      } else if (type == Long.class) {
        return number.longValueExact();
      }
      double value = number.doubleValue();
      boolean same = !Double.isInfinite(value) && BigDecimal.valueOf(value).compareTo(number) == 0;
      return same ? value : null;
    } catch (ArithmeticException e) {
      return null;
    }
  }

  @Override
  public <T> T tryConvertTo(Class<T> type, Object value) {
    return tryConvertTo(type, null, value);
  }

  @Override
  public boolean allowNull() {
    return converter.allowNull();
  }

  @Override
  public <T> T convertTo(Class<T> type, Object value) {
    return converter.convertTo(type, value);
  }

  @Override
  public <T> T convertTo(Class<T> type, Exchange exchange, Object value) {
    return converter.convertTo(type, exchange, value);
  }

  @Override
  public <T> T mandatoryConvertTo(Class<T> type, Object value)
      throws NoTypeConversionAvailableException {
    return converter.mandatoryConvertTo(type, value);
  }

  @Override
  public <T> T mandatoryConvertTo(Class<T> type, Exchange exchange, Object value)
      throws NoTypeConversionAvailableException {
    return converter.mandatoryConvertTo(type, exchange, value);
  }
}
