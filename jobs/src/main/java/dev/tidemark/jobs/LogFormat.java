package dev.tidemark.jobs;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.TypeConversionException;

/** In which form a command tells on stderr what goes on. */
enum LogFormat {
  /** Lines for people. */
  TEXT,
  /** One JSON object a line. */
  JSON;

  static final String OPTION = "--log-format";
  static final String VARIABLE = "TIDEMARK_LOG_FORMAT";

  /** For picocli. */
  static LogFormat parse(String text) {
    for (LogFormat format : values()) {
      if (format.toString().equals(text)) {
        return format;
      }
    }
    throw new TypeConversionException("the formats are text and json, not `%s`".formatted(text));
  }

  /**
   * The format that arguments ask for, or else the environment. It must be known before arguments
   * are understood, so that what is wrong with them is told in it.
   *
   * @throws RefusedException if the environment's variable names none; arguments that do are
   *     refused when they are parsed
   */
  static LogFormat of(List<String> arguments, Map<String, String> environment) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.startsWith(OPTION + "=")) {
        return known(argument.substring(OPTION.length() + 1));
      }
      if (argument.equals(OPTION) && i + 1 < arguments.size()) {
        return known(arguments.get(i + 1));
      }
    }
    String variable = environment.getOrDefault(VARIABLE, "");
    try {
      return variable.isEmpty() ? TEXT : parse(variable);
    } catch (TypeConversionException e) {
      throw new RefusedException(
          Status.REFUSED, "%s is `%s`; it may be text or json".formatted(VARIABLE, variable));
    }
  }

  private static LogFormat known(String text) {
    return text.equals(JSON.toString()) ? JSON : TEXT;
  }

  /** As it is typed. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
