package dev.tidemark.pit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.Dependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag$;

/** Runs a {@link SlotTask} over partitions of equal number of all parents. */
final class SlotRdd extends RDD<InternalRow> {
  private final SlotTask task;
  private final int parents;
  private final Map<Integer, Broadcast<InternalRow[]>> broadcasts;

  /**
   * @param parents the spine and all inputs that are not broadcast, in their order
   * @param broadcasts inputs that every task has as a whole, by their place among all
   */
  SlotRdd(
      SparkContext context,
      List<RDD<InternalRow>> parents,
      Map<Integer, Broadcast<InternalRow[]>> broadcasts,
      SlotTask task) {
    super(
        context,
        Columns.list(
            parents.stream()
                .<Dependency<?>>map(parent -> new OneToOneDependency<>(parent))
                .toList()),
        ClassTag$.MODULE$.apply(InternalRow.class));
    this.task = task;
    this.broadcasts = broadcasts;
    this.parents = parents.size();
  }

  /** The partitions of this number of all parents. */
  private record Part(int index, List<Partition> parts) implements Partition {}

  @Override
  public Partition[] getPartitions() {
    List<Partition[]> all = new ArrayList<>();
    for (int i = 0; i < parents; i++) {
      all.add(parent(i).partitions());
    }
    Partition[] parts = new Partition[all.get(0).length];
    for (int index = 0; index < parts.length; index++) {
      int number = index;
      parts[index] =
          new Part(index, new ArrayList<>(all.stream().map(each -> each[number]).toList()));
    }
    for (Partition[] each : all) {
      if (each.length != parts.length) {
        throw new IllegalStateException("spine and events are not partitioned alike");
      }
    }
    return parts;
  }

  @Override
  public Iterator<InternalRow> compute(Partition split, TaskContext context) {
    Part part = (Part) split;
    List<SlotTask.Runs> runs = new ArrayList<>();
    int next = 0;
    for (int input = 0; input < parents + broadcasts.size(); input++) {
      Broadcast<InternalRow[]> broadcast = broadcasts.get(input);
      if (broadcast != null) {
        runs.add(() -> CollectionConverters.asScala(Arrays.asList(broadcast.value()).iterator()));
      } else {
        RDD<InternalRow> parent = parent(next);
        Partition partition = part.parts().get(next++);
        runs.add(() -> parent.iterator(partition, context));
      }
    }
    return task.run(runs, context);
  }

  @SuppressWarnings("unchecked") // every parent was given as an RDD of rows
  private RDD<InternalRow> parent(int number) {
    return (RDD<InternalRow>) dependencies().apply(number).rdd();
  }
}
