package dev.tidemark.store;

import dev.tidemark.plan.NullEvidence;
import dev.tidemark.plan.NullReason;
import java.io.Serializable;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.Tuple2;

/**
 * What some rows are, in a few numbers: how many, a hash of their content, and the nulls of each
 * column. One pass over the rows; nothing but the numbers leaves the executors.
 *
 * <p>The content hash is the sum, modulo 2^256, of the SHA-256 of every row ({@link CanonicalRow}).
 * A sum, so that no order and no partitioning changes it, and so that two equal rows count twice
 * rather than cancel each other. It tells whether two sets of rows are the same; it is no defence
 * against someone who makes rows to deceive it.
 *
 * @param rows how many
 * @param contentHash such as {@code sum-sha256-1:} and 64 hexadecimal digits
 * @param columns those that count, in order
 */
public record RowsSummary(long rows, String contentHash, List<ColumnNulls> columns) {
  /** The scheme of the hash; another canonical form has another number. */
  static final String SCHEME = "sum-sha256-1:";

  private static final List<NullReason> REASONS = List.of(NullReason.values());

  /**
   * A column's nulls.
   *
   * @param type in Spark SQL
   * @param reasons how many nulls have which reason; empty where no evidence was given
   */
  public record ColumnNulls(String name, String type, long nulls, Map<NullReason, Long> reasons) {}

  public RowsSummary {
    columns = List.copyOf(columns);
  }

  /**
   * Reads all rows once.
   *
   * @param evidence why features are null; its columns are read but are not part of the content
   */
  public static RowsSummary of(Dataset<Row> rows, List<NullEvidence> evidence) {
    Pass pass = new Pass(rows.schema(), evidence, null);
    Sums total = run(rows, pass).getOrDefault(Pass.ALL, pass.nothing());
    return summary(rows.schema(), pass, total, evidence);
  }

  /**
   * Reads all rows once.
   *
   * @param time a {@code timestamp} column without nulls, of few different values
   * @return of the rows of each time
   */
  public static SortedMap<Instant, RowsSummary> byTime(
      Dataset<Row> rows, List<NullEvidence> evidence, String time) {
    Pass pass = new Pass(rows.schema(), evidence, time);
    SortedMap<Instant, RowsSummary> summaries = new TreeMap<>();
    run(rows, pass)
        .forEach(
            (micros, sums) ->
                summaries.put(
                    Instant.EPOCH.plus(micros, ChronoUnit.MICROS),
                    summary(rows.schema(), pass, sums, evidence)));
    return summaries;
  }

  /** Of no rows of such columns. */
  public static RowsSummary ofNothing(StructType schema, List<NullEvidence> evidence) {
    Pass pass = new Pass(schema, evidence, null);
    return summary(schema, pass, pass.nothing(), evidence);
  }

  private static Map<Long, Sums> run(Dataset<Row> rows, Pass pass) {
    QueryExecution execution = ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution();
    return SQLExecution.withNewExecutionId(
        execution,
        Option.apply("summary"),
        () -> {
          JavaRDD<InternalRow> all = execution.toRdd().toJavaRDD();
          return all.mapPartitionsToPair(pass::over).reduceByKey(Sums::plus).collectAsMap();
        });
  }

  private static RowsSummary summary(
      StructType schema, Pass pass, Sums sums, List<NullEvidence> evidence) {
    List<ColumnNulls> columns = new ArrayList<>();
    for (int i = 0; i < pass.columns.length; i++) {
      var field = schema.fields()[pass.columns[i]];
      Map<NullReason, Long> reasons = new LinkedHashMap<>();
      for (int e = 0; e < evidence.size(); e++) {
        if (evidence.get(e).feature().equals(field.name())) {
          for (NullReason reason : REASONS) {
            reasons.put(reason, sums.reasons[e * REASONS.size() + REASONS.indexOf(reason)]);
          }
        }
      }
      columns.add(
          new ColumnNulls(
              field.name(), field.dataType().asNullable().sql(), sums.nulls[i], reasons));
    }
    return new RowsSummary(sums.rows, SCHEME + sums.hex(), columns);
  }

  /** What is added up over rows. */
  private static final class Sums implements Serializable {
    private static final long serialVersionUID = 1L;

    private long rows;
    private final long[] hash = new long[4];
    private final long[] nulls;
    private final long[] reasons;

    Sums(int columns, int evidence) {
      nulls = new long[columns];
      reasons = new long[evidence * REASONS.size()];
    }

    /** Adds a hash of 32 bytes, the most significant first, modulo 2^256. */
    void add(byte[] sha) {
      long carry = 0;
      for (int limb = 3; limb >= 0; limb--) {
        long other = 0;
        for (int i = 0; i < 8; i++) {
          other = other << 8 | (sha[limb * 8 + i] & 0xff);
        }
        carry = addTo(limb, other, carry);
      }
    }

    private long addTo(int limb, long other, long carry) {
      long half = hash[limb] + other;
      long carried = Long.compareUnsigned(half, other) < 0 ? 1 : 0;
      hash[limb] = half + carry;
      return carried | (Long.compareUnsigned(hash[limb], carry) < 0 ? 1 : 0);
    }

    static Sums plus(Sums a, Sums b) {
      Sums sum = new Sums(a.nulls.length, a.reasons.length / REASONS.size());
      sum.take(a);
      sum.take(b);
      return sum;
    }

    private void take(Sums other) {
      rows += other.rows;
      long carry = 0;
      for (int limb = 3; limb >= 0; limb--) {
        carry = addTo(limb, other.hash[limb], carry);
      }
      Arrays.setAll(nulls, i -> nulls[i] + other.nulls[i]);
      Arrays.setAll(reasons, i -> reasons[i] + other.reasons[i]);
    }

    String hex() {
      BigInteger value = BigInteger.ZERO;
      for (long limb : hash) {
        value = value.shiftLeft(64).or(new BigInteger(Long.toUnsignedString(limb)));
      }
      return "%064x".formatted(value);
    }
  }

  /** What a task does with its rows. */
  private static final class Pass implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The group of all rows where they are not told apart by time. */
    static final long ALL = 0;

    private final CanonicalRow form;
    private final int[] columns;
    private final int time;
    private final int[] features;
    private final int[] bits;
    private final NullEvidence[] evidence;

    Pass(StructType schema, List<NullEvidence> evidence, @Nullable String time) {
      List<String> names = List.of(schema.fieldNames());
      List<String> hidden = evidence.stream().map(NullEvidence::evidence).distinct().toList();
      this.columns =
          IntStream.range(0, names.size()).filter(i -> !hidden.contains(names.get(i))).toArray();
      this.form = new CanonicalRow(schema, columns);
      this.time = time == null ? -1 : schema.fieldIndex(time);
      this.features = evidence.stream().mapToInt(e -> schema.fieldIndex(e.feature())).toArray();
      this.bits = evidence.stream().mapToInt(e -> schema.fieldIndex(e.evidence())).toArray();
      this.evidence = evidence.toArray(NullEvidence[]::new);
    }

    Sums nothing() {
      return new Sums(columns.length, evidence.length);
    }

    Iterator<Tuple2<Long, Sums>> over(Iterator<InternalRow> rows) throws NoSuchAlgorithmException {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      CanonicalRow.Bytes buffer = new CanonicalRow.Bytes();
      Map<Long, Sums> groups = new LinkedHashMap<>();
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        long group = time < 0 ? ALL : row.getLong(time);
        Sums sums = groups.computeIfAbsent(group, g -> nothing());
        sums.rows++;
        sha.update(form.of(row, buffer));
        sums.add(sha.digest());
        count(row, sums);
      }
      return groups.entrySet().stream()
          .map(group -> new Tuple2<>(group.getKey(), group.getValue()))
          .iterator();
    }

    private void count(InternalRow row, Sums sums) {
      for (int i = 0; i < columns.length; i++) {
        if (row.isNullAt(columns[i])) {
          sums.nulls[i]++;
        }
      }
      for (int i = 0; i < features.length; i++) {
        if (row.isNullAt(features[i])) {
          NullReason reason = evidence[i].reason(row.getLong(bits[i]));
          sums.reasons[i * REASONS.size() + REASONS.indexOf(reason)]++;
        }
      }
    }
  }
}
