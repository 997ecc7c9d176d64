package dev.tidemark.pit;

import java.util.Optional;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;

/**
 * Errors in the data, found by an expression while a job runs. The text is marked, so that whoever
 * runs the job can tell it from Spark's own errors and show it alone.
 */
public final class DataErrors {
  private static final String OPEN = "<tidemark:data>";
  private static final String CLOSE = "</tidemark:data>";

  private DataErrors() {}

  /**
   * An expression that fails the job when a row reaches it.
   *
   * @param type of the value that it stands in for
   * @param parts concatenated to what is wrong, where, and what to do; a null part reads {@code
   *     null}
   */
  public static Column raise(DataType type, Column... parts) {
    Column[] texts = new Column[parts.length + 2];
    texts[0] = functions.lit(OPEN);
    for (int i = 0; i < parts.length; i++) {
      texts[i + 1] = functions.coalesce(parts[i].cast("string"), functions.lit("null"));
    }
    texts[parts.length + 1] = functions.lit(CLOSE);
    return functions.raise_error(functions.concat(texts)).cast(type);
  }

  /** The text that {@link #raise} was given, if this failure or one of its causes comes from it. */
  public static Optional<String> messageOf(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < 100; depth++) {
      // An analyzer's error quotes the plan, and with it every text that might be raised.
      String message = cause instanceof AnalysisException ? "" : String.valueOf(cause.getMessage());
      int start = message.indexOf(OPEN);
      int end = message.indexOf(CLOSE, Math.max(start, 0));
      if (start >= 0 && end >= 0) {
        return Optional.of(message.substring(start + OPEN.length(), end));
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }
}
