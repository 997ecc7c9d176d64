package dev.tidemark.run;

import static org.apache.spark.sql.functions.approx_count_distinct;
import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.floor;
import static org.apache.spark.sql.functions.least;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.stddev;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;

import dev.tidemark.plan.ColumnProfile;
import dev.tidemark.plan.ColumnProfile.Histogram;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Tells what the values of a table's columns are like: one pass for what is counted of all columns,
 * and one for how their values are distributed.
 */
final class Profiles {
  private static final int BINS = 20;

  /** Of a column with more values than these, the most frequent say little. */
  private static final long MOST_CATEGORIES = 1_000;

  private static final int CATEGORIES = 10;

  private final Dataset<Row> rows;
  private final List<StructField> fields;

  private Profiles(Dataset<Row> rows) {
    this.rows = rows;
    this.fields = List.of(rows.schema().fields());
  }

  /** By column, in their order. */
  static Map<String, ColumnProfile> of(Dataset<Row> rows) {
    return new Profiles(rows).profiles();
  }

  private Map<String, ColumnProfile> profiles() {
    List<Column> asked = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      asked.addAll(asked(i));
    }
    Row told = rows.agg(count(lit(1)).as("rows"), asked.toArray(Column[]::new)).first();
    Map<String, Histogram> histograms = histograms(told);
    Map<String, ColumnProfile> profiles = new LinkedHashMap<>();
    long all = told.getAs("rows");
    for (int i = 0; i < fields.size(); i++) {
      profiles.put(
          fields.get(i).name(),
          new ColumnProfile(
              all,
              all - told.<Long>getAs("count" + i),
              told.getAs("distinct" + i),
              told.getAs("min" + i),
              told.getAs("max" + i),
              told.getAs("mean" + i),
              told.getAs("deviation" + i),
              histograms.get(fields.get(i).name())));
    }
    return profiles;
  }

  private static Column named(StructField field) {
    return col("`" + field.name().replace("`", "``") + "`");
  }

  private List<Column> asked(int i) {
    Column column = named(fields.get(i));
    DataType type = fields.get(i).dataType();
    boolean simple = isSimple(type);
    Column number = type instanceof NumericType ? column.cast("double") : lit(null).cast("double");
    return List.of(
        count(column).as("count" + i),
        (simple ? approx_count_distinct(column) : lit(null).cast("bigint")).as("distinct" + i),
        (simple ? min(column).cast("string") : lit(null).cast("string")).as("min" + i),
        (simple ? max(column).cast("string") : lit(null).cast("string")).as("max" + i),
        min(number).as("least" + i),
        max(number).as("greatest" + i),
        avg(number).as("mean" + i),
        stddev(number).as("deviation" + i));
  }

  private static boolean isSimple(DataType type) {
    return type instanceof NumericType
        || type instanceof StringType
        || type instanceof BooleanType
        || type instanceof DateType
        || type instanceof TimestampType
        || type instanceof TimestampNTZType;
  }

  /** Each row gives a pair of column and bin, or value, for every column that has a histogram. */
  private Map<String, Histogram> histograms(Row told) {
    List<Column> pairs = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      StructField field = fields.get(i);
      Column of = bin(i, field, told);
      if (of != null) {
        pairs.add(struct(lit(i).as("column"), of.as("value")));
      }
    }
    Map<String, Histogram> histograms = new LinkedHashMap<>();
    if (pairs.isEmpty()) {
      return histograms;
    }
    Dataset<Row> counted =
        rows.select(explode(array(pairs.toArray(Column[]::new))).as("pair"))
            .where(col("pair.value").isNotNull())
            .groupBy(col("pair.column").as("column"), col("pair.value").as("value"))
            .agg(count(lit(1)).as("count"))
            .withColumn(
                "rank",
                row_number()
                    .over(Window.partitionBy("column").orderBy(col("count").desc(), col("value"))))
            .where(col("rank").leq(Math.max(BINS, CATEGORIES)))
            .orderBy("column", "rank");
    Map<Integer, Map<String, Long>> found = new LinkedHashMap<>();
    for (Row row : counted.collectAsList()) {
      found
          .computeIfAbsent(row.getAs("column"), any -> new LinkedHashMap<>())
          .put(row.getAs("value"), row.getAs("count"));
    }
    found.forEach((i, counts) -> histograms.put(fields.get(i).name(), histogram(i, counts, told)));
    return histograms;
  }

  private @Nullable Column bin(int i, StructField field, Row told) {
    if (isNumeric(i, told)) {
      double least = told.<Double>getAs("least" + i);
      double width = (told.<Double>getAs("greatest" + i) - least) / BINS;
      Column place =
          width == 0
              ? lit(0)
              : floor(named(field).cast("double").minus(lit(least)).divide(lit(width)));
      // Spark's `least` passes over nulls.
      return when(named(field).isNotNull(), least(place.cast("int"), lit(BINS - 1))).cast("string");
    }
    Long distinct = told.getAs("distinct" + i);
    boolean isCategory =
        (field.dataType() instanceof StringType || field.dataType() instanceof BooleanType)
            && distinct != null
            && distinct <= MOST_CATEGORIES;
    return isCategory ? named(field).cast("string") : null;
  }

  /** With bounds that bins can be laid between. */
  private static boolean isNumeric(int i, Row told) {
    Double least = told.getAs("least" + i);
    Double greatest = told.getAs("greatest" + i);
    return least != null
        && greatest != null
        && Double.isFinite(least)
        && Double.isFinite(greatest)
        && Double.isFinite(greatest - least);
  }

  private static Histogram histogram(int i, Map<String, Long> counts, Row told) {
    if (!isNumeric(i, told)) {
      List<String> values = counts.keySet().stream().limit(CATEGORIES).toList();
      return new Histogram(
          false, values, values.stream().map(value -> counts.getOrDefault(value, 0L)).toList());
    }
    double least = told.<Double>getAs("least" + i);
    double greatest = told.<Double>getAs("greatest" + i);
    int bins = least == greatest ? 1 : BINS;
    List<String> edges = new ArrayList<>();
    List<Long> heights = new ArrayList<>();
    for (int bin = 0; bin <= bins; bin++) {
      edges.add(String.format(Locale.ROOT, "%.6g", least + (greatest - least) * bin / bins));
      if (bin < bins) {
        heights.add(counts.getOrDefault(String.valueOf(bin), 0L));
      }
    }
    return new Histogram(true, edges, heights);
  }
}
