package dev.tidemark.definition;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where each value of the merged and resolved definitions is written: a tree in the shape of what
 * HOCON makes of the files, grown where somebody looks.
 *
 * <p>Every {@link Place} knows its layers, which are all that the files say of it, from the first
 * to the last, inherited ones where the substitution stands. The last one wins, as in HOCON.
 */
final class Places {
  /** Substitutions that refer to each other in a circle lead nowhere. */
  private static final int MOST_STEPS = 64;

  /** Beyond this, values grown by substitution are not counted on. */
  private static final long ENDLESS = Long.MAX_VALUE / 4;

  private final Map<Path, Scanned.Body> included;
  private final Place top;

  /**
   * @param roots the files, the last one wins
   * @param included all files that are included, by absolute path; they don't include each other in
   *     a circle
   */
  Places(List<Scanned.Body> roots, Map<Path, Scanned.Body> included) {
    this.included = included;
    this.top = new Place(List.of());
    for (Scanned.Body root : roots) {
      Origin none = new Origin(new SourceFile("", ""), 1, 1, 1);
      Scanned.Value all = new Scanned.Value(none, List.of(new Scanned.Braces(root)), 1);
      top.layers.add(new Layer(null, List.of(), all, false, top));
    }
  }

  /** The place of the merged object. */
  Place top() {
    return top;
  }

  /** All substitutions written anywhere. */
  List<Scanned.Substitution> substitutions() {
    List<Scanned.Substitution> found = new ArrayList<>();
    eachSubstitution((substitution, scope) -> found.add(substitution));
    return found;
  }

  /** The substitutions that refer to nothing in these files. */
  List<Scanned.Substitution> dangling() {
    List<Scanned.Substitution> found = new ArrayList<>();
    eachSubstitution(
        (substitution, scope) -> {
          if (target(substitution, scope) == null) {
            found.add(substitution);
          }
        });
    return found;
  }

  /**
   * How many characters and keys there are once every substitution is carried out; what is written
   * over counts too.
   */
  long grownSize() {
    return top.grownSize();
  }

  /**
   * One thing that the files say of a place.
   *
   * @param key where the place's name is written, null for an element of a list
   * @param rest the names below it: after {@code a} in {@code a.b.c = 1}, {@code b} and {@code c}
   * @param append true for {@code +=}
   * @param scope where substitutions are looked up first, before the top: a file included inside an
   *     object refers to that object
   */
  private record Layer(
      @Nullable Origin key,
      List<Scanned.Key> rest,
      Scanned.Value value,
      boolean append,
      Place scope) {

    /** Equal only to itself: two layers with the same content are still two. */
    @Override
    @SuppressWarnings("ReferenceEquality") // that is what is meant
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** The place of one value. */
  final class Place {
    private final List<String> path;
    private final List<Layer> layers = new ArrayList<>();
    private @Nullable Map<String, Place> children;
    private @Nullable List<Place> elements;
    private long size = -1;

    private Place(List<String> path) {
      this.path = path;
    }

    /** Where its key is written last, or null for an element of a list. */
    @Nullable Origin key() {
      return layers.get(layers.size() - 1).key();
    }

    /**
     * The value as it is written literally, through substitutions, or null if it can't be known.
     */
    Scanned.@Nullable Value written() {
      return written(0);
    }

    private Scanned.@Nullable Value written(int steps) {
      for (int i = layers.size() - 1; i >= 0; i--) {
        Layer layer = layers.get(i);
        if (!layer.rest().isEmpty()) {
          continue;
        }
        Scanned.Substitution alone = layer.value().alone();
        if (alone == null) {
          return layer.value();
        }
        Place from = target(alone, layer.scope());
        if (from == this || (from == null && alone.optional())) {
          continue;
        }
        Scanned.Value literal = from == null || steps > MOST_STEPS ? null : from.written(steps + 1);
        return literal == null ? layer.value() : literal;
      }
      return null;
    }

    /** True if any file writes out a part of its value, other than by substitution. */
    boolean isLiteral() {
      Scanned.Value value = written();
      return value != null
          && value.parts().stream()
              .anyMatch(part -> part.match(b -> false, b -> false, s -> false, text -> true));
    }

    /** The place below it with this name, or null. */
    @Nullable Place child(String name) {
      return children().get(name);
    }

    /** The places below it in the order written, inherited ones first. */
    Map<String, Place> children() {
      if (children == null) {
        // Set before it is complete: what refers to its own place sees what is written above it.
        children = new LinkedHashMap<>();
        for (Layer layer : List.copyOf(layers)) {
          grow(layer);
        }
      }
      return children;
    }

    private void grow(Layer layer) {
      if (!layer.rest().isEmpty()) {
        add(layer.rest(), layer.value(), layer.append(), layer.scope());
        return;
      }
      for (Scanned.Part part : layer.value().parts()) {
        part.match(
            braces -> grow(braces.body(), layer.scope()),
            brackets -> false,
            substitution -> {
              Place from = target(substitution, layer.scope());
              return from != null && inherit(from);
            },
            text -> false);
      }
    }

    private boolean grow(Scanned.Body body, Place scope) {
      for (Scanned.Item item : body.items()) {
        item.match(
            field -> add(field.path(), field.value(), field.append(), scope),
            include -> {
              Scanned.Body inner = included.get(include.file());
              return inner != null && grow(inner, this);
            });
      }
      return true;
    }

    private boolean add(List<Scanned.Key> keys, Scanned.Value value, boolean append, Place scope) {
      Scanned.Key key = keys.get(0);
      List<Scanned.Key> rest = keys.subList(1, keys.size());
      return below(key.name()).layers.add(new Layer(key.origin(), rest, value, append, scope));
    }

    private boolean inherit(Place from) {
      if (from != this) {
        for (Map.Entry<String, Place> inherited : List.copyOf(from.children().entrySet())) {
          Place below = below(inherited.getKey());
          // Each layer once, or inheriting the same thing many times over would never end.
          for (Layer layer : List.copyOf(inherited.getValue().layers)) {
            below.layers.remove(layer);
            below.layers.add(layer);
          }
        }
      }
      return true;
    }

    private Place below(String name) {
      return children()
          .computeIfAbsent(
              name,
              added -> {
                List<String> longer = new ArrayList<>(path);
                longer.add(added);
                return new Place(longer);
              });
    }

    /** The places of a list's elements. */
    List<Place> elements() {
      if (elements == null) {
        elements = new ArrayList<>();
        for (Layer layer : layers) {
          if (!layer.rest().isEmpty()) {
            continue;
          }
          if (layer.append()) {
            addElement(layer.value(), layer.scope(), elements);
          } else {
            List<Place> here = elements(layer);
            if (!here.isEmpty()) {
              elements.clear();
              elements.addAll(here);
            }
          }
        }
      }
      return elements;
    }

    private List<Place> elements(Layer layer) {
      List<Place> found = new ArrayList<>();
      for (Scanned.Part part : layer.value().parts()) {
        part.match(
            braces -> false,
            brackets -> {
              for (Scanned.Value element : brackets.elements()) {
                addElement(element, layer.scope(), found);
              }
              return true;
            },
            substitution -> {
              Place from = target(substitution, layer.scope());
              return from != null && found.addAll(List.copyOf(from.elements()));
            },
            text -> false);
      }
      return found;
    }

    private void addElement(Scanned.Value value, Place scope, List<Place> into) {
      if (!isNothing(value, scope)) {
        Place place = new Place(path);
        place.layers.add(new Layer(null, List.of(), value, false, scope));
        into.add(place);
      }
    }

    /** True for optional substitutions that lead nowhere, and nothing else: no element at all. */
    private boolean isNothing(Scanned.Value value, Place scope) {
      return value.parts().stream()
          .allMatch(
              part ->
                  part.match(
                      braces -> false,
                      brackets -> false,
                      substitution ->
                          substitution.optional() && target(substitution, scope) == null,
                      text -> false));
    }

    private @Nullable Place find(List<String> names) {
      Place found = this;
      for (String name : names) {
        found = found.child(name);
        if (found == null) {
          return null;
        }
      }
      return found;
    }

    private long grownSize() {
      if (size < 0) {
        // While it is being counted, what refers to its own place gets what is written above it.
        size = 0;
        for (Layer layer : List.copyOf(layers)) {
          size = plus(size, valueSize(layer.value(), layer.scope(), path));
        }
      }
      return size;
    }
  }

  private @Nullable Place target(Scanned.Substitution substitution, Place scope) {
    Place found = scope.find(substitution.path());
    return found != null || scope == top ? found : top.find(substitution.path());
  }

  private long valueSize(Scanned.Value value, Place scope, List<String> path) {
    long size = 1;
    for (Scanned.Part part : value.parts()) {
      long more =
          part.match(
              braces -> bodySize(braces.body(), scope, path),
              brackets -> {
                long elements = 0;
                for (Scanned.Value element : brackets.elements()) {
                  elements = plus(elements, valueSize(element, scope, path));
                }
                return elements;
              },
              substitution -> {
                Place from = target(substitution, scope);
                return from == null ? 0L : from.grownSize();
              },
              text -> (long) text.content().length());
      size = plus(size, more);
    }
    return size;
  }

  private long bodySize(Scanned.Body body, Place scope, List<String> path) {
    long size = 0;
    for (Scanned.Item item : body.items()) {
      long more =
          item.match(
              field -> valueSize(field.value(), scope, join(path, field)),
              include -> {
                Scanned.Body inner = included.get(include.file());
                return inner == null ? 0L : bodySize(inner, scopeAt(path), path);
              });
      size = plus(size, more);
    }
    return size;
  }

  private void eachSubstitution(BiConsumer<Scanned.Substitution, Place> act) {
    for (Layer root : top.layers) {
      eachSubstitution(root.value(), top, List.of(), act);
    }
  }

  private void eachSubstitution(
      Scanned.Value value,
      Place scope,
      List<String> path,
      BiConsumer<Scanned.Substitution, Place> act) {
    for (Scanned.Part part : value.parts()) {
      part.match(
          braces -> eachSubstitution(braces.body(), scope, path, act),
          brackets -> {
            for (Scanned.Value element : brackets.elements()) {
              eachSubstitution(element, scope, path, act);
            }
            return true;
          },
          substitution -> {
            act.accept(substitution, scope);
            return true;
          },
          text -> false);
    }
  }

  private boolean eachSubstitution(
      Scanned.Body body,
      Place scope,
      List<String> path,
      BiConsumer<Scanned.Substitution, Place> act) {
    for (Scanned.Item item : body.items()) {
      item.match(
          field -> {
            eachSubstitution(field.value(), scope, join(path, field), act);
            return true;
          },
          include -> {
            Scanned.Body inner = included.get(include.file());
            return inner != null && eachSubstitution(inner, scopeAt(path), path, act);
          });
    }
    return true;
  }

  private Place scopeAt(List<String> path) {
    Place found = top.find(path);
    return found == null ? top : found;
  }

  private static List<String> join(List<String> path, Scanned.Field field) {
    List<String> joined = new ArrayList<>(path);
    field.path().forEach(key -> joined.add(key.name()));
    return joined;
  }

  private static long plus(long a, long b) {
    return Math.min(ENDLESS, a + b);
  }
}
