package dev.tidemark.store;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdatePartitionSpec;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Term;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * How the Iceberg table of a view is partitioned: by its time, and by its first key where a day
 * does not fit in a file.
 *
 * <p>The unit of time is the longest whose rows fit in one file, so that a table of few rows is not
 * made of a file a day. Days are hashed into as many buckets as they need files anyway.
 *
 * @param buckets of the first key; 1: none
 */
record Layout(Unit unit, int buckets) {
  /** The Spark setting that says how many rows fit in a file. */
  static final String ROWS_OF_A_FILE = "spark.tidemark.rows-of-a-file";

  private static final String DEFAULT_ROWS = "4000000";
  private static final int MOST_BUCKETS = 512;

  /** Those of which Iceberg has a bucket transform. */
  private static final Set<Type.TypeID> BUCKETED =
      Set.of(
          Type.TypeID.INTEGER,
          Type.TypeID.LONG,
          Type.TypeID.STRING,
          Type.TypeID.DECIMAL,
          Type.TypeID.DATE,
          Type.TypeID.TIMESTAMP,
          Type.TypeID.BINARY);

  /** A unit of partitioning, the shortest first. */
  enum Unit {
    DAY(1),
    MONTH(31),
    YEAR(366);

    private final int days;

    Unit(int days) {
      this.days = days;
    }

    private PartitionSpec.Builder in(PartitionSpec.Builder spec) {
      return switch (this) {
        case DAY -> spec.day(IntervalRows.EVENT_TIME);
        case MONTH -> spec.month(IntervalRows.EVENT_TIME);
        case YEAR -> spec.year(IntervalRows.EVENT_TIME);
      };
    }

    private Term term() {
      return switch (this) {
        case DAY -> Expressions.day(IntervalRows.EVENT_TIME);
        case MONTH -> Expressions.month(IntervalRows.EVENT_TIME);
        case YEAR -> Expressions.year(IntervalRows.EVENT_TIME);
      };
    }
  }

  static long rowsOfAFile(SparkSession session) {
    String set = session.conf().get(ROWS_OF_A_FILE, DEFAULT_ROWS);
    if (!set.matches("[1-9][0-9]{0,17}")) {
      throw new SettingException(ROWS_OF_A_FILE, set, "a whole number of rows, 1 or more");
    }
    return Long.parseLong(set);
  }

  /**
   * The layout for a table of some size.
   *
   * @param hasBuckets whether the first key can be hashed
   */
  static Layout of(double rowsOfADay, long rowsOfAFile, boolean hasBuckets) {
    Unit unit = Unit.DAY;
    for (Unit longer : Unit.values()) {
      if (rowsOfADay * longer.days <= rowsOfAFile) {
        unit = longer;
      }
    }
    double files = Math.ceil(rowsOfADay / rowsOfAFile);
    return new Layout(unit, hasBuckets && files > 2 ? powerOfTwo(files) : 1);
  }

  /** One that need not change again should the table grow or shrink by half. */
  Layout orBetter(double rowsOfADay, long rowsOfAFile, boolean hasBuckets) {
    Layout smaller = of(rowsOfADay / 2, rowsOfAFile, hasBuckets);
    Layout larger = of(rowsOfADay * 2, rowsOfAFile, hasBuckets);
    boolean fits =
        unit.compareTo(larger.unit) >= 0
            && unit.compareTo(smaller.unit) <= 0
            && buckets >= smaller.buckets
            && buckets <= larger.buckets;
    return fits ? this : of(rowsOfADay, rowsOfAFile, hasBuckets);
  }

  private static int powerOfTwo(double least) {
    int power = 1;
    while (power < least && power < MOST_BUCKETS) {
      power *= 2;
    }
    return power;
  }

  /** Whether the first of some keys can be hashed. */
  static boolean hasBuckets(Schema schema, List<String> keys) {
    Types.NestedField key = keys.isEmpty() ? null : schema.findField(keys.get(0));
    return key != null && BUCKETED.contains(key.type().typeId());
  }

  PartitionSpec spec(Schema schema, List<String> keys) {
    PartitionSpec.Builder spec = unit.in(PartitionSpec.builderFor(schema));
    return buckets == 1 ? spec.build() : spec.bucket(keys.get(0), buckets).build();
  }

  /** The layout that a table has; null: somebody else's. */
  static @Nullable Layout of(Table table) {
    Unit unit = null;
    int buckets = 1;
    for (PartitionField field : table.spec().fields()) {
      String source = table.schema().findColumnName(field.sourceId());
      String transform = field.transform().toString();
      if (transform.startsWith("bucket[")) {
        buckets = Integer.parseInt(transform.replaceAll("[^0-9]", ""));
      } else if (IntervalRows.EVENT_TIME.equals(source) && unit(transform) != null) {
        unit = unit(transform);
      } else if (!field.transform().isVoid()) {
        return null;
      }
    }
    return unit == null ? null : new Layout(unit, buckets);
  }

  private static @Nullable Unit unit(String transform) {
    for (Unit unit : Unit.values()) {
      if (unit.name().equalsIgnoreCase(transform)) {
        return unit;
      }
    }
    return null;
  }

  /** Gives a table this layout, for the files that are written from now on. */
  void evolve(Table table, List<String> keys) {
    UpdatePartitionSpec update = table.updateSpec();
    for (PartitionField field : table.spec().fields()) {
      if (!field.transform().isVoid()) {
        update.removeField(field.name());
      }
    }
    update.addField(unit.term());
    if (buckets > 1) {
      update.addField(Expressions.bucket(keys.get(0), buckets));
    }
    update.commit();
  }

  @Override
  public String toString() {
    String time = unit.name().toLowerCase(Locale.ROOT);
    return buckets == 1 ? time : "%s, %d buckets".formatted(time, buckets);
  }
}
