package dev.tidemark.plan;

import dev.tidemark.definition.About;
import dev.tidemark.definition.Column;
import dev.tidemark.definition.Entity;
import dev.tidemark.definition.Origin;
import dev.tidemark.definition.SourceFile;
import dev.tidemark.definition.Spine;
import dev.tidemark.definition.Sql;
import dev.tidemark.definition.TrainingSet;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Random values of any record or sealed type of definitions, and all small changes of a value. */
final class RandomRecords {
  /** Names that would collide if parts of a meaning ran into each other. */
  private static final List<String> NAMES =
      List.of("a", "b", "a|name=1:b", "~", "", "2:ab", "name", "a b", "tüm");

  private static final List<String> SQL =
      List.of("amount", "a + b", "sum(x)", "s = 'it  is'", "count(*) = 0", "`a  b`", "f(a, b)");

  private final Random random;

  RandomRecords(long seed) {
    this.random = new Random(seed);
  }

  /**
   * A value with one thing changed.
   *
   * @param path of the change, such as {@code features[1].windows[0].length.text}
   */
  record Changed<T>(String path, T value) {}

  static Entity entity(String name) {
    return new Entity(
        name,
        List.of(new Column(name + "_id", "bigint", ORIGIN), new Column("k", "int", ORIGIN)),
        new About(null, null, List.of(), Map.of()),
        ORIGIN);
  }

  private static final Origin ORIGIN = new Origin(new SourceFile("a.conf", "a"), 1, 1, 1);

  <T> T of(Class<T> type) {
    return type.cast(value(type));
  }

  private Object value(Type type) {
    if (type instanceof ParameterizedType generic) {
      return container(generic);
    }
    Class<?> known = (Class<?>) type;
    if (known == String.class) {
      return NAMES.get(random.nextInt(NAMES.size()));
    }
    if (known == boolean.class || known == Boolean.class) {
      return random.nextBoolean();
    }
    if (known == long.class) {
      return random.nextLong();
    }
    if (known == double.class || known == Double.class) {
      return random.nextDouble();
    }
    if (known == BigDecimal.class) {
      return BigDecimal.valueOf(random.nextInt(1000));
    }
    if (known == Duration.class) {
      return Duration.ofSeconds(1 + random.nextInt(1000), 1000L * random.nextInt(1000));
    }
    if (known == Instant.class) {
      return Instant.ofEpochSecond(random.nextInt());
    }
    if (known == Origin.class) {
      return ORIGIN;
    }
    if (known == Sql.class) {
      return new Sql(SQL.get(random.nextInt(SQL.size())), ORIGIN, true);
    }
    if (known.isEnum()) {
      Object[] constants = known.getEnumConstants();
      return constants[random.nextInt(constants.length)];
    }
    if (known.isSealed()) {
      Class<?>[] permitted = known.getPermittedSubclasses();
      return value(permitted[random.nextInt(permitted.length)]);
    }
    return record(known);
  }

  private Object container(ParameterizedType type) {
    Type[] of = type.getActualTypeArguments();
    int size = random.nextInt(4);
    if (type.getRawType() == List.class) {
      List<Object> list = new ArrayList<>();
      // Two equal elements have no order and, in a set, are one.
      for (int i = 0; i < size; i++) {
        Object element = value(of[0]);
        if (!list.contains(element)) {
          list.add(element);
        }
      }
      return list;
    }
    Map<Object, Object> map = new TreeMap<>();
    for (int i = 0; i < size; i++) {
      map.put(value(of[0]), value(of[1]));
    }
    return map;
  }

  private Object record(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = nullable(components[i]) && random.nextBoolean() ? null : component(components[i]);
    }
    if (type == TrainingSet.class) {
      values[2] = of(Spine.class);
    }
    return make(type, values);
  }

  private Object component(RecordComponent component) {
    return value(component.getGenericType());
  }

  private static boolean nullable(RecordComponent component) {
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
  }

  private static Object make(Class<?> type, @Nullable Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't make a " + type, e);
    }
  }

  /** Every way to change one thing in it: other values, null or not, elements more or fewer. */
  <T> List<Changed<T>> changes(T value) {
    return inside(value, "", this::different);
  }

  /** Every way to turn one of its lists of at least two round. */
  <T> List<Changed<T>> reorderings(T value) {
    return inside(
        value,
        "",
        (type, component) -> {
          if (component instanceof List<?> list && list.size() > 1) {
            List<Object> turned = new ArrayList<>(list);
            Collections.reverse(turned);
            return List.of(turned);
          }
          return List.of();
        });
  }

  /** Another value of a component, null perhaps. */
  private record Other(String path, @Nullable Object value) {}

  private interface Variants {
    /** Other values of a type. */
    List<?> of(Type type, Object value);
  }

  private <T> List<Changed<T>> inside(T value, String path, Variants variants) {
    List<Changed<T>> changes = new ArrayList<>();
    Class<?> type = value.getClass();
    RecordComponent[] components = type.getRecordComponents();
    @Nullable Object[] values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = read(components[i], value);
    }
    for (int i = 0; i < components.length; i++) {
      int at = i;
      String name = path + components[i].getName();
      for (Other changed : component(components[i], values[i], name, variants)) {
        @Nullable Object[] other = values.clone();
        other[at] = changed.value();
        if (type == TrainingSet.class && other[1] == null && other[2] == null) {
          continue;
        }
        @SuppressWarnings("unchecked") // of the same class
        T made = (T) make(type, other);
        changes.add(new Changed<>(changed.path(), made));
      }
    }
    return changes;
  }

  private List<Other> component(
      RecordComponent component, @Nullable Object value, String path, Variants variants) {
    List<Other> changes = new ArrayList<>();
    if (value == null) {
      if (!variants.of(boolean.class, true).isEmpty()) {
        changes.add(new Other(path, component(component)));
      }
      return changes;
    }
    if (nullable(component) && !variants.of(boolean.class, true).isEmpty()) {
      changes.add(new Other(path, null));
    }
    String leaf = value instanceof Origin ? path + ".place" : path;
    for (Object other : variants.of(component.getGenericType(), value)) {
      changes.add(new Other(leaf, other));
    }
    deeper(value, path, variants, changes);
    return changes;
  }

  private void deeper(Object value, String path, Variants variants, List<Other> changes) {
    if (value instanceof Record && value.getClass() != Origin.class) {
      inside(value, path + ".", variants)
          .forEach(inner -> changes.add(new Other(inner.path(), inner.value())));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        int at = i;
        List<Other> inner = new ArrayList<>();
        deeper(list.get(i), path + "[" + i + "]", variants, inner);
        for (Other changed : inner) {
          List<@Nullable Object> other = new ArrayList<>(list);
          other.set(at, changed.value());
          changes.add(new Other(changed.path(), other));
        }
      }
    }
  }

  private static @Nullable Object read(RecordComponent component, Object of) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't read " + component, e);
    }
  }

  private List<Object> different(Type type, Object value) {
    if (value instanceof String text) {
      return List.of(text + "x");
    }
    if (value instanceof Boolean flag) {
      return List.of(!flag);
    }
    if (value instanceof Long number) {
      return List.of(number + 1);
    }
    if (value instanceof Integer number) {
      return List.of(number + 1);
    }
    if (value instanceof Double number) {
      return List.of(number + 0.5);
    }
    if (value instanceof BigDecimal number) {
      return List.of(number.add(BigDecimal.ONE));
    }
    if (value instanceof Duration duration) {
      return List.of(duration.plusNanos(1000));
    }
    if (value instanceof Instant instant) {
      return List.of(instant.plusNanos(1000));
    }
    if (value instanceof Origin origin) {
      return List.of(new Origin(origin.file(), origin.line() + 1, origin.column(), 2));
    }
    if (value instanceof Enum<?> constant) {
      Object[] constants = constant.getDeclaringClass().getEnumConstants();
      return Arrays.stream(constants).filter(other -> !other.equals(constant)).toList();
    }
    if (value instanceof List<?> list) {
      List<Object> fewer = new ArrayList<>(list);
      List<Object> more = new ArrayList<>(list);
      Object element = another(((ParameterizedType) type).getActualTypeArguments()[0], list);
      more.add(element);
      if (list.isEmpty()) {
        return List.of(more);
      }
      fewer.remove(fewer.size() - 1);
      return List.of(fewer, more);
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> more = new LinkedHashMap<>(map);
      more.put("another key", "x");
      return List.of(more);
    }
    return otherKinds(type, value);
  }

  /** An element that the list does not have. */
  private Object another(Type type, List<?> list) {
    Object element = value(type);
    while (list.contains(element)) {
      element = value(type);
    }
    return element;
  }

  /** For a value of a sealed type, one of each other record of it. */
  private List<Object> otherKinds(Type type, Object value) {
    List<Object> others = new ArrayList<>();
    if (type instanceof Class<?> known && known.isSealed()) {
      for (Class<?> permitted : known.getPermittedSubclasses()) {
        if (permitted != value.getClass()) {
          others.add(value(permitted));
        }
      }
    }
    return others;
  }
}
