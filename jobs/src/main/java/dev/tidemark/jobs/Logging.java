package dev.tidemark.jobs;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.AppenderRef;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;

/**
 * How much Spark says, and in which form. How much is to be told before Spark's classes are there,
 * which is why the launcher's {@code log4j2.properties} reads it from system properties.
 */
final class Logging {
  private Logging() {}

  static void configure(boolean debug) {
    if (debug) {
      System.setProperty("tidemark.log.level", "info");
      System.setProperty("tidemark.log.failures", "error");
      System.setProperty("tidemark.log.stack", "full");
    }
    // Spark's own bar knows nothing of what is printed beside it.
    System.setProperty("spark.ui.showConsoleProgress", "false");
  }

  /**
   * From now on all that this process logs or prints on a console comes as the console's own
   * objects. What is logged, and what else goes to files, stays as the launcher's or the cluster's
   * settings say.
   */
  static void takeOver(Console console, boolean debug) {
    System.setOut(new PrintStream(new Lines(console, "stdout"), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Lines(console, "stderr"), true, StandardCharsets.UTF_8));
    LoggerContext context = (LoggerContext) LogManager.getContext(false);
    ToConsole appender = new ToConsole(console, debug);
    appender.start();
    replace(context, appender);
    // Spark brings its own settings when it starts, where there are no others.
    context.addPropertyChangeListener(
        changed -> {
          if (LoggerContext.PROPERTY_CONFIG.equals(changed.getPropertyName())) {
            replace(context, appender);
          }
        });
  }

  private static void replace(LoggerContext context, ToConsole appender) {
    Configuration configuration = context.getConfiguration();
    boolean replaced = replace(configuration.getRootLogger(), appender);
    for (LoggerConfig logger : configuration.getLoggers().values()) {
      replaced |= replace(logger, appender);
    }
    // That is told as a change of settings too.
    if (replaced) {
      context.updateLoggers();
    }
  }

  private static boolean replace(LoggerConfig logger, ToConsole appender) {
    boolean replaced = false;
    for (AppenderRef reference : logger.getAppenderRefs()) {
      Appender before = logger.getAppenders().get(reference.getRef());
      if (before instanceof ConsoleAppender) {
        logger.removeAppender(reference.getRef());
        logger.addAppender(appender, reference.getLevel(), reference.getFilter());
        replaced = true;
      }
    }
    return replaced;
  }

  private static final class ToConsole extends AbstractAppender {
    private final Console console;
    private final boolean whole;

    ToConsole(Console console, boolean whole) {
      super("tidemark", null, null, false, Property.EMPTY_ARRAY);
      this.console = console;
      this.whole = whole;
    }

    @Override
    public void append(LogEvent event) {
      console.log(
          event.getLevel().name(),
          event.getLoggerName(),
          event.getMessage().getFormattedMessage(),
          event.getThrown(),
          whole);
    }
  }

  /** Makes lines of what is printed. */
  private static final class Lines extends OutputStream {
    private final Console console;
    private final String stream;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    Lines(Console console, String stream) {
      this.console = console;
      this.stream = stream;
    }

    @Override
    public synchronized void write(int written) {
      if (written != '\n') {
        line.write(written);
        return;
      }
      String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
      line.reset();
      if (!text.isEmpty()) {
        console.printed(stream, text);
      }
    }
  }
}
